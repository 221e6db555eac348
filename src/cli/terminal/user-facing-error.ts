import { ConfigError } from '../../config.js';
import { EmbeddedPostgresError } from '../../database/embedded/process/embedded-postgres-error.js';
import { DatabaseError } from '../../database/migrate.js';
import { DomainError } from '../../domain/kernel/errors.js';
import { UsageError } from './usage-error.js';

/** Errors whose message is one line that says what to do. Anything else is a fault of ours and keeps its stack. */
export function isUserFacingError(error: unknown): error is Error {
  return [ConfigError, DatabaseError, EmbeddedPostgresError, DomainError, UsageError].some(
    (kind) => error instanceof kind,
  );
}
