import type { Actor } from '../kernel/actor.js';
import type { MemberType } from './event.js';
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

/** What is recorded at one place: a single event, or those of many members. */
type Entry = { readonly before: number } & ({ readonly event: DomainEvent } | { readonly ofMembers: MemberEvents });

/** The events that one actor causes in one transaction, in order. */
export class EventBatch {
  readonly #entries: Entry[] = [];
  #length = 0;

  /** @param offset how many events of other actors come before in the same transaction */
  constructor(
    readonly actor: Actor,
    private readonly offset = 0,
  ) {}

  /** How many events there are. */
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

  /** The entries of the batch as `APPEND_EVENTS` takes them. */
  toRecords(): object[] {
    const { source, name, requestId } = this.actor;
    const whose = { source, actor: name, requestId };
    return this.#entries.map(({ before, ...entry }) => {
      if ('event' in entry) return { before, ...entry.event, ...whose };
      const { type, groupId, memberType, memberIds } = entry.ofMembers;
      return { before, type, payload: { groupId, memberType }, memberIds, ...whose };
    });
  }

  /** What has become of the batch, when the log ended at `base` before the transaction. */
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
/** The first of the counted bits stays free, so that no batch can count beyond them. */
const LARGEST_START = 2 ** 47;

/**
 * The ids of the events of one commit are one number that counts on (RFC 9562 §6.2, method 2: the random bits of a UUIDv7
 * serve as a counter). So they sort in their order, and none of them has to travel.
 */
export interface EventIds {
  readonly fixed: string;
  /** Of the first event; the others count on. */
  readonly start: number;
}

/** The ids that begin with this one. */
export function countFrom(firstId: string): EventIds {
  const start = Number.parseInt(firstId.slice(-COUNTED_DIGITS), 16) % LARGEST_START;
  return { fixed: firstId.slice(0, -COUNTED_DIGITS), start };
}
