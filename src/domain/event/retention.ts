import type { Database } from '../sql/database.js';
import { prepared, query } from '../sql/statement.js';

/** The key of the advisory lock that lets one process at a time prune events. */
const LOCK_KEY = 7_046_283_652;

// Uses the database's clock, which all replicas share: a replica with a fast clock must not prune retained events.
const cutoff = (retention: '$1' | '$2'): string => `now() - make_interval(secs => ${retention}::float8 / 1000)`;

/** Finds directories by their oldest event, through the primary key. The newest event is kept whatever its age. */
const EXPIRED = prepared(`
  select counter.directory_id as "directoryId"
  from directory_counters counter
  cross join lateral (
    select event.occurred_at from events event
    where event.directory_id = counter.directory_id and event.sequence > counter.pruned_sequence
    order by event.sequence limit 1
  ) oldest
  where counter.sequence > counter.pruned_sequence + 1 and oldest.occurred_at < ${cutoff('$1')}`);

/**
 * Selects the oldest events before the first one within the retention. Times may be out of order by the duration of a
 * command.
 */
const BATCH = prepared(`
  select counter.pruned_sequence as "prunedSequence", batch.up_to as "upTo"
  from directory_counters counter
  cross join lateral (
    select coalesce(min(oldest.sequence) filter (where oldest.occurred_at >= ${cutoff('$2')}) - 1, max(oldest.sequence)) as up_to
    from (
      select event.sequence, event.occurred_at from events event
      where event.directory_id = counter.directory_id
        and event.sequence > counter.pruned_sequence and event.sequence < counter.sequence
      order by event.sequence limit $3
    ) oldest
  ) batch
  where counter.directory_id = $1 and batch.up_to > counter.pruned_sequence`);

/**
 * Deletes a batch and stores its last sequence, so that searches for the oldest event skip dead index entries. The
 * counter row, which writers wait for, is locked last. Does nothing while another process prunes events.
 */
const PRUNE = prepared(`
  with gone as (
    delete from events
    where directory_id = $1 and sequence > $2 and sequence <= $3 and (select pg_try_advisory_xact_lock($4))
    returning occurred_at
  ), pruned as (
    select count(*) as count, max(occurred_at) as occurred_at from gone
  )
  update directory_counters counter set pruned_sequence = $3
  from pruned
  where counter.directory_id = $1 and counter.pruned_sequence = $2 and pruned.count > 0
  returning pruned.count, pruned.occurred_at as "occurredAt"`);

/** Events that were pruned from the beginning of a directory's log. */
export interface PrunedEvents {
  readonly count: number;
  /** The sequence of the last pruned event. */
  readonly sequence: number;
  /** The time of the most recent pruned event. */
  readonly occurredAt: Date;
}

/**
 * Finds the directories with events beyond the retention, not counting their newest event.
 *
 * @param retention the retention of events in milliseconds
 */
export async function findDirectoriesToPrune(db: Database, retention: number): Promise<string[]> {
  return (await query<{ directoryId: string }>(db, EXPIRED, [retention])).map(({ directoryId }) => directoryId);
}

/**
 * Prunes the oldest events of a directory beyond the retention, at most `limit` of them. The newest event is never
 * pruned, so that cursors and the counter can still be verified against it.
 *
 * @param retention the retention of events in milliseconds
 * @returns the pruned events; undefined if no event was due, or while another process prunes events
 */
export async function pruneEvents(
  db: Database,
  directoryId: string,
  retention: number,
  limit: number,
): Promise<PrunedEvents | undefined> {
  const batches = await query<{ prunedSequence: string; upTo: string }>(db, BATCH, [directoryId, retention, limit]);
  const [batch] = batches;
  if (!batch) return undefined;
  const parameters = [directoryId, batch.prunedSequence, batch.upTo, LOCK_KEY];
  const [pruned] = await query<{ count: string; occurredAt: Date }>(db, PRUNE, parameters);
  return pruned && { count: Number(pruned.count), sequence: Number(batch.upTo), occurredAt: pruned.occurredAt };
}
