import { DomainError } from '../kernel/errors.js';

/** Creates the error for a cursor whose following events have been pruned. */
export function cursorExpired(): DomainError {
  return new DomainError(
    'CURSOR_EXPIRED',
    'The events after this cursor have been deleted; read the directory again and continue from its current cursor',
    'after',
  );
}

/** Creates the error for a cursor that belongs to another history, as after the database was restored from a backup. */
export function cursorFromAnotherHistory(): DomainError {
  return new DomainError(
    'CURSOR_FROM_ANOTHER_HISTORY',
    'The cursor belongs to another history of the event log, as after the database was restored; read the directory again and continue from its current cursor',
    'after',
  );
}
