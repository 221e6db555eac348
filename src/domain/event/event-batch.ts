import type { Actor } from '../kernel/actor.js';
import type { MemberType } from './event.js';
import type { DomainEvent, DomainEventType, StoredEvent } from './event.js';

/**
 * One event for each of many members of one group. The ids stay in PostgreSQL's array syntax, because one statement
 * returns them and the next one takes them, up to a hundred thousand at a time.
 */
export interface MemberEvents {
  readonly type: 'MEMBERSHIP_ADDED' | 'MEMBERSHIP_REMOVED';
  readonly groupId: string;
  readonly memberType: MemberType;
  /** The member ids as a PostgreSQL array literal: `{id,id}`. */
  readonly memberIds: string;
  readonly count: number;
}

/** The events that one commit has appended to the log of a directory. */
export interface CommittedEvents {
  readonly directoryId: string;
  /** The sequence of the last event. */
  readonly sequence: number;
  readonly length: number;
  countByType(): ReadonlyMap<DomainEventType, number>;
  /** Returns the events in order. Each call builds a new array. */
  toEvents(): StoredEvent[];
}

/** One recorded entry: a single event, or the events of many members. */
type Entry = { readonly before: number } & ({ readonly event: DomainEvent } | { readonly ofMembers: MemberEvents });

/** The events that one actor causes in one transaction, in order. */
export class EventBatch {
  readonly #entries: Entry[] = [];
  #length = 0;

  /** @param offset the number of events that other actors caused earlier in the same transaction */
  constructor(
    readonly actor: Actor,
    private readonly offset = 0,
  ) {}

  /** The number of events in the batch. */
  get length(): number {
    return this.#length;
  }

  add(event: DomainEvent): void {
    this.#entries.push({ before: this.offset + this.#length, event });
    this.#length++;
  }

  addOfMembers(events: MemberEvents): void {
    this.#entries.push({ before: this.offset + this.#length, ofMembers: events });
    this.#length += events.count;
  }

  /** Returns the entries of the batch in the form that `APPEND_EVENTS` takes. */
  toRecords(): object[] {
    const { source, name, requestId } = this.actor;
    const whose = { source, actor: name, requestId };
    return this.#entries.map(({ before, ...entry }) => {
      if ('event' in entry) return { before, ...entry.event, ...whose };
      const { type, groupId, memberType, memberIds } = entry.ofMembers;
      return { before, type, payload: { groupId, memberType }, memberIds, ...whose };
    });
  }

  /** Returns the committed events, given the last sequence of the log before the transaction. */
  toCommitted({ fixed, start }: EventIds, base: number, occurredAt: Date): CommittedEvents {
    const { directoryId, source, name, requestId = null } = this.actor;
    const first = base + this.offset + 1;
    return {
      directoryId,
      sequence: base + this.offset + this.#length,
      length: this.#length,
      countByType: () => this.#countByType(),
      toEvents: () =>
        this.#toDomainEvents().map((event, index) => ({
          ...event,
          directoryId,
          sequence: first + index,
          id: fixed + (start + this.offset + index).toString(16).padStart(COUNTED_DIGITS, '0'),
          occurredAt,
          source,
          actor: name,
          requestId,
        })),
    };
  }

  #countByType(): Map<DomainEventType, number> {
    const counts = new Map<DomainEventType, number>();
    const count = (type: DomainEventType, more: number): void => void counts.set(type, (counts.get(type) ?? 0) + more);
    for (const entry of this.#entries) {
      if ('event' in entry) count(entry.event.type, 1);
      else count(entry.ofMembers.type, entry.ofMembers.count);
    }
    return counts;
  }

  #toDomainEvents(): DomainEvent[] {
    return this.#entries.flatMap((entry) => ('event' in entry ? [entry.event] : expand(entry.ofMembers)));
  }
}

function expand({ type, groupId, memberType, memberIds }: MemberEvents): DomainEvent[] {
  const ids = memberIds.slice(1, -1).split(',');
  return ids.map((memberId) => ({ type, payload: { groupId, memberId, memberType } }));
}

const COUNTED_DIGITS = 12;
/** The highest counter bit stays clear in the first id, so that no batch can overflow the counter. */
const LARGEST_START = 2 ** 47;

/**
 * The ids of the events of one commit: consecutive numbers (RFC 9562 §6.2, method 2: the random bits of a UUIDv7 serve
 * as a counter). They sort in the order of the events, and PostgreSQL can compute them from the first one.
 */
export interface EventIds {
  readonly fixed: string;
  /** The counter value of the first event. */
  readonly start: number;
}

/** Returns the consecutive ids that start at the given one. */
export function countFrom(firstId: string): EventIds {
  const start = Number.parseInt(firstId.slice(-COUNTED_DIGITS), 16) % LARGEST_START;
  return { fixed: firstId.slice(0, -COUNTED_DIGITS), start };
}
