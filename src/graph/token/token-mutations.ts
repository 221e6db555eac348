import { Arg, Ctx, Field, ID, InputType, Mutation, Resolver } from 'type-graphql';
import { DomainError } from '../../domain/kernel/errors.js';
import { runOnce } from '../../domain/idempotency/run-once.js';
import { createToken, findToken, revokeToken } from '../../domain/token/token-commands.js';
import type { Scope, TokenKind as StoredKind } from '../../domain/token/token.js';
import type { GraphContext } from '../request/context.js';
import { MutationInput } from '../input/mutation-input.js';
import { payloadOf, toPayload, type Payload } from '../request/payload.js';
import { DateTime } from '../kernel/scalars.js';
import { Token, TokenKind, toToken } from './token.js';
import type { Plain } from '../kernel/plain-type.js';

@InputType({ description: 'A new token.' })
class CreateTokenInput extends MutationInput {
  @Field(() => String, {
    nullable: true,
    description: 'The slug of the directory that it opens. Required for SCIM and GRAPHQL, absent for ADMIN.',
  })
  directory?: string | null;

  @Field(() => TokenKind, { description: 'What it opens.' })
  kind!: StoredKind;

  @Field(() => String, { nullable: true, description: 'The name for people.' })
  name?: string | null;

  @Field(() => [String], {
    nullable: true,
    description: 'What a GRAPHQL token may do; `directory:read` and `events:read` without it.',
  })
  scopes?: string[] | null;

  @Field(() => DateTime, { nullable: true, description: 'When it expires; never without it.' })
  expiresAt?: Date | null;
}

@InputType({ description: 'Which token is revoked.' })
class RevokeTokenInput extends MutationInput {
  @Field(() => ID, { description: 'The id of the token.' })
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
  @Mutation(() => CreateTokenPayload, { description: 'Creates a token. Needs an admin token.' })
  createToken(
    @Arg('input', () => CreateTokenInput, { description: 'The new token.' }) input: CreateTokenInput,
    @Ctx() context: GraphContext,
  ): Promise<Payload<CreateTokenResult>> {
    return toPayload<CreateTokenResult>(context, async () => {
      context.requireAdmin();
      const properties = {
        directoryId: await findDirectoryId(context, input.directory),
        kind: input.kind,
        name: input.name ?? '',
        // The command refuses what is no scope, with the list of those there are.
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
    description: 'Revokes a token: within a second it opens nothing, and its open sockets are closed. Needs an admin.',
  })
  revokeToken(
    @Arg('input', () => RevokeTokenInput, { description: 'Which token.' }) input: RevokeTokenInput,
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
