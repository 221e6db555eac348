import { Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import type { Token as StoredToken, TokenKind as StoredKind } from '../../domain/token/token.js';
import { DateTime } from '../kernel/scalars.js';
import type { Plain } from '../kernel/plain-type.js';

/** What a token opens. */
export const TokenKind = { SCIM: 'scim', GRAPHQL: 'graphql', ADMIN: 'admin' } as const satisfies Record<
  string,
  StoredKind
>;

registerEnumType(TokenKind, {
  name: 'TokenKind',
  description: 'What a token opens.',
  valuesConfig: {
    SCIM: { description: 'The SCIM service of one directory, for provisioning, and nothing else.' },
    GRAPHQL: { description: 'GraphQL in one directory, as far as its scopes go.' },
    ADMIN: { description: 'Everything.' },
  },
});

@ObjectType({ simpleResolvers: true, description: 'A credential. Its secret is shown once, when it is created.' })
export class Token {
  @Field(() => ID, { description: 'The id, which events name as their actor: `token:<id>`.' })
  id!: string;

  @Field(() => String, { description: 'The name for people.' })
  name!: string;

  @Field(() => TokenKind, { description: 'What the token opens.' })
  kind!: StoredKind;

  @Field(() => [String], {
    description: 'What a GRAPHQL token may do: `directory:read`, `directory:write`, `events:read`.',
  })
  scopes!: readonly string[];

  @Field(() => String, { description: 'The first characters of the secret, to recognize it by.' })
  prefix!: string;

  @Field(() => DateTime, { description: 'When the token was created.' })
  createdAt!: Date;

  @Field(() => DateTime, { nullable: true, description: 'When the token expires; null: never.' })
  expiresAt!: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'When the token was used last, within a minute.' })
  lastUsedAt!: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'When the token was revoked; null: it was not.' })
  revokedAt!: Date | null;
}

/** A token as the default resolvers read it: the hash stays behind. */
export function toToken(token: StoredToken): Plain<Token> {
  const { id, name, kind, scopes, prefix, createdAt, expiresAt, lastUsedAt, revokedAt } = token;
  return { id, name, kind, scopes, prefix, createdAt, expiresAt, lastUsedAt, revokedAt };
}
