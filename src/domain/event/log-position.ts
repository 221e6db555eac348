import type { Database } from '../sql/database.js';
import { findLogBounds, readEvents, readEventsFrom } from './event-log.js';
import type { StoredEvent } from './event.js';
import { cursorFromAnotherHistory, cursorExpired } from './log-errors.js';

/** How far a reader of one directory's log has come. */
export interface LogPosition {
  /** The sequence of the event read last; 0 before the first. */
  readonly sequence: number;
  /** The id of that event; undefined where there is none to know the place by. */
  readonly id: string | undefined;
}

/**
 * Reads the events that follow a place, and makes sure in the same statement that the place is still the one the reader
 * came from: a database restored under a running server must not go on behind a silent gap.
 *
 * @returns at most `limit` events, contiguous from `place.sequence + 1`; none at the end of the log
 * @throws DomainError CURSOR_EXPIRED or CURSOR_FROM_ANOTHER_HISTORY
 */
export async function readEventsAfter(
  db: Database,
  directoryId: string,
  place: LogPosition,
  limit: number,
): Promise<StoredEvent[]> {
  if (place.id === undefined) {
    const events = await readEvents(db, directoryId, place.sequence, limit);
    if (events[0] && events[0].sequence !== place.sequence + 1) throw cursorExpired();
    return events;
  }
  const [known, ...events] = await readEventsFrom(db, directoryId, place.sequence, limit + 1, undefined);
  if (known?.sequence === place.sequence) {
    if (known.id !== place.id) throw cursorFromAnotherHistory();
    return events;
  }
  if (known) throw cursorExpired();
  const bounds = await findLogBounds(db, directoryId);
  throw bounds && bounds.newest >= place.sequence ? cursorExpired() : cursorFromAnotherHistory();
}
