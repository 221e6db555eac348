import { Arg, Ctx, ID, Mutation, Resolver } from 'type-graphql';
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
import { payloadOf, toPayload, type Payload } from '../request/payload.js';
import {
  CreateUserInput,
  DeactivateUserInput,
  DeleteUserInput,
  ReactivateUserInput,
  UpdateUserInput,
  USER_FIELDS,
} from './user-inputs.js';
import { USER_COLUMNS } from '../../domain/user/columns/user-columns.js';
import type { Selection } from '../kernel/selection.js';
import { toUser, User } from './user.js';
import type { Plain } from '../kernel/plain-type.js';

const ALL_ATTRIBUTES: Selection = new Set(Object.keys(USER_COLUMNS));

/** Null when an idempotency key is reused after the user was deleted. */
interface UserResult {
  readonly user: Plain<User> | null;
}

interface DeleteUserResult extends UserResult {
  readonly deletedUserId: string;
}

const USER = {
  user: { type: () => User, description: 'The user after the mutation. Null if there are errors.' },
};

const CreateUserPayload = payloadOf('createUser', USER);
const UpdateUserPayload = payloadOf('updateUser', USER);
const DeactivateUserPayload = payloadOf('deactivateUser', USER);
const ReactivateUserPayload = payloadOf('reactivateUser', USER);
const DeleteUserPayload = payloadOf('deleteUser', {
  deletedUserId: { type: () => ID, description: 'The ID of the deleted user. Null if there are errors.' },
  user: {
    type: () => User,
    description: 'The user before its deletion, without its relations. Null if there are errors.',
  },
});

const ACTIVE = pathOf(USER_SCHEMA, 'active');

@Resolver()
export class UserMutations {
  @Mutation(() => CreateUserPayload, { description: 'Creates a user, which is active by default.' })
  createUser(
    @Arg('input', () => CreateUserInput, { description: 'The user to create.' }) input: CreateUserInput,
    @Ctx() context: GraphContext,
  ): Promise<Payload<UserResult>> {
    return toPayload(context, async () => {
      const actor = await context.writer(input.directory);
      const { user: schema } = await context.schema(actor.directoryId);
      const attributes = parseAttributes(schema, toAttributeTree(schema, input, USER_FIELDS));
      return run(context, actor, 'createUser', input, { type: 'CreateUser', id: newId(), attributes });
    });
  }

  @Mutation(() => UpdateUserPayload, {
    description: 'Updates attributes of a user. Either all changes of the input are made or none.',
  })
  updateUser(
    @Arg('input', () => UpdateUserInput, { description: 'The changes to make.' }) input: UpdateUserInput,
    @Ctx() context: GraphContext,
  ): Promise<Payload<UserResult>> {
    return toPayload(context, async () => {
      const actor = await context.writer(input.directory);
      const { user: schema } = await context.schema(actor.directoryId);
      const operations = toOperations(schema, input, USER_FIELDS);
      return change(context, actor, 'updateUser', input, { type: 'UpdateUser', id: input.id, operations });
    });
  }

  @Mutation(() => DeactivateUserPayload, {
    description:
      'Deactivates a user, which loses access but keeps its memberships. Has no effect on an inactive user, and then writes no event.',
  })
  deactivateUser(
    @Arg('input', () => DeactivateUserInput, { description: 'The user to deactivate.' }) input: DeactivateUserInput,
    @Ctx() context: GraphContext,
  ): Promise<Payload<UserResult>> {
    return toPayload(context, () => setActive(context, 'deactivateUser', input, false));
  }

  @Mutation(() => ReactivateUserPayload, {
    description: 'Reactivates a user, which regains access. Has no effect on an active user, and then writes no event.',
  })
  reactivateUser(
    @Arg('input', () => ReactivateUserInput, { description: 'The user to reactivate.' }) input: ReactivateUserInput,
    @Ctx() context: GraphContext,
  ): Promise<Payload<UserResult>> {
    return toPayload(context, () => setActive(context, 'reactivateUser', input, true));
  }

  @Mutation(() => DeleteUserPayload, {
    description: 'Deletes a user permanently, along with its memberships. Its `userName` can be used again.',
  })
  deleteUser(
    @Arg('input', () => DeleteUserInput, { description: 'The user to delete.' }) input: DeleteUserInput,
    @Ctx() context: GraphContext,
  ): Promise<Payload<DeleteUserResult>> {
    return toPayload(context, async () => {
      const actor = await context.writer(input.directory);
      const { user } = await change(context, actor, 'deleteUser', input, { type: 'DeleteUser', id: input.id });
      return { deletedUserId: input.id, user };
    });
  }
}

async function setActive(
  context: GraphContext,
  mutation: string,
  input: Plain<ChangeInput>,
  value: boolean,
): Promise<UserResult> {
  const actor = await context.writer(input.directory);
  const operations = [{ op: 'replace', path: ACTIVE, value } as const];
  return change(context, actor, mutation, input, { type: 'UpdateUser', id: input.id, operations });
}

/** Runs a command on a user that must exist. A malformed ID identifies no user and must not reach SQL. */
async function change(
  context: GraphContext,
  actor: Actor,
  mutation: string,
  input: Plain<ChangeInput>,
  command: Command,
): Promise<UserResult> {
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
): Promise<UserResult> {
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
