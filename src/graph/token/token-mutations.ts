import { Arg, Ctx, Field, ID, InputType, Mutation, Resolver } from 'type-graphql';
import { DomainError } from '../../domain/kernel/errors.js';
import { runOnce } from '../../domain/idempotency/run-once.js';
import { createToken, findToken, revokeToken } from '../../domain/token/token-commands.js';
import type { Scope } from '../../domain/token/scope.js';
import type { TokenKind as StoredKind } from '../../domain/token/token.js';
import type { GraphContext } from '../request/context.js';
import { MutationInput } from '../input/mutation-input.js';
import { payloadOf, toPayload, type Payload } from '../request/payload.js';
import { DateTime } from '../kernel/scalars.js';
import { Token, TokenKind, toToken } from './token.js';
import type { Plain } from '../kernel/plain-type.js';

@InputType({ description: 'The input of `createToken`.' })
class CreateTokenInput extends MutationInput {
  @Field(() => String, {
    nullable: true,
    description:
      'The slug of the directory that the token grants access to. Required for SCIM and GRAPHQL; must be omitted for ADMIN.',
  })
  directory?: string | null;

  @Field(() => TokenKind, { description: 'The kind of the token.' })
  kind!: StoredKind;

  @Field(() => String, { nullable: true, description: 'The human-readable name. Defaults to an empty string.' })
  name?: string | null;

  @Field(() => [String], {
    nullable: true,
    description:
      'The scopes of a GRAPHQL token: `directory:read`, `directory:write` and `events:read`. Defaults to `directory:read` ' +
      'and `events:read`.',
  })
  scopes?: string[] | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'The time at which the token expires. Omit it for a token that does not expire.',
  })
  expiresAt?: Date | null;
}

@InputType({ description: 'The input of `revokeToken`.' })
class RevokeTokenInput extends MutationInput {
  @Field(() => ID, { description: 'The ID of the token.' })
  id!: string;
}

interface TokenResult {
  readonly token: Plain<Token> | null;
}

interface CreateTokenResult extends TokenResult {
  readonly secret?: string;
}

const TOKEN = {
  token: { type: () => Token, description: 'The token after the mutation. Null if there are errors.' },
};

const CreateTokenPayload = payloadOf('createToken', {
  ...TOKEN,
  secret: {
    type: () => String,
    description:
      'The bearer token. It is returned only once: null when the mutation is retried with its idempotency key, or if ' +
      'there are errors.',
  },
});
const RevokeTokenPayload = payloadOf('revokeToken', TOKEN);

@Resolver()
export class TokenMutations {
  @Mutation(() => CreateTokenPayload, { description: 'Creates a token. Requires an admin token.' })
  createToken(
    @Arg('input', () => CreateTokenInput, { description: 'The token to create.' }) input: CreateTokenInput,
    @Ctx() context: GraphContext,
  ): Promise<Payload<CreateTokenResult>> {
    return toPayload<CreateTokenResult>(context, async () => {
      context.requireAdmin();
      const properties = {
        directoryId: await findDirectoryId(context, input.directory),
        kind: input.kind,
        name: input.name ?? '',
        // The command rejects unknown scopes and lists the valid ones.
        ...(input.scopes ? { scopes: input.scopes as Scope[] } : {}),
        expiresAt: input.expiresAt ?? null,
      };
      const once = await runOnce(
        context.store.em,
        context.keyOf('createToken', input),
        (em) => createToken(em, properties),
        ({ token: { id } }) => id,
      );
      if (once.result) return { token: toToken(once.result.token), secret: once.result.secret };
      return { token: await find(context, once.replayOf) };
    });
  }

  @Mutation(() => RevokeTokenPayload, {
    description:
      'Revokes a token. Within a second it is rejected and its open connections are closed. Requires an admin token.',
  })
  revokeToken(
    @Arg('input', () => RevokeTokenInput, { description: 'The token to revoke.' }) input: RevokeTokenInput,
    @Ctx() context: GraphContext,
  ): Promise<Payload<TokenResult>> {
    return toPayload(context, async () => {
      context.requireAdmin();
      const once = await runOnce(
        context.store.em,
        context.keyOf('revokeToken', input),
        (em) => revokeToken(em, input.id),
        ({ id }) => id,
      );
      if (once.result) context.services.authenticator.invalidate(once.result);
      return { token: once.result ? toToken(once.result) : await find(context, once.replayOf) };
    });
  }
}

async function findDirectoryId(context: GraphContext, slug: string | null | undefined): Promise<string | null> {
  if (typeof slug !== 'string') return null;
  const directory = await context.services.directories.findBySlug(slug);
  if (!directory) throw new DomainError('NOT_FOUND', `No directory has the slug ${JSON.stringify(slug)}`, 'directory');
  return directory.id;
}

async function find(context: GraphContext, id: string): Promise<Plain<Token> | null> {
  const token = await findToken(context.store.em, id);
  return token ? toToken(token) : null;
}
