import 'reflect-metadata';
import { GraphQLError, type GraphQLErrorExtensions, type GraphQLFormattedError } from 'graphql';
import { Field, ObjectType, registerEnumType } from 'type-graphql';
import { DomainError, type ErrorCode } from '../../domain/kernel/errors.js';
import type { Plain } from './plain-type.js';

/** Why a mutation was refused. The names are part of the contract. */
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
  description: 'Why a mutation was refused, for programs.',
  valuesConfig: {
    NOT_FOUND: { description: 'Nothing in the directory has the id or the slug.' },
    ALREADY_EXISTS: { description: 'Another object has the value, which must be unique.' },
    INVALID_VALUE: { description: 'A value does not fit its attribute.' },
    REQUIRED: { description: 'A required value is missing or was cleared.' },
    READ_ONLY: { description: 'The attribute is written by the server alone.' },
    IMMUTABLE: { description: 'The attribute cannot be changed once it has a value.' },
    VERSION_CONFLICT: { description: 'The object has another version than `expectedVersion`: read it anew.' },
    INVALID_REFERENCE: { description: 'A member or manager is no object of the directory.' },
    MEMBERSHIP_CYCLE: { description: 'The group would contain itself.' },
    TOO_MANY: { description: 'More elements than the attribute takes, or more attributes than the object keeps.' },
    AMBIGUOUS: { description: 'Several objects fit where one is meant.' },
    UNKNOWN_SCHEMA: { description: 'The URN is not registered in the directory.' },
    SCHEMA_IN_USE: { description: 'The schema cannot be removed while something uses it.' },
    IDEMPOTENCY_KEY_REUSED: { description: 'The idempotency key came with another input before.' },
    FORBIDDEN: { description: 'The token does not allow it.' },
  },
});

@ObjectType({
  simpleResolvers: true,
  description: 'Why a mutation was refused. Where there is an error, nothing of the mutation has happened.',
})
export class DirectoryError {
  @Field(() => DirectoryErrorCode, { description: 'Why, for programs.' })
  code!: DirectoryErrorCode;

  @Field(() => String, { description: 'Why, for people.' })
  message!: string;

  @Field(() => [String], {
    nullable: true,
    description: 'The attribute it is about, from the outside in: `["emails", "value"]`.',
  })
  path?: readonly string[] | null;
}

/** The code of a payload error; null where the error is none of a payload but fails the operation at the top. */
const PAYLOAD_CODES: Readonly<Record<ErrorCode, DirectoryErrorCode | null>> = {
  NOT_FOUND: DirectoryErrorCode.NOT_FOUND,
  ALREADY_EXISTS: DirectoryErrorCode.ALREADY_EXISTS,
  INVALID_VALUE: DirectoryErrorCode.INVALID_VALUE,
  REQUIRED: DirectoryErrorCode.REQUIRED,
  READ_ONLY: DirectoryErrorCode.READ_ONLY,
  IMMUTABLE: DirectoryErrorCode.IMMUTABLE,
  // Of the faces only SCIM has value paths; were one to miss here, what it names is not found.
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

/** The `extensions.code` of an operation that fails as a whole. Everything that is wrong with an argument is one code. */
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

/** The payload error of what the domain refuses; undefined where the whole operation must fail. */
export function toDirectoryError(error: unknown): Plain<DirectoryError> | undefined {
  if (!(error instanceof DomainError)) return undefined;
  const code = PAYLOAD_CODES[error.code];
  return code ? { code, message: error.message, path: toPath(error.path) } : undefined;
}

/** URNs hold dots of their own and are one step. */
function toPath(path: string | undefined): readonly string[] | null {
  if (path === undefined) return null;
  return path.startsWith('urn:') ? [path] : path.split('.');
}

/** An error of the client's that fails the field it comes from, with the code that programs look at. */
export function graphError(code: string, message: string, extensions: GraphQLErrorExtensions = {}): GraphQLError {
  return new GraphQLError(message, { extensions: { code, ...extensions } });
}

/** An error in the arguments of an operation. */
export function badInput(message: string): GraphQLError {
  return graphError('BAD_USER_INPUT', message);
}

/** What was really thrown, below the wrapping that execution puts around it with path and location. */
function originalOf(error: unknown): unknown {
  return error instanceof GraphQLError && error.originalError ? originalOf(error.originalError) : error;
}

/** The fault of ours that an error stands for; undefined for what the client did wrong. */
export function findInternalError(error: unknown): unknown {
  const original = originalOf(error);
  return original instanceof GraphQLError || original instanceof DomainError ? undefined : original;
}

/**
 * An error as clients see it: what the domain refuses with its code, faults of ours masked.
 *
 * @param formatted the error as the GraphQL library would print it
 * @param error the error itself
 * @param code what an error without a code of its own is
 */
export function toFormattedError(
  formatted: GraphQLFormattedError,
  error: unknown,
  code = 'BAD_USER_INPUT',
): GraphQLFormattedError {
  const { message, extensions, ...place } = formatted;
  const original = originalOf(error);
  if (original instanceof DomainError) {
    return { ...place, message: original.message, extensions: { code: TOP_LEVEL_CODES[original.code] } };
  }
  if (findInternalError(error) !== undefined) {
    return { ...place, message: 'Internal server error', extensions: { code: 'INTERNAL_SERVER_ERROR' } };
  }
  // `http` is for the server that answers, which has read it by now; on a socket nobody does.
  const { http: _http, ...visible } = extensions ?? {};
  return { ...place, message, extensions: { code, ...visible } };
}
