import type { Actor } from '../actor.js';
import type { MemberType } from '../membership/membership.js';
import type { DomainEvent, DomainEventType, StoredEvent } from './event.js';

/**
 * One event for each of many members of one group. Their ids are not taken apart: they come out of one statement and go
 * into another, and there may be a hundred thousand of them.
 */
export interface MemberEvents {
  readonly type: 'MEMBERSHIP_ADDED' | 'MEMBERSHIP_REMOVED';
  readonly groupId: string;
  readonly memberType: MemberType;
  /** As PostgreSQL writes an array: `{id,id}`. */
  readonly memberIds: string;
  readonly count: number;
}

/** What one commit has added to the log of a directory. */
export interface CommittedEvents {
  readonly directoryId: string;
  /** The sequence of the last of them. */
  readonly sequence: number;
  readonly length: number;
  countByType(): ReadonlyMap<DomainEventType, number>;
  /** The events themselves, in order: made anew for each call. */
  toEvents(): StoredEvent[];
}

/** How many events of the batch come before. */
interface Place {
  readonly before: number;
}

/** The events of one transaction, in order. */
export class EventBatch {
  readonly #single: Array<Place & { readonly event: DomainEvent }> = [];
  readonly #ofMembers: Array<Place & MemberEvents> = [];
  #length = 0;

  /** How many events there are. */
  get length(): number {
    return this.#length;
  }

  add(event: DomainEvent): void {
    this.#single.push({ before: this.#length, event });
    this.#length++;
  }

  addOfMembers(events: MemberEvents): void {
    this.#ofMembers.push({ before: this.#length, ...events });
    this.#length += events.count;
  }

  /** The parameters of `APPEND_EVENTS` from `$9` on. `firstId` is that of the first event; those of the others count on. */
  toParameters(firstId: string): unknown[] {
    const { fixed, start } = splitId(firstId);
    return [
      fixed,
      start,
      this.#single.map(({ before }) => before),
      this.#single.map(({ event }) => event.type),
      this.#single.map(({ event }) => JSON.stringify(event.payload)),
      this.#ofMembers.length > 0 ? JSON.stringify(this.#ofMembers) : null,
    ];
  }

  /** What has become of the batch, when the log ended at `base` before. */
  toCommitted(firstId: string, base: number, actor: Actor, occurredAt: Date): CommittedEvents {
    const { directoryId, source, name, requestId = null } = actor;
    return {
      directoryId,
      sequence: base + this.#length,
      length: this.#length,
      countByType: () => this.#countByType(),
      toEvents: () => {
        const { fixed, start } = splitId(firstId);
        return this.#toDomainEvents().map((event, index) => ({
          ...event,
          directoryId,
          sequence: base + index + 1,
          id: fixed + (start + index).toString(16).padStart(COUNTED_DIGITS, '0'),
          occurredAt,
          source,
          actor: name,
          requestId,
        }));
      },
    };
  }

  #countByType(): Map<DomainEventType, number> {
    const counts = new Map<DomainEventType, number>();
    const count = (type: DomainEventType, more: number): void => void counts.set(type, (counts.get(type) ?? 0) + more);
    for (const { event } of this.#single) count(event.type, 1);
    for (const events of this.#ofMembers) count(events.type, events.count);
    return counts;
  }

  #toDomainEvents(): DomainEvent[] {
    const single = this.#single.map(({ before, event }) => ({ before, events: [event] }));
    const ofMembers = this.#ofMembers.map(({ before, ...events }) => ({ before, events: expand(events) }));
    return [...single, ...ofMembers].sort((a, b) => a.before - b.before).flatMap(({ events }) => events);
  }
}

function expand({ type, groupId, memberType, memberIds }: MemberEvents): DomainEvent[] {
  const ids = memberIds.slice(1, -1).split(',');
  return ids.map((memberId) => ({ type, payload: { groupId, memberId, memberType } }));
}

const COUNTED_DIGITS = 12;
/** The first of the counted bits stays free, so that no batch can count beyond them. */
const LARGEST_START = 2 ** 47;

/**
 * The ids of a batch are one number that counts on (RFC 9562 §6.2, method 2: the random bits of a UUIDv7 serve as a
 * counter). So they sort in their order, and none of them has to travel.
 */
function splitId(firstId: string): { readonly fixed: string; readonly start: number } {
  const start = Number.parseInt(firstId.slice(-COUNTED_DIGITS), 16) % LARGEST_START;
  return { fixed: firstId.slice(0, -COUNTED_DIGITS), start };
}
