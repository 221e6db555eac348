import { DatabaseSync } from 'node:sqlite';
import { StartAnew } from './errors.ts';
import type { EventFieldsFragment, GroupFieldsFragment, UserFieldsFragment } from './operations.ts';

const TABLES = `
  pragma journal_mode = wal;
  create table if not exists users (
    id text primary key, user_name text not null, external_id text, display_name text, active integer not null,
    department text, manager_id text
  ) strict;
  create table if not exists groups (id text primary key, external_id text, display_name text not null) strict;
  create table if not exists memberships (
    group_id text not null, member_id text not null, primary key (group_id, member_id)
  ) strict, without rowid;
  create index if not exists memberships_of on memberships (member_id);
  create table if not exists place (
    one integer primary key check (one = 1), cursor text not null, first integer, last integer
  ) strict;
`;

/** The position of the copy in the event log. */
export interface Place {
  /** The cursor to resume from. */
  readonly cursor: string;
  /** The sequences of the first and the last event since the load; null before the first event. */
  readonly first: number | null;
  readonly last: number | null;
}

/** Writes the objects of a load. */
export interface Filling {
  putUser(user: UserFieldsFragment): void;
  putGroup(group: GroupFieldsFragment): void;
  addMember(groupId: string, memberId: string): void;
}

/**
 * The copy of a directory, in SQLite. The change of an event and the position in the log are written in one transaction, so
 * that they agree after a crash.
 */
export class Copy {
  readonly #database: DatabaseSync;

  constructor(path: string) {
    this.#database = new DatabaseSync(path);
    this.#database.exec(TABLES);
  }

  /** The current position; undefined before the first load and when a new load is needed. */
  get place(): Place | undefined {
    return this.#database.prepare('select cursor, first, last from place').get() as Place | undefined;
  }

  /** Deletes the position, so that everything is loaded again. The old content can be read until then. */
  forgetPlace(): void {
    this.#run('delete from place');
  }

  /** Replaces the whole content in one transaction. `cursor` must have been read before the load began. */
  async load(cursor: string, fill: (filling: Filling) => Promise<void>): Promise<void> {
    this.#database.exec('begin immediate');
    try {
      this.#database.exec('delete from users; delete from groups; delete from memberships; delete from place');
      await fill({
        putUser: (user) => this.#putUser(user),
        putGroup: (group) => this.#putGroup(group),
        addMember: (groupId, memberId) => this.#addMember(groupId, memberId),
      });
      this.#run('insert into place (one, cursor) values (1, ?)', cursor);
      this.#database.exec('commit');
    } catch (error) {
      this.#database.exec('rollback');
      throw error;
    }
  }

  /**
   * Applies events in order. Skips those that were applied before: delivery is at least once.
   *
   * @throws StartAnew when an event is missing
   */
  apply(events: readonly EventFieldsFragment[]): void {
    let place = this.place;
    if (!place) throw new StartAnew('The copy is not loaded');
    this.#database.exec('begin immediate');
    try {
      for (const event of events) {
        const { sequence, cursor } = event;
        if (place.last !== null && sequence <= place.last) continue;
        if (place.last !== null && sequence > place.last + 1) {
          throw new StartAnew(`Event ${sequence} came after event ${place.last}`);
        }
        this.#applyOne(event);
        place = { cursor, first: place.first ?? sequence, last: sequence };
      }
      this.#run('update place set cursor = ?, first = ?, last = ?', place.cursor, place.first, place.last);
      this.#database.exec('commit');
    } catch (error) {
      this.#database.exec('rollback');
      throw error;
    }
  }

  /**
   * An event comes with the object as of the time of reading, which may be later than the event. That is safe: every change
   * in between has an event of its own, which follows.
   */
  #applyOne(event: EventFieldsFragment): void {
    switch (event.__typename) {
      case 'UserProvisioned':
      case 'UserUpdated':
      case 'UserReactivated':
        if (event.user) this.#putUser(event.user);
        break;
      case 'UserDeprovisioned':
        if (event.reason === 'DELETED') this.#removeUser(event.userId);
        else if (event.user) this.#putUser(event.user);
        break;
      case 'GroupCreated':
      case 'GroupUpdated':
        if (event.group) this.#putGroup(event.group);
        break;
      case 'GroupDeleted':
        this.#removeGroup(event.groupId);
        break;
      case 'MembershipAdded':
        this.#addMember(event.groupId, event.memberId);
        break;
      case 'MembershipRemoved':
        this.#run('delete from memberships where group_id = ? and member_id = ?', event.groupId, event.memberId);
        break;
      case 'Checkpoint':
        break;
    }
  }

  #putUser({ id, userName, externalId, displayName, active, department, manager }: UserFieldsFragment): void {
    this.#run(
      'insert or replace into users values (?, ?, ?, ?, ?, ?, ?)',
      ...[id, userName, externalId, displayName, Number(active), department, manager?.id ?? null],
    );
  }

  #putGroup({ id, externalId, displayName }: GroupFieldsFragment): void {
    this.#run('insert or replace into groups values (?, ?, ?)', id, externalId, displayName);
  }

  #addMember(groupId: string, memberId: string): void {
    this.#run('insert or ignore into memberships values (?, ?)', groupId, memberId);
  }

  /** Also removes the memberships of the user, which end without separate events. */
  #removeUser(id: string): void {
    this.#run('delete from users where id = ?', id);
    this.#run('delete from memberships where member_id = ?', id);
  }

  #removeGroup(id: string): void {
    this.#run('delete from groups where id = ?', id);
    this.#run('delete from memberships where group_id = ? or member_id = ?', id, id);
  }

  #run(sql: string, ...values: ReadonlyArray<string | number | null>): void {
    this.#database.prepare(sql).run(...values);
  }
}
