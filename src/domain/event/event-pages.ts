import type { EntityManager } from '@mikro-orm/postgresql';
import { toPage, type Page } from '../page.js';
import { prepared, query } from '../statement.js';
import { findLogBounds, readEvents } from './event-log.js';
import type { DomainEventType, StoredEvent } from './event.js';

const COUNT_OF_TYPES = prepared(`
  select count(*) as total from events where directory_id = $1 and type = any($2::text[])`);

const EXISTS_UP_TO = prepared(`select 1 from events where directory_id = $1 and sequence <= $2 limit 1`);

const EXISTS_UP_TO_OF_TYPES = prepared(`
  select 1 from events where directory_id = $1 and sequence <= $2 and type = any($3::text[]) limit 1`);

/** Reads a page of the log, in order. `after` is a sequence; the caller has verified the cursor that it comes from. */
export async function readEventPage(
  em: EntityManager,
  directoryId: string,
  after: number,
  size: number,
  types?: readonly DomainEventType[],
): Promise<Page<StoredEvent>> {
  return toPage(await readEvents(em, directoryId, after, size + 1, types), { size, backward: false });
}

/** Whether the log holds an event with this sequence or an earlier one. */
export async function existsEventUpTo(
  em: EntityManager,
  directoryId: string,
  sequence: number,
  types?: readonly DomainEventType[],
): Promise<boolean> {
  const rows = types
    ? await query(em, EXISTS_UP_TO_OF_TYPES, [directoryId, sequence, types])
    : await query(em, EXISTS_UP_TO, [directoryId, sequence]);
  return rows.length > 0;
}

/** How many events are retained. Sequences have no gaps, so without types nothing is counted. */
export async function countEvents(
  em: EntityManager,
  directoryId: string,
  types?: readonly DomainEventType[],
): Promise<number> {
  if (types) {
    const [row] = await query<{ total: string }>(em, COUNT_OF_TYPES, [directoryId, types]);
    return Number(row?.total ?? 0);
  }
  const bounds = await findLogBounds(em, directoryId);
  return bounds ? bounds.newest - bounds.oldest + 1 : 0;
}
