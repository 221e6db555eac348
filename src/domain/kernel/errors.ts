/**
 * The reasons for which the domain rejects a command or a query. Each façade maps every code in its own table
 * (`scim/errors.ts`, `graph/errors.ts`), which the compiler checks for completeness.
 */
export type ErrorCode =
  | 'NOT_FOUND'
  | 'ALREADY_EXISTS'
  | 'INVALID_VALUE'
  | 'REQUIRED'
  | 'READ_ONLY'
  | 'IMMUTABLE'
  | 'NO_TARGET'
  | 'VERSION_CONFLICT'
  | 'INVALID_REFERENCE'
  | 'MEMBERSHIP_CYCLE'
  | 'TOO_MANY'
  | 'AMBIGUOUS'
  | 'UNKNOWN_SCHEMA'
  | 'SCHEMA_IN_USE'
  | 'IDEMPOTENCY_KEY_REUSED'
  | 'FORBIDDEN'
  | 'CURSOR_INVALID'
  | 'CURSOR_EXPIRED'
  | 'CURSOR_FROM_ANOTHER_HISTORY';

/** The only error class that the domain throws deliberately. Any other error is a defect and is masked from clients. */
export class DomainError extends Error {
  override readonly name = 'DomainError';

  /**
   * @param code the machine-readable reason
   * @param message the human-readable reason: one sentence that never contains a secret
   * @param path the affected attribute in SCIM's spelling (`emails.value`), if applicable
   */
  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly path?: string,
  ) {
    super(message);
  }
}
