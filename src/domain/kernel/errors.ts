/**
 * Every reason for which the domain refuses a command or a query. The two façades map each code in a table of their
 * own (`scim/errors.ts`, `graph/errors.ts`), which the compiler checks for completeness.
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

/** The one error class of the domain. Anything else that is thrown is a fault of ours and is masked outside. */
export class DomainError extends Error {
  override readonly name = 'DomainError';

  /**
   * @param code why, for programs
   * @param message why, for people: one sentence that never holds a secret
   * @param path the attribute it is about, in SCIM's spelling (`emails.value`), when there is one
   */
  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly path?: string,
  ) {
    super(message);
  }
}
