import { DomainError, type ErrorCode } from '../../domain/kernel/errors.js';
import { isDatabaseAway } from '../../domain/sql/statement.js';

/** The `scimType` keywords of RFC 7644 §3.12, table 9. */
export type ScimType =
  | 'invalidFilter'
  | 'tooMany'
  | 'uniqueness'
  | 'mutability'
  | 'invalidSyntax'
  | 'invalidPath'
  | 'noTarget'
  | 'invalidValue'
  | 'invalidVers'
  | 'sensitive'
  /** From here on: RFC 9865 §2.1. */
  | 'invalidCursor'
  | 'expiredCursor'
  | 'invalidCount';

/** The Error message of RFC 7644 §3.12, in which `status` is the HTTP status as a string. */
export interface ScimErrorResource {
  readonly schemas: readonly ['urn:ietf:params:scim:api:messages:2.0:Error'];
  readonly status: string;
  readonly scimType?: ScimType;
  readonly detail: string;
}

/** An error that the façade itself raises: the request violates the protocol, or a limit. */
export class ScimError extends Error {
  override readonly name = 'ScimError';

  /**
   * @param status the HTTP status
   * @param detail the reason for a human reader: one sentence without secrets
   * @param scimType the reason for a program, if RFC 7644 has a keyword for it
   */
  constructor(
    readonly status: number,
    readonly detail: string,
    readonly scimType?: ScimType,
    options?: ErrorOptions,
  ) {
    super(detail, options);
  }
}

interface Answer {
  readonly status: number;
  readonly scimType?: ScimType;
}

/** Maps each error code of the domain to a status and scimType. The compiler checks that none is missing. */
const ANSWERS: Record<ErrorCode, Answer> = {
  NOT_FOUND: { status: 404 },
  ALREADY_EXISTS: { status: 409, scimType: 'uniqueness' },
  INVALID_VALUE: { status: 400, scimType: 'invalidValue' },
  REQUIRED: { status: 400, scimType: 'invalidValue' },
  READ_ONLY: { status: 400, scimType: 'mutability' },
  IMMUTABLE: { status: 400, scimType: 'mutability' },
  NO_TARGET: { status: 400, scimType: 'noTarget' },
  VERSION_CONFLICT: { status: 412 },
  INVALID_REFERENCE: { status: 400, scimType: 'invalidValue' },
  MEMBERSHIP_CYCLE: { status: 400, scimType: 'invalidValue' },
  TOO_MANY: { status: 400, scimType: 'tooMany' },
  AMBIGUOUS: { status: 400 },
  UNKNOWN_SCHEMA: { status: 400, scimType: 'invalidValue' },
  SCHEMA_IN_USE: { status: 409 },
  // Only GraphQL has idempotency keys.
  IDEMPOTENCY_KEY_REUSED: { status: 422 },
  FORBIDDEN: { status: 403 },
  CURSOR_INVALID: { status: 400, scimType: 'invalidCursor' },
  CURSOR_EXPIRED: { status: 400, scimType: 'expiredCursor' },
  CURSOR_FROM_ANOTHER_HISTORY: { status: 400, scimType: 'invalidCursor' },
};

/**
 * Returns true for an expected response to an invalid request. Any other error is a defect or a failure of the
 * database.
 */
export function isRefusal(error: unknown): boolean {
  return error instanceof ScimError || error instanceof DomainError;
}

/**
 * Turns any thrown value into an error response. The details of an unexpected error are not disclosed.
 *
 * @param error the thrown value; the caller logs those that are answered with 500
 * @returns the HTTP status and the error resource of RFC 7644 §3.12
 */
export function toErrorResource(error: unknown): { status: number; body: ScimErrorResource } {
  if (error instanceof ScimError) return resource(error, error.detail);
  if (error instanceof DomainError) return resource(ANSWERS[error.code], error.message);
  if (isDatabaseAway(error)) return resource({ status: 503 }, 'The database is temporarily unavailable');
  return resource({ status: 500 }, 'Internal server error');
}

function resource(
  { status, scimType }: { readonly status: number; readonly scimType?: ScimType | undefined },
  detail: string,
) {
  const body: ScimErrorResource = {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
    status: String(status),
    ...(scimType && { scimType }),
    detail,
  };
  return { status, body };
}
