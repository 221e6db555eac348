import { defineEntity, p, type InferEntity } from '@mikro-orm/core';
import type { Scope } from './scope.js';

/** The scope of access: SCIM in one directory, GraphQL in one directory, or everything. */
export type TokenKind = 'scim' | 'graphql' | 'admin';

/** A credential. The secret is shown once; only its SHA-256 hash is stored. */
export const TokenEntity = defineEntity({
  name: 'Token',
  tableName: 'tokens',
  properties: {
    id: p.uuid().primary(),
    /** The directory of the token; null for an admin token. */
    directoryId: p.uuid().strictNullable(),
    kind: p.text().$type<TokenKind>(),
    name: p.text(),
    /** The first characters of the secret, for recognition in a list. */
    prefix: p.text(),
    hash: p.blob().unique('tokens_hash_key'),
    scopes: p.array().columnType('text[]').$type<Scope[]>(),
    createdAt: p.datetime(3),
    expiresAt: p.datetime(3).strictNullable(),
    lastUsedAt: p.datetime(3).strictNullable(),
    revokedAt: p.datetime(3).strictNullable(),
  },
  indexes: [{ name: 'tokens_directory_id_index', properties: ['directoryId'] }],
});

/** A stored token. */
export type Token = InferEntity<typeof TokenEntity>;
