import { defineEntity, p, type InferEntity } from '@mikro-orm/core';

/** What a token opens: one directory's SCIM façade, one directory's GraphQL, or everything. */
export type TokenKind = 'scim' | 'graphql' | 'admin';

/** What a GraphQL token may do in its directory. */
export type Scope = 'directory:read' | 'directory:write' | 'events:read';

export const SCOPES: readonly Scope[] = ['directory:read', 'directory:write', 'events:read'];

/** A credential. The secret itself is shown once and never stored: only its SHA-256 is. */
export const TokenEntity = defineEntity({
  name: 'Token',
  tableName: 'tokens',
  properties: {
    id: p.uuid().primary(),
    /** The directory it belongs to; null for an admin's. */
    directoryId: p.uuid().strictNullable(),
    kind: p.text().$type<TokenKind>(),
    name: p.text(),
    /** The first characters of the secret, enough to recognise it in a list. */
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

export type Token = InferEntity<typeof TokenEntity>;
