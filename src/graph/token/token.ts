import { Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import type { Token as StoredToken, TokenKind as StoredKind } from '../../domain/token/token.js';
import { DateTime } from '../kernel/scalars.js';
import type { Plain } from '../kernel/plain-type.js';

/** The kinds of tokens. */
export const TokenKind = { SCIM: 'scim', GRAPHQL: 'graphql', ADMIN: 'admin' } as const satisfies Record<
  string,
  StoredKind
>;

registerEnumType(TokenKind, {
  name: 'TokenKind',
  description: 'The kind of a token: the API it grants access to.',
  valuesConfig: {
    SCIM: { description: 'Grants access to the SCIM API of one directory only, for provisioning.' },
    GRAPHQL: { description: 'Grants access to the GraphQL API of one directory, as limited by its scopes.' },
    ADMIN: { description: 'Grants full access to every directory and to administration.' },
  },
});

@ObjectType({
  simpleResolvers: true,
  description: 'A bearer token. Its secret is returned only once, by `createToken`.',
})
export class Token {
  @Field(() => ID, { description: 'The ID of the token. Events that it caused have the actor `token:<id>`.' })
  id!: string;

  @Field(() => String, { description: 'The human-readable name.' })
  name!: string;

  @Field(() => TokenKind, { description: 'The kind of the token.' })
  kind!: StoredKind;

  @Field(() => [String], {
    description:
      'The scopes of a GRAPHQL token: `directory:read`, `directory:write` and `events:read`. Empty for other kinds.',
  })
  scopes!: readonly string[];

  @Field(() => String, { description: 'The first characters of the secret, for identification.' })
  prefix!: string;

  @Field(() => DateTime, { description: 'The time at which the token was created.' })
  createdAt!: Date;

  @Field(() => DateTime, {
    nullable: true,
    description: 'The time at which the token expires. Null if it does not expire.',
  })
  expiresAt!: Date | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'The time at which the token was last used, accurate to a minute. Null if it has not been used.',
  })
  lastUsedAt!: Date | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'The time at which the token was revoked. Null if it has not been revoked.',
  })
  revokedAt!: Date | null;
}

/** Converts a token for the default resolvers, without its hash. */
export function toToken(token: StoredToken): Plain<Token> {
  const { id, name, kind, scopes, prefix, createdAt, expiresAt, lastUsedAt, revokedAt } = token;
  return { id, name, kind, scopes, prefix, createdAt, expiresAt, lastUsedAt, revokedAt };
}
