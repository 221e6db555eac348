import { ConfigError } from '../../config.js';
import { EmbeddedPostgresError } from '../../database/embedded/process/embedded-postgres-error.js';
import { DatabaseError } from '../../database/database-error.js';
import { DomainError } from '../../domain/kernel/errors.js';
import { UsageError } from './usage-error.js';

/**
 * Returns true when the message of an error is meant for the user and fits in one line. Other errors are bugs and keep their
 * stack.
 */
export function isUserFacingError(error: unknown): error is Error {
  return [ConfigError, DatabaseError, EmbeddedPostgresError, DomainError, UsageError].some(
    (kind) => error instanceof kind,
  );
}
