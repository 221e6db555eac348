import { ForeignKeyConstraintViolationException } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import { DomainError } from '../kernel/errors.js';
import { isId, newId } from '../kernel/id.js';
import { notFound } from '../kernel/precondition.js';
import { assertStorableText } from '../attributes/parse-value.js';
import { hashSecret, newSecret, secretPrefix } from './secret.js';
import { SCOPES, type Scope } from './scope.js';
import { TokenEntity, type Token, type TokenKind } from './token.js';

/** The properties of a token to create. */
export interface NewToken {
  /** Required for `scim` and `graphql`, null for `admin`. */
  readonly directoryId: string | null;
  readonly kind: TokenKind;
  readonly name: string;
  /** The permissions of a `graphql` token; by default `directory:read` and `events:read`. Other kinds have none. */
  readonly scopes?: readonly Scope[];
  /** The time of expiry; null if the token never expires. */
  readonly expiresAt: Date | null;
}

/** A stored token and its secret, which cannot be retrieved again. */
export interface CreatedToken {
  readonly token: Token;
  readonly secret: string;
}

const DEFAULT_SCOPES: readonly Scope[] = ['directory:read', 'events:read'];
const MAX_NAME_LENGTH = 200;
/** ISO 8601 with four digits cannot represent later years. */
const LAST_YEAR = 9999;

/**
 * Creates a token.
 *
 * @throws DomainError REQUIRED or INVALID_VALUE when the directory, scopes or expiry do not fit the kind
 */
export async function createToken(em: EntityManager, input: NewToken): Promise<CreatedToken> {
  if (input.kind !== 'admin' && input.directoryId === null) {
    throw new DomainError('REQUIRED', `directory is required for a ${input.kind} token`, 'directory');
  }
  if (input.kind === 'admin' && input.directoryId !== null) {
    throw new DomainError('INVALID_VALUE', 'directory must be absent for an admin token', 'directory');
  }
  if (input.kind !== 'graphql' && input.scopes && input.scopes.length > 0) {
    throw new DomainError(
      'INVALID_VALUE',
      `scopes must be absent for a ${input.kind} token: only graphql tokens have scopes`,
      'scopes',
    );
  }
  const now = new Date();
  if (input.expiresAt && !(input.expiresAt > now)) {
    throw new DomainError('INVALID_VALUE', 'expiresAt must be in the future', 'expiresAt');
  }
  if (input.expiresAt && input.expiresAt.getUTCFullYear() > LAST_YEAR) {
    throw new DomainError('INVALID_VALUE', `expiresAt must be before the year ${LAST_YEAR + 1}`, 'expiresAt');
  }
  const secret = newSecret(input.kind);
  const fork = em.fork({ keepTransactionContext: true });
  const token = fork.create(TokenEntity, {
    id: newId(),
    directoryId: input.directoryId,
    kind: input.kind,
    name: tokenName(input.name),
    prefix: secretPrefix(secret),
    hash: hashSecret(secret),
    scopes: input.kind === 'graphql' ? requireScopes(input.scopes ?? DEFAULT_SCOPES) : [],
    createdAt: now,
    expiresAt: input.expiresAt,
    lastUsedAt: null,
    revokedAt: null,
  });
  try {
    await fork.flush();
  } catch (error) {
    if (!(error instanceof ForeignKeyConstraintViolationException)) throw error;
    throw new DomainError('NOT_FOUND', 'The directory has been deleted', 'directory');
  }
  return { token, secret };
}

/** Finds a token by id; undefined if none exists. */
export async function findToken(em: EntityManager, id: string): Promise<Token | undefined> {
  return (isId(id) ? await em.fork().findOne(TokenEntity, { id }) : null) ?? undefined;
}

/** Revokes a token immediately. Revoking it again keeps the time of the first revocation. Throws NOT_FOUND. */
export async function revokeToken(em: EntityManager, id: string): Promise<Token> {
  const fork = em.fork({ keepTransactionContext: true });
  const token = isId(id) ? await fork.findOne(TokenEntity, { id }) : null;
  if (!token) throw notFound('token', id);
  token.revokedAt ??= new Date();
  await fork.flush();
  return token;
}

function tokenName(name: string): string {
  assertStorableText(name, 'name');
  if (name.length > MAX_NAME_LENGTH) {
    throw new DomainError('INVALID_VALUE', `name must be at most ${MAX_NAME_LENGTH} characters long`, 'name');
  }
  return name;
}

function requireScopes(scopes: readonly Scope[]): Scope[] {
  const unknown = scopes.find((scope) => !SCOPES.includes(scope));
  if (unknown !== undefined || scopes.length === 0) {
    throw new DomainError('INVALID_VALUE', `scopes must be a non-empty list of ${SCOPES.join(', ')}`, 'scopes');
  }
  return [...new Set(scopes)];
}
