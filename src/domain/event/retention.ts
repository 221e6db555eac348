import type { Database } from '../sql/database.js';
import { prepared, query } from '../sql/statement.js';

/** The key of the advisory lock under which one process at a time removes events. */
const LOCK_KEY = 7_046_283_652;

/** The oldest event of each directory is looked at, through the primary key. The newest one stays whatever its age. */
const EXPIRED = prepared(`
  select counter.directory_id as "directoryId"
  from directory_counters counter
  cross join lateral (
    select event.occurred_at from events event
    where event.directory_id = counter.directory_id and event.sequence > counter.pruned_sequence
    order by event.sequence limit 1
  ) oldest
  where counter.sequence > counter.pruned_sequence + 1 and oldest.occurred_at < $1`);

/** Among the oldest events those before the first that is young enough: times may be out of order by the length of a command. */
const BATCH = prepared(`
  select counter.pruned_sequence as "prunedSequence", batch.up_to as "upTo"
  from directory_counters counter
  cross join lateral (
    select coalesce(min(oldest.sequence) filter (where oldest.occurred_at >= $2) - 1, max(oldest.sequence)) as up_to
    from (
      select event.sequence, event.occurred_at from events event
      where event.directory_id = counter.directory_id
        and event.sequence > counter.pruned_sequence and event.sequence < counter.sequence
      order by event.sequence limit $3
    ) oldest
  ) batch
  where counter.directory_id = $1 and batch.up_to > counter.pruned_sequence`);

/**
 * Removes a batch, and notes how far: searches for the oldest event begin behind what is gone, however many dead entries
 * the index still has. The counter, on which writers wait, is locked last. Another process at work: nothing is done.
 */
const PRUNE = prepared(`
  with gone as (
    delete from events
    where directory_id = $1 and sequence > $2 and sequence <= $3 and (select pg_try_advisory_xact_lock($4))
    returning 1
  ), pruned as (
    select count(*) as events from gone
  )
  update directory_counters counter set pruned_sequence = $3
  from pruned
  where counter.directory_id = $1 and counter.pruned_sequence = $2 and pruned.events > 0
  returning pruned.events`);

/** The directories that hold events from before a moment which are not their newest. */
export async function findDirectoriesToPrune(db: Database, before: Date): Promise<string[]> {
  return (await query<{ directoryId: string }>(db, EXPIRED, [before])).map(({ directoryId }) => directoryId);
}

/**
 * Removes the oldest events of a directory that happened before a moment, at most `limit` of them and never the newest
 * event, by which cursors and the counter can still be verified.
 *
 * @returns how many there were; 0 also while another process is at it
 */
export async function pruneEvents(db: Database, directoryId: string, before: Date, limit: number): Promise<number> {
  const batches = await query<{ prunedSequence: string; upTo: string }>(db, BATCH, [directoryId, before, limit]);
  const [batch] = batches;
  if (!batch) return 0;
  const pruned = await query<{ events: string }>(db, PRUNE, [directoryId, batch.prunedSequence, batch.upTo, LOCK_KEY]);
  return Number(pruned[0]?.events ?? 0);
}
