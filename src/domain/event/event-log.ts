import type { Database } from '../sql/database.js';
import { prepared, query } from '../sql/statement.js';
import type { EventBatch, EventIds } from './event-batch.js';
import type { DomainEventType, StoredEvent } from './event.js';

const COLUMNS = `
  directory_id as "directoryId", sequence, id, type, occurred_at as "occurredAt", source, actor,
  request_id as "requestId", payload`;

/**
 * Increments the directory's counters and inserts the events under the sequences just assigned, as the last statement
 * before commit. Other writers of the directory wait for the counter row only from here until the commit.
 */
export const APPEND_EVENTS = prepared(`
  with head as (
    update directory_counters
    set sequence = sequence + $2::int, user_count = user_count + $3::int, group_count = group_count + $4::int
    where directory_id = $1::uuid
    returning sequence - $2::int as base
  ), appended as (
    insert into events (directory_id, sequence, id, type, occurred_at, source, actor, request_id, payload)
    select $1::uuid, head.base + place.before + 1, ($6 || lpad(to_hex($7::bigint + place.before), 12, '0'))::uuid,
      entry.type, $5, entry.source, entry.actor, entry."requestId",
      case when member.id is null then entry.payload
           else entry.payload || jsonb_build_object('memberId', member.id) end
    from head
    cross join jsonb_to_recordset($8::jsonb) as entry (
      before int, type text, payload jsonb, "memberIds" text, source text, actor text, "requestId" text)
    left join lateral unnest(entry."memberIds"::uuid[]) with ordinality as member (id, number) on true
    cross join lateral (select entry.before + coalesce(member.number - 1, 0) as before) as place
  )
  select base from head`);

/**
 * Returns the parameters of `APPEND_EVENTS`.
 *
 * @param batches batches of one directory, each with the number of events before it as its offset
 * @param deltas changes to the directory's counts
 */
export function appendParameters(
  directoryId: string,
  batches: readonly EventBatch[],
  { fixed, start }: EventIds,
  now: Date,
  deltas: { readonly users: number; readonly groups: number },
): unknown[] {
  const length = batches.reduce((sum, batch) => sum + batch.length, 0);
  const records = JSON.stringify(batches.flatMap((batch) => batch.toRecords()));
  return [directoryId, length, deltas.users, deltas.groups, now, fixed, start, records];
}

/**
 * The sequence up to which events were pruned. Searches start behind it, because pruned entries remain in the index as
 * dead entries until the next vacuum.
 */
export const RETAINED = '(select pruned_sequence from directory_counters where directory_id = $1)';

const AFTER = prepared(`
  select ${COLUMNS} from events
  where directory_id = $1 and sequence > greatest($2, ${RETAINED}) order by sequence limit $3`);

const AFTER_OF_TYPES = prepared(`
  select ${COLUMNS} from events
  where directory_id = $1 and sequence > greatest($2, ${RETAINED}) and type = any($4::text[])
  order by sequence limit $3`);

const FROM_OF_TYPES = prepared(`
  select ${COLUMNS} from events
  where directory_id = $1 and sequence >= $2 and (sequence = $2 or type = any($4::text[]))
  order by sequence limit $3`);

const AT = prepared(`select ${COLUMNS} from events where directory_id = $1 and sequence = $2`);

const BOUNDS = prepared(`
  select counter.sequence as newest,
    (select event.sequence from events event
     where event.directory_id = counter.directory_id and event.sequence > counter.pruned_sequence
     order by event.sequence limit 1) as oldest
  from directory_counters counter where counter.directory_id = $1`);

const HEADS = prepared(`
  select counter.directory_id as "directoryId", counter.sequence, event.id as "idThere"
  from unnest($1::uuid[], $2::bigint[]) as asked (directory_id, sequence)
  join directory_counters counter on counter.directory_id = asked.directory_id
  left join events event on event.directory_id = asked.directory_id and event.sequence = asked.sequence`);

interface EventRow {
  readonly sequence: string;
}

/** The driver returns `bigint` as text. A JavaScript number suffices for a million events per second for 285 years. */
function toEvent(row: EventRow): StoredEvent {
  return { ...row, sequence: Number(row.sequence) } as unknown as StoredEvent;
}

/**
 * Reads events in order of sequence.
 *
 * @param after the sequence after which to start
 * @param types the event types to return; if omitted, all types
 */
export async function readEvents(
  db: Database,
  directoryId: string,
  after: number,
  limit: number,
  types?: readonly DomainEventType[],
): Promise<StoredEvent[]> {
  const rows = types
    ? await query<EventRow>(db, AFTER_OF_TYPES, [directoryId, after, limit, types])
    : await query<EventRow>(db, AFTER, [directoryId, after, limit]);
  return rows.map(toEvent);
}

/** Reads the event at a sequence, whatever its type, and later events of the given types: at most `limit` in total. */
export async function readEventsFrom(
  db: Database,
  directoryId: string,
  sequence: number,
  limit: number,
  types: readonly DomainEventType[] | undefined,
): Promise<StoredEvent[]> {
  if (!types) return readEvents(db, directoryId, sequence - 1, limit);
  return (await query<EventRow>(db, FROM_OF_TYPES, [directoryId, sequence, limit, types])).map(toEvent);
}

/** Finds the event at a sequence; undefined if it does not exist yet, was pruned, or belongs to another history. */
export async function findEvent(db: Database, directoryId: string, sequence: number): Promise<StoredEvent | undefined> {
  const [row] = await query<EventRow>(db, AT, [directoryId, sequence]);
  return row && toEvent(row);
}

/**
 * The bounds of a log: the oldest retained sequence and the newest assigned one (0 for an empty log). If no event is
 * retained, `oldest` is the next sequence.
 */
export interface LogBounds {
  readonly oldest: number;
  readonly newest: number;
}

/** Finds the bounds of a directory's log; undefined for an unknown directory. */
export async function findLogBounds(db: Database, directoryId: string): Promise<LogBounds | undefined> {
  const [row] = await query<{ oldest: string | null; newest: string }>(db, BOUNDS, [directoryId]);
  if (!row) return undefined;
  const newest = Number(row.newest);
  return { oldest: row.oldest === null ? newest + 1 : Number(row.oldest), newest };
}

/** The newest sequence of a directory's log, and the id of the event at the requested sequence. */
export interface LogHead {
  readonly newest: number;
  /** Null if no event exists there: before the first event, after the last one, or pruned. */
  readonly idThere: string | null;
}

/**
 * Reads the heads of several directories, each with the event at one sequence, in the single statement of the feed's
 * poll.
 */
export async function readHeads(
  db: Database,
  asked: ReadonlyArray<{ readonly directoryId: string; readonly sequence: number }>,
): Promise<Map<string, LogHead>> {
  const directoryIds = asked.map(({ directoryId }) => directoryId);
  const sequences = asked.map(({ sequence }) => sequence);
  const rows = await query<{ directoryId: string; sequence: string; idThere: string | null }>(db, HEADS, [
    directoryIds,
    sequences,
  ]);
  return new Map(
    rows.map(({ directoryId, sequence, idThere }) => [directoryId, { newest: Number(sequence), idThere }]),
  );
}
