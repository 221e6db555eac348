import { DomainError } from '../kernel/errors.js';

/** Creates the error for a cursor whose following events have been pruned. */
export function cursorExpired(): DomainError {
  return new DomainError('CURSOR_EXPIRED', 'The events after this cursor are no longer kept', 'after');
}

/** Creates the error for a cursor from another history, as after the database was restored from a backup. */
export function cursorFromAnotherHistory(): DomainError {
  return new DomainError(
    'CURSOR_FROM_ANOTHER_HISTORY',
    'The log holds another history than the one this cursor was made from; read the directory anew',
    'after',
  );
}
