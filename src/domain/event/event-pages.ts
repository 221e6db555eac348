import type { Database } from '../sql/database.js';
import { toPage, type Page } from '../search/keyset-pagination.js';
import { prepared, query } from '../sql/statement.js';
import { isAt, verifyCursor, type LogCursor } from './cursor.js';
import { findLogBounds, readEvents, readEventsFrom, RETAINED } from './event-log.js';
import type { DomainEventType, StoredEvent } from './event.js';
import { cursorFromAnotherHistory } from './log-errors.js';

const COUNT_OF_TYPES = prepared(`
  select count(*) as total from events
  where directory_id = $1 and sequence > ${RETAINED} and type = any($2::text[])`);

const EXISTS_UP_TO = prepared(`
  select 1 from events where directory_id = $1 and sequence > ${RETAINED} and sequence <= $2 limit 1`);

const EXISTS_UP_TO_OF_TYPES = prepared(`
  select 1 from events
  where directory_id = $1 and sequence > ${RETAINED} and sequence <= $2 and type = any($3::text[]) limit 1`);

/**
 * Reads a page of the log in order: the oldest retained events, or those after a cursor. The same statement verifies
 * that the cursor is still in the log, so concurrent pruning cannot leave a gap.
 *
 * @throws DomainError CURSOR_EXPIRED or CURSOR_FROM_ANOTHER_HISTORY
 */
export async function readEventPage(
  db: Database,
  directoryId: string,
  position: LogCursor | undefined,
  size: number,
  types?: readonly DomainEventType[],
): Promise<Page<StoredEvent>> {
  const toEventPage = (events: readonly StoredEvent[]): Page<StoredEvent> => toPage(events, { size, backward: false });
  if (!position || position.sequence === 0) {
    const events = await readEvents(db, directoryId, 0, size + 1, types);
    if (position) await verifyCursor(db, directoryId, position);
    return toEventPage(events);
  }
  const [known, ...events] = await readEventsFrom(db, directoryId, position.sequence, size + 2, types);
  if (known && isAt(known, position)) return toEventPage(events);
  await verifyCursor(db, directoryId, position);
  throw cursorFromAnotherHistory();
}

/** Returns whether the log contains an event with this sequence or a lower one. */
export async function existsEventUpTo(
  db: Database,
  directoryId: string,
  sequence: number,
  types?: readonly DomainEventType[],
): Promise<boolean> {
  const rows = types
    ? await query(db, EXISTS_UP_TO_OF_TYPES, [directoryId, sequence, types])
    : await query(db, EXISTS_UP_TO, [directoryId, sequence]);
  return rows.length > 0;
}

/**
 * Counts the retained events. Without a filter on types the count follows from the bounds, as sequences have no gaps.
 */
export async function countEvents(
  db: Database,
  directoryId: string,
  types?: readonly DomainEventType[],
): Promise<number> {
  if (types) {
    const [row] = await query<{ total: string }>(db, COUNT_OF_TYPES, [directoryId, types]);
    return Number(row?.total ?? 0);
  }
  const bounds = await findLogBounds(db, directoryId);
  return bounds ? bounds.newest - bounds.oldest + 1 : 0;
}
