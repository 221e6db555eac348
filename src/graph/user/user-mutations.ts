import { Arg, Ctx, Field, ID, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { Actor } from '../../domain/kernel/actor.js';
import type { Command } from '../../domain/write/command.js';
import { execute } from '../../domain/execute.js';
import { isId, newId } from '../../domain/kernel/id.js';
import { notFound } from '../../domain/kernel/precondition.js';
import { parseAttributes } from '../../domain/attributes/attributes.js';
import { USER_SCHEMA } from '../../domain/schema/resource-schema.js';
import { toAttributeTree, toOperations } from '../input/attribute-input.js';
import type { GraphContext } from '../request/context.js';
import { pathOf } from '../input/filter-input.js';
import type { ChangeInput, MutationInput } from '../input/mutation-input.js';
import { Payload, toPayload, type Result } from '../request/payload.js';
import {
  CreateUserInput,
  DeactivateUserInput,
  DeleteUserInput,
  ReactivateUserInput,
  UpdateUserInput,
  USER_FIELDS,
} from './user-inputs.js';
import { USER_COLUMNS } from '../../domain/user/user-columns.js';
import type { Selection } from '../kernel/selection.js';
import { toUser, User } from './user.js';
import type { Plain } from '../kernel/plain-type.js';

const ALL_ATTRIBUTES: Selection = new Set(Object.keys(USER_COLUMNS));

/** The payloads of changes that leave a user. Each mutation has its own, so that one can grow without the others. */
@ObjectType({ simpleResolvers: true })
abstract class UserPayload extends Payload {
  @Field(() => User, { nullable: true, description: 'The user as it is now; null when there are errors.' })
  user?: Plain<User> | null;
}

@ObjectType({ simpleResolvers: true, description: 'What became of `createUser`.' })
class CreateUserPayload extends UserPayload {}

@ObjectType({ simpleResolvers: true, description: 'What became of `updateUser`.' })
class UpdateUserPayload extends UserPayload {}

@ObjectType({ simpleResolvers: true, description: 'What became of `deactivateUser`.' })
class DeactivateUserPayload extends UserPayload {}

@ObjectType({ simpleResolvers: true, description: 'What became of `reactivateUser`.' })
class ReactivateUserPayload extends UserPayload {}

@ObjectType({ simpleResolvers: true, description: 'What became of `deleteUser`.' })
class DeleteUserPayload extends Payload {
  @Field(() => ID, { nullable: true, description: 'The id of the deleted user; null when there are errors.' })
  deletedUserId?: string | null;

  @Field(() => User, {
    nullable: true,
    description: 'The user as it was, without its relations; null when there are errors.',
  })
  user?: Plain<User> | null;
}

const ACTIVE = pathOf(USER_SCHEMA, 'active');

@Resolver()
export class UserMutations {
  @Mutation(() => CreateUserPayload, { description: 'Creates a user. It is active unless the input says otherwise.' })
  createUser(
    @Arg('input', () => CreateUserInput, { description: 'The new user.' }) input: CreateUserInput,
    @Ctx() context: GraphContext,
  ): Promise<CreateUserPayload> {
    return toPayload<CreateUserPayload>(context, async () => {
      const actor = await context.writer(input.directory);
      const { user: schema } = await context.schema(actor.directoryId);
      const attributes = parseAttributes(schema, toAttributeTree(schema, input, USER_FIELDS));
      return run(context, actor, 'createUser', input, { type: 'CreateUser', id: newId(), attributes });
    });
  }

  @Mutation(() => UpdateUserPayload, { description: 'Changes attributes of a user, all of the input or nothing.' })
  updateUser(
    @Arg('input', () => UpdateUserInput, { description: 'The changes.' }) input: UpdateUserInput,
    @Ctx() context: GraphContext,
  ): Promise<UpdateUserPayload> {
    return toPayload<UpdateUserPayload>(context, async () => {
      const actor = await context.writer(input.directory);
      const { user: schema } = await context.schema(actor.directoryId);
      const operations = toOperations(schema, input, USER_FIELDS);
      return change(context, actor, 'updateUser', input, { type: 'UpdateUser', id: input.id, operations });
    });
  }

  @Mutation(() => DeactivateUserPayload, {
    description: 'Takes access from a user. Who is inactive already stays so, without an event.',
  })
  deactivateUser(
    @Arg('input', () => DeactivateUserInput, { description: 'Which user.' }) input: DeactivateUserInput,
    @Ctx() context: GraphContext,
  ): Promise<DeactivateUserPayload> {
    return toPayload<DeactivateUserPayload>(context, () => setActive(context, 'deactivateUser', input, false));
  }

  @Mutation(() => ReactivateUserPayload, {
    description: 'Gives access back to a user. Who is active already stays so, without an event.',
  })
  reactivateUser(
    @Arg('input', () => ReactivateUserInput, { description: 'Which user.' }) input: ReactivateUserInput,
    @Ctx() context: GraphContext,
  ): Promise<ReactivateUserPayload> {
    return toPayload<ReactivateUserPayload>(context, () => setActive(context, 'reactivateUser', input, true));
  }

  @Mutation(() => DeleteUserPayload, { description: 'Deletes a user for good. The userName is free again.' })
  deleteUser(
    @Arg('input', () => DeleteUserInput, { description: 'Which user.' }) input: DeleteUserInput,
    @Ctx() context: GraphContext,
  ): Promise<DeleteUserPayload> {
    return toPayload<DeleteUserPayload>(context, async () => {
      const actor = await context.writer(input.directory);
      const { user = null } = await change(context, actor, 'deleteUser', input, { type: 'DeleteUser', id: input.id });
      return { deletedUserId: input.id, user };
    });
  }
}

async function setActive(
  context: GraphContext,
  mutation: string,
  input: Plain<ChangeInput>,
  value: boolean,
): Promise<Result<UserPayload>> {
  const actor = await context.writer(input.directory);
  const operations = [{ op: 'replace', path: ACTIVE, value } as const];
  return change(context, actor, mutation, input, { type: 'UpdateUser', id: input.id, operations });
}

/** Runs a command for a user that must exist. What has no form of an id names nobody and must not reach SQL. */
async function change(
  context: GraphContext,
  actor: Actor,
  mutation: string,
  input: Plain<ChangeInput>,
  command: Command,
): Promise<Result<UserPayload>> {
  const { id } = input;
  if (!isId(id) || id !== id.toLowerCase()) throw notFound('user', id);
  return run(context, actor, mutation, input, command);
}

async function run(
  context: GraphContext,
  actor: Actor,
  mutation: string,
  input: Plain<MutationInput> & { readonly expectedVersion?: number | null },
  command: Command,
): Promise<Result<UserPayload>> {
  const { directoryId } = actor;
  const key = context.keyOf(mutation, input);
  const { user, replayOf } = await execute(context.store, actor, [command], input.expectedVersion ?? undefined, key);
  if (replayOf !== undefined) {
    const row = await context.loaders(directoryId).user(replayOf, ALL_ATTRIBUTES);
    // Every attribute is selected, so the row is a whole user.
    return { user: (row as Plain<User> | undefined) ?? null };
  }
  return { user: user ? toUser(user, directoryId) : null };
}
