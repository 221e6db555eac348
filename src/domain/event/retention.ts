import type { Database } from '../sql/database.js';
import { prepared, query } from '../sql/statement.js';

/** The key of the advisory lock under which one process at a time removes events. */
const LOCK_KEY = 7_046_283_652;

// By the database's clock, which all replicas share: a process whose own clock runs ahead must not remove what is kept.
const cutoff = (retention: '$1' | '$2'): string => `now() - make_interval(secs => ${retention}::float8 / 1000)`;

/** The oldest event of each directory is looked at, through the primary key. The newest one stays whatever its age. */
const EXPIRED = prepared(`
  select counter.directory_id as "directoryId"
  from directory_counters counter
  cross join lateral (
    select event.occurred_at from events event
    where event.directory_id = counter.directory_id and event.sequence > counter.pruned_sequence
    order by event.sequence limit 1
  ) oldest
  where counter.sequence > counter.pruned_sequence + 1 and oldest.occurred_at < ${cutoff('$1')}`);

/** Among the oldest events those before the first that is young enough: times may be out of order by the length of a command. */
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
 * Removes a batch, and notes how far: searches for the oldest event begin behind what is gone, however many dead entries
 * the index still has. The counter, on which writers wait, is locked last. Another process at work: nothing is done.
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

/** Events that were removed from the beginning of a directory's log. */
export interface PrunedEvents {
  readonly count: number;
  /** The sequence of the last of them. */
  readonly sequence: number;
  /** When the youngest of them occurred. */
  readonly occurredAt: Date;
}

/**
 * Finds the directories that hold events older than the retention which are not their newest.
 *
 * @param retention how long events are kept, in milliseconds
 */
export async function findDirectoriesToPrune(db: Database, retention: number): Promise<string[]> {
  return (await query<{ directoryId: string }>(db, EXPIRED, [retention])).map(({ directoryId }) => directoryId);
}

/**
 * Removes the oldest events of a directory that are older than the retention, at most `limit` of them and never the newest
 * event, by which cursors and the counter can still be verified.
 *
 * @param retention how long events are kept, in milliseconds
 * @returns what was removed; undefined when there was nothing to remove, or while another process removes events
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
