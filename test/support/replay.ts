import type { StoredEvent } from '../../src/domain/event/event.js';
import { fold } from '../../src/domain/kernel/fold.js';

/** The state of a directory that is rebuilt from its event log. */
export interface Replayed {
  /** The users by id. */
  readonly users: ReadonlyMap<string, { readonly userName: string; readonly active: boolean }>;
  readonly groups: ReadonlySet<string>;
  /** Pairs of ids as `group/member`. */
  readonly memberships: ReadonlySet<string>;
}

/**
 * Replays a log. Throws on an event that is inconsistent with earlier ones: a user that is deprovisioned twice, a removed
 * member that was not a member, `groupIds` other than the current memberships, or two users with the same userName.
 */
export function replay(events: readonly StoredEvent[]): Replayed {
  const state = new State();
  for (const event of events) {
    try {
      state.apply(event);
    } catch (error) {
      throw new Error(`Event ${event.sequence} cannot follow: ${JSON.stringify(event)}`, { cause: error });
    }
  }
  return state;
}

class State implements Replayed {
  readonly users = new Map<string, { userName: string; active: boolean }>();
  readonly groups = new Set<string>();
  readonly memberships = new Set<string>();
  readonly #names = new Map<string, string>();

  apply({ type, payload }: StoredEvent): void {
    switch (type) {
      case 'USER_PROVISIONED':
        assert(!this.users.has(payload.userId), 'a new user');
        this.#rename(payload.userId, undefined, payload.userName);
        this.users.set(payload.userId, { userName: payload.userName, active: payload.active });
        return;
      case 'USER_UPDATED': {
        const user = this.#user(payload.userId);
        this.#rename(payload.userId, user.userName, payload.userName);
        user.userName = payload.userName;
        return;
      }
      case 'USER_DEPROVISIONED': {
        const user = this.#user(payload.userId);
        assert(sameIds(payload.groupIds, this.#groupsOf(payload.userId)), 'the groups of that moment');
        if (payload.reason === 'DEACTIVATED') {
          assert(user.active, 'an active user');
          user.active = false;
          return;
        }
        this.#names.delete(fold(user.userName));
        this.users.delete(payload.userId);
        this.#end((_group, member) => member === payload.userId);
        return;
      }
      case 'USER_REACTIVATED': {
        const user = this.#user(payload.userId);
        assert(!user.active, 'an inactive user');
        user.active = true;
        return;
      }
      case 'GROUP_CREATED':
        assert(!this.groups.has(payload.groupId), 'a new group');
        this.groups.add(payload.groupId);
        return;
      case 'GROUP_UPDATED':
        assert(this.groups.has(payload.groupId), 'a group');
        return;
      case 'GROUP_DELETED':
        assert(this.groups.delete(payload.groupId), 'a group');
        assert(sameIds(payload.groupIds, this.#groupsOf(payload.groupId)), 'the containers of that moment');
        this.#end((group, member) => group === payload.groupId || member === payload.groupId);
        return;
      case 'MEMBERSHIP_ADDED': {
        const { groupId, memberId, memberType } = payload;
        assert(this.groups.has(groupId), 'a group');
        assert(memberType === 'User' ? this.users.has(memberId) : this.groups.has(memberId), 'a member that exists');
        assert(!this.memberships.has(`${groupId}/${memberId}`), 'a new member');
        this.memberships.add(`${groupId}/${memberId}`);
        return;
      }
      case 'MEMBERSHIP_REMOVED':
        assert(this.memberships.delete(`${payload.groupId}/${payload.memberId}`), 'a member');
        return;
    }
  }

  #user(id: string): { userName: string; active: boolean } {
    const user = this.users.get(id);
    if (!user) throw new Error('Expected a user');
    return user;
  }

  #rename(id: string, before: string | undefined, after: string): void {
    if (before !== undefined) this.#names.delete(fold(before));
    assert(!this.#names.has(fold(after)), 'a userName that is free');
    this.#names.set(fold(after), id);
  }

  #groupsOf(member: string): string[] {
    return [...this.memberships].filter((pair) => pair.endsWith(`/${member}`)).map((pair) => pair.slice(0, 36));
  }

  #end(ends: (group: string, member: string) => boolean): void {
    for (const pair of this.memberships) if (ends(pair.slice(0, 36), pair.slice(37))) this.memberships.delete(pair);
  }
}

function assert(condition: boolean, what: string): void {
  if (!condition) throw new Error(`Expected ${what}`);
}

function sameIds(left: readonly string[], right: readonly string[]): boolean {
  return left.toSorted().join() === right.toSorted().join();
}
