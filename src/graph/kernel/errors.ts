import 'reflect-metadata';
import { GraphQLError, type GraphQLErrorExtensions, type GraphQLFormattedError } from 'graphql';
import { Field, ObjectType, registerEnumType } from 'type-graphql';
import { isDatabaseAway } from '../../domain/sql/statement.js';
import { DomainError, type ErrorCode } from '../../domain/kernel/errors.js';
import type { Plain } from './plain-type.js';

/** The reasons why a mutation fails. The names are part of the API. */
enum DirectoryErrorCode {
  NOT_FOUND = 'NOT_FOUND',
  ALREADY_EXISTS = 'ALREADY_EXISTS',
  INVALID_VALUE = 'INVALID_VALUE',
  REQUIRED = 'REQUIRED',
  READ_ONLY = 'READ_ONLY',
  IMMUTABLE = 'IMMUTABLE',
  VERSION_CONFLICT = 'VERSION_CONFLICT',
  INVALID_REFERENCE = 'INVALID_REFERENCE',
  MEMBERSHIP_CYCLE = 'MEMBERSHIP_CYCLE',
  TOO_MANY = 'TOO_MANY',
  AMBIGUOUS = 'AMBIGUOUS',
  UNKNOWN_SCHEMA = 'UNKNOWN_SCHEMA',
  SCHEMA_IN_USE = 'SCHEMA_IN_USE',
  IDEMPOTENCY_KEY_REUSED = 'IDEMPOTENCY_KEY_REUSED',
  FORBIDDEN = 'FORBIDDEN',
}

registerEnumType(DirectoryErrorCode, {
  name: 'DirectoryErrorCode',
  description: 'The reason why a mutation failed.',
  valuesConfig: {
    NOT_FOUND: { description: 'The object does not exist in the directory, or no directory has the slug.' },
    ALREADY_EXISTS: { description: 'Another object already has the value, which must be unique.' },
    INVALID_VALUE: { description: 'A value is not valid for its attribute.' },
    REQUIRED: { description: 'A required value is missing or was cleared.' },
    READ_ONLY: { description: 'The attribute can be written only by the server.' },
    IMMUTABLE: { description: 'The attribute cannot be changed once it has a value.' },
    VERSION_CONFLICT: {
      description: 'The version of the object differs from `expectedVersion`. Read the object again before retrying.',
    },
    INVALID_REFERENCE: { description: 'A member or manager does not exist in the directory.' },
    MEMBERSHIP_CYCLE: { description: 'The group would contain itself, directly or through nested groups.' },
    TOO_MANY: { description: 'An attribute has more elements, or an object more attributes, than allowed.' },
    AMBIGUOUS: { description: 'Several objects match where one is expected.' },
    UNKNOWN_SCHEMA: { description: 'The schema URN is not registered in the directory.' },
    SCHEMA_IN_USE: { description: 'The schema or resource type cannot be removed or changed while it is in use.' },
    IDEMPOTENCY_KEY_REUSED: { description: 'The idempotency key was already used with a different input.' },
    FORBIDDEN: { description: 'The token does not grant the required access.' },
  },
});

@ObjectType({
  simpleResolvers: true,
  description: 'An error of a mutation. If there is one, the mutation has changed nothing.',
})
export class DirectoryError {
  @Field(() => DirectoryErrorCode, { description: 'The machine-readable reason.' })
  code!: DirectoryErrorCode;

  @Field(() => String, { description: 'The human-readable reason.' })
  message!: string;

  @Field(() => [String], {
    nullable: true,
    description:
      'The path of the attribute in error, such as `["emails", "value"]`. Null if the error concerns no attribute.',
  })
  path?: readonly string[] | null;
}

/** The code of a payload error, or null if the error fails the whole operation. */
const PAYLOAD_CODES: Readonly<Record<ErrorCode, DirectoryErrorCode | null>> = {
  NOT_FOUND: DirectoryErrorCode.NOT_FOUND,
  ALREADY_EXISTS: DirectoryErrorCode.ALREADY_EXISTS,
  INVALID_VALUE: DirectoryErrorCode.INVALID_VALUE,
  REQUIRED: DirectoryErrorCode.REQUIRED,
  READ_ONLY: DirectoryErrorCode.READ_ONLY,
  IMMUTABLE: DirectoryErrorCode.IMMUTABLE,
  // GraphQL has no value paths. If one ever gets here, it is reported as NOT_FOUND.
  NO_TARGET: DirectoryErrorCode.NOT_FOUND,
  VERSION_CONFLICT: DirectoryErrorCode.VERSION_CONFLICT,
  INVALID_REFERENCE: DirectoryErrorCode.INVALID_REFERENCE,
  MEMBERSHIP_CYCLE: DirectoryErrorCode.MEMBERSHIP_CYCLE,
  TOO_MANY: DirectoryErrorCode.TOO_MANY,
  AMBIGUOUS: DirectoryErrorCode.AMBIGUOUS,
  UNKNOWN_SCHEMA: DirectoryErrorCode.UNKNOWN_SCHEMA,
  SCHEMA_IN_USE: DirectoryErrorCode.SCHEMA_IN_USE,
  IDEMPOTENCY_KEY_REUSED: DirectoryErrorCode.IDEMPOTENCY_KEY_REUSED,
  FORBIDDEN: DirectoryErrorCode.FORBIDDEN,
  CURSOR_INVALID: null,
  CURSOR_EXPIRED: null,
  CURSOR_FROM_ANOTHER_HISTORY: null,
};

/** The `extensions.code` of an operation that fails as a whole. All invalid arguments share one code. */
const TOP_LEVEL_CODES: Readonly<Record<ErrorCode, string>> = {
  NOT_FOUND: 'NOT_FOUND',
  ALREADY_EXISTS: 'BAD_USER_INPUT',
  INVALID_VALUE: 'BAD_USER_INPUT',
  REQUIRED: 'BAD_USER_INPUT',
  READ_ONLY: 'BAD_USER_INPUT',
  IMMUTABLE: 'BAD_USER_INPUT',
  NO_TARGET: 'NOT_FOUND',
  VERSION_CONFLICT: 'BAD_USER_INPUT',
  INVALID_REFERENCE: 'BAD_USER_INPUT',
  MEMBERSHIP_CYCLE: 'BAD_USER_INPUT',
  TOO_MANY: 'BAD_USER_INPUT',
  AMBIGUOUS: 'AMBIGUOUS',
  UNKNOWN_SCHEMA: 'BAD_USER_INPUT',
  SCHEMA_IN_USE: 'BAD_USER_INPUT',
  IDEMPOTENCY_KEY_REUSED: 'BAD_USER_INPUT',
  FORBIDDEN: 'FORBIDDEN',
  CURSOR_INVALID: 'CURSOR_INVALID',
  CURSOR_EXPIRED: 'CURSOR_EXPIRED',
  CURSOR_FROM_ANOTHER_HISTORY: 'CURSOR_FROM_ANOTHER_HISTORY',
};

/** Converts an error of the domain to a payload error; undefined if the whole operation must fail. */
export function toDirectoryError(error: unknown): Plain<DirectoryError> | undefined {
  if (!(error instanceof DomainError)) return undefined;
  const code = PAYLOAD_CODES[error.code];
  return code ? { code, message: error.message, path: toPath(error.path) } : undefined;
}

/** A URN contains dots but is a single segment. */
function toPath(path: string | undefined): readonly string[] | null {
  if (path === undefined) return null;
  return path.startsWith('urn:') ? [path] : path.split('.');
}

/** A client error with a machine-readable code, which fails the field that throws it. */
export function graphError(code: string, message: string, extensions: GraphQLErrorExtensions = {}): GraphQLError {
  return new GraphQLError(message, { extensions: { code, ...extensions } });
}

/** An error in the arguments of an operation. */
export function badInput(message: string): GraphQLError {
  return graphError('BAD_USER_INPUT', message);
}

/** The error as thrown, without the wrapper that execution adds for path and location. */
function originalOf(error: unknown): unknown {
  return error instanceof GraphQLError && error.originalError ? originalOf(error.originalError) : error;
}

/** The internal error behind an error; undefined for client errors. */
export function findInternalError(error: unknown): unknown {
  const original = originalOf(error);
  return original instanceof GraphQLError || original instanceof DomainError ? undefined : original;
}

/** How clients see that the database is temporarily unavailable. `retryAfter` is in seconds. */
export const DATABASE_AWAY = {
  code: 'SERVICE_UNAVAILABLE',
  message: 'The database is temporarily unavailable',
  retryAfter: '5',
} as const;

/**
 * Formats an error for clients: errors of the domain with their code, internal errors masked.
 *
 * @param formatted the error as the GraphQL library would print it
 * @param error the error itself
 * @param code the code of an error that has none
 */
export function toFormattedError(
  formatted: GraphQLFormattedError,
  error: unknown,
  code = 'BAD_USER_INPUT',
): GraphQLFormattedError {
  const { message, extensions, ...location } = formatted;
  const original = originalOf(error);
  if (original instanceof DomainError) {
    return { ...location, message: original.message, extensions: { code: TOP_LEVEL_CODES[original.code] } };
  }
  const internal = findInternalError(error);
  if (isDatabaseAway(internal)) {
    return { ...location, message: DATABASE_AWAY.message, extensions: { code: DATABASE_AWAY.code } };
  }
  if (internal !== undefined) {
    return { ...location, message: 'Internal server error', extensions: { code: 'INTERNAL_SERVER_ERROR' } };
  }
  // `http` is meant for the HTTP server, which has read it by now.
  const { http: _http, ...visible } = extensions ?? {};
  return { ...location, message, extensions: { code, ...visible } };
}
