import { DomainError, type ErrorCode } from '../domain/errors.js';
import { isDatabaseAway } from '../domain/statement.js';

/** The detail error keywords of RFC 7644 §3.12, table 9. */
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
  /** RFC 9865 §2.1. */
  | 'invalidCursor'
  | 'expiredCursor'
  | 'invalidCount';

/** The error message of RFC 7644 §3.12. `status` is a string there, although it repeats the HTTP status. */
export interface ScimErrorResource {
  readonly schemas: readonly ['urn:ietf:params:scim:api:messages:2.0:Error'];
  readonly status: string;
  readonly scimType?: ScimType;
  readonly detail: string;
}

/** A request that the façade itself refuses: what it says in SCIM's language, not what it asks of the domain. */
export class ScimError extends Error {
  override readonly name = 'ScimError';

  /**
   * @param status the HTTP status
   * @param detail why, for people: one sentence without secrets
   * @param scimType why, for programs, where RFC 7644 has a word for it
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

/** What each refusal of the domain is in SCIM. The compiler keeps it complete. */
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
  // Idempotency keys come with GraphQL alone.
  IDEMPOTENCY_KEY_REUSED: { status: 422 },
  FORBIDDEN: { status: 403 },
  CURSOR_INVALID: { status: 400, scimType: 'invalidCursor' },
  CURSOR_EXPIRED: { status: 400, scimType: 'expiredCursor' },
  CURSOR_FROM_ANOTHER_HISTORY: { status: 400, scimType: 'invalidCursor' },
};

/** True for what is refused on purpose; anything else that is thrown is a fault, of ours or of the database. */
export function isRefusal(error: unknown): boolean {
  return error instanceof ScimError || error instanceof DomainError;
}

/**
 * The answer to anything thrown on the way: a refusal tells why, an unexpected error tells nothing of itself.
 *
 * @param error whatever was caught; the caller logs what is answered with 500
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
