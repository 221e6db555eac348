import type { Database } from '../sql/database.js';
import { findLogBounds, readEvents, readEventsFrom } from './event-log.js';
import type { StoredEvent } from './event.js';
import { cursorFromAnotherHistory, cursorExpired } from './log-errors.js';

/** The position of a reader in one directory's log. */
export interface LogPosition {
  /** The sequence of the last event read; 0 before the first. */
  readonly sequence: number;
  /** The id of that event; undefined if no event identifies the position. */
  readonly id: string | undefined;
}

/**
 * Reads the events after a position, and verifies in the same statement that the log still has the reader's last event:
 * after a restore under a running server, the reader must not silently skip events.
 *
 * @returns at most `limit` events, contiguous from `position.sequence + 1`; an empty array at the end of the log
 * @throws DomainError CURSOR_EXPIRED or CURSOR_FROM_ANOTHER_HISTORY
 */
export async function readEventsAfter(
  db: Database,
  directoryId: string,
  position: LogPosition,
  limit: number,
): Promise<StoredEvent[]> {
  if (position.id === undefined) {
    const events = await readEvents(db, directoryId, position.sequence, limit);
    if (events[0] && events[0].sequence !== position.sequence + 1) throw cursorExpired();
    return events;
  }
  const [known, ...events] = await readEventsFrom(db, directoryId, position.sequence, limit + 1, undefined);
  if (known?.sequence === position.sequence) {
    if (known.id !== position.id) throw cursorFromAnotherHistory();
    return events;
  }
  if (known) throw cursorExpired();
  const bounds = await findLogBounds(db, directoryId);
  throw bounds && bounds.newest >= position.sequence ? cursorExpired() : cursorFromAnotherHistory();
}
