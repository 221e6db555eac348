import { DomainError } from '../kernel/errors.js';

/** The events after a place are no longer kept. */
export function cursorExpired(): DomainError {
  return new DomainError('CURSOR_EXPIRED', 'The events after this cursor are no longer kept', 'after');
}

/** The log is not the one that a place was in: the database was restored, and went on from there. */
export function cursorFromAnotherHistory(): DomainError {
  return new DomainError(
    'CURSOR_FROM_ANOTHER_HISTORY',
    'The log holds another history than the one this cursor was made from; read the directory anew',
    'after',
  );
}
