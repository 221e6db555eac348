import { createHash } from 'node:crypto';
import type { Database } from '../sql/database.js';
import { DomainError } from '../kernel/errors.js';
import { notFound } from '../kernel/precondition.js';
import { findEvent, findLogBounds } from './event-log.js';
import type { StoredEvent } from './event.js';
import { cursorFromAnotherHistory, cursorExpired } from './log-errors.js';
import type { LogPosition } from './log-position.js';

/** A parsed cursor: a position in the log of one directory, and the fingerprint of the event at it. */
export interface LogCursor {
  /** The sequence of the event that was read last; 0 before the first. */
  readonly sequence: number;
  readonly fingerprint: Buffer;
}

/** The part of an event that its cursor encodes. */
interface CursorSource {
  readonly directoryId: string;
  readonly sequence: number;
  readonly id: string;
}

const VERSION = 1;
const DIRECTORY_BYTES = 4;
const FINGERPRINT_BYTES = 8;
const LENGTH = 1 + DIRECTORY_BYTES + 6 + FINGERPRINT_BYTES;

function digest(text: string, bytes: number): Buffer {
  return createHash('sha256').update(text).digest().subarray(0, bytes);
}

/**
 * Encodes the cursor of an event: opaque, identical in `events`, on WebSockets and over SSE, and valid on every
 * replica. It contains a fingerprint of the event, so that a restored database with a different history is recognized.
 */
export function encodeCursor({ directoryId, sequence, id }: CursorSource): string {
  const bytes = Buffer.alloc(LENGTH);
  bytes.writeUInt8(VERSION, 0);
  digest(directoryId, DIRECTORY_BYTES).copy(bytes, 1);
  bytes.writeUIntBE(sequence, 1 + DIRECTORY_BYTES, 6);
  digest(id, FINGERPRINT_BYTES).copy(bytes, LENGTH - FINGERPRINT_BYTES);
  return bytes.toString('base64url');
}

/** Returns the cursor before the first event of a directory. */
export function startCursor(directoryId: string): string {
  return encodeCursor({ directoryId, sequence: 0, id: directoryId });
}

/** Returns the cursor of a position; undefined if the id of its event is unknown. */
export function cursorAt(directoryId: string, { sequence, id }: LogPosition): string | undefined {
  if (sequence === 0) return startCursor(directoryId);
  return id === undefined ? undefined : encodeCursor({ directoryId, sequence, id });
}

/**
 * Parses a cursor.
 *
 * @throws DomainError CURSOR_INVALID for text that is not a cursor of this directory
 */
export function parseCursor(text: string, directoryId: string): LogCursor {
  const bytes = Buffer.from(text, 'base64url');
  if (bytes.length !== LENGTH || bytes.readUInt8(0) !== VERSION || bytes.toString('base64url') !== text) {
    throw new DomainError('CURSOR_INVALID', 'after must be an event cursor', 'after');
  }
  if (!bytes.subarray(1, 1 + DIRECTORY_BYTES).equals(digest(directoryId, DIRECTORY_BYTES))) {
    throw new DomainError('CURSOR_INVALID', 'The cursor belongs to another directory', 'after');
  }
  return {
    sequence: bytes.readUIntBE(1 + DIRECTORY_BYTES, 6),
    fingerprint: bytes.subarray(LENGTH - FINGERPRINT_BYTES),
  };
}

/** Returns whether the cursor was created from this event. */
export function isAt({ sequence, id }: Pick<StoredEvent, 'sequence' | 'id'>, position: LogCursor): boolean {
  return sequence === position.sequence && digest(id, FINGERPRINT_BYTES).equals(position.fingerprint);
}

/**
 * Checks that the log still contains the event from which the cursor was created. Without the check, a reader would
 * silently skip events.
 *
 * @throws DomainError CURSOR_EXPIRED when the event has been pruned; CURSOR_FROM_ANOTHER_HISTORY when the log ends
 *   before the cursor or has a different event at its position, as after a restore; NOT_FOUND for an unknown directory
 */
export async function verifyCursor(db: Database, directoryId: string, position: LogCursor): Promise<void> {
  const { sequence } = position;
  if (sequence === 0) {
    const bounds = await findLogBounds(db, directoryId);
    if (bounds && bounds.oldest > 1) throw cursorExpired();
    return;
  }
  const event = await findEvent(db, directoryId, sequence);
  if (event && isAt(event, position)) return;
  const bounds = event ? undefined : await findLogBounds(db, directoryId);
  if (bounds && bounds.newest >= sequence && bounds.oldest > sequence) throw cursorExpired();
  throw cursorFromAnotherHistory();
}

/** Returns the cursor of the newest event, or the start cursor for an empty log. Throws NOT_FOUND. */
export async function headCursor(db: Database, directoryId: string): Promise<string> {
  const bounds = await findLogBounds(db, directoryId);
  if (!bounds) throw notFound('directory', directoryId);
  const head = bounds.newest > 0 ? await findEvent(db, directoryId, bounds.newest) : undefined;
  return head ? encodeCursor(head) : startCursor(directoryId);
}
