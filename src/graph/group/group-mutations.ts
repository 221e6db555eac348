import { Arg, Ctx, ID, Mutation, Resolver } from 'type-graphql';
import type { Command } from '../../domain/write/command.js';
import { DomainError } from '../../domain/kernel/errors.js';
import { execute } from '../../domain/execute.js';
import { isId, newId } from '../../domain/kernel/id.js';
import { notFound } from '../../domain/kernel/precondition.js';
import { parseAttributes } from '../../domain/attributes/attributes.js';
import type { ResourceSchema } from '../../domain/schema/resource-schema.js';
import { toAttributeTree, toOperations } from '../input/attribute-input.js';
import type { GraphContext } from '../request/context.js';
import type { DirectoryInput } from '../input/mutation-input.js';
import { payloadOf, toPayload, type Payload } from '../request/payload.js';
import {
  AddGroupMembersInput,
  CreateGroupInput,
  DeleteGroupInput,
  GROUP_FIELDS,
  RemoveGroupMembersInput,
  UpdateGroupInput,
} from './group-inputs.js';
import { GROUP_COLUMNS } from '../../domain/group/group-select.js';
import type { Selection } from '../kernel/selection.js';
import { Group, toGroup } from './group.js';
import type { Plain } from '../kernel/plain-type.js';

const ALL_ATTRIBUTES: Selection = new Set(Object.keys(GROUP_COLUMNS));

/** Null when an idempotency key is reused after the group was deleted. */
interface GroupResult {
  readonly group: Plain<Group> | null;
}

interface DeleteGroupResult extends GroupResult {
  readonly deletedGroupId: string;
}

const GROUP = {
  group: { type: () => Group, description: 'The group after the mutation. Null if there are errors.' },
};

const CreateGroupPayload = payloadOf('createGroup', GROUP);
const UpdateGroupPayload = payloadOf('updateGroup', GROUP);
const AddGroupMembersPayload = payloadOf('addGroupMembers', GROUP);
const RemoveGroupMembersPayload = payloadOf('removeGroupMembers', GROUP);
const DeleteGroupPayload = payloadOf('deleteGroup', {
  deletedGroupId: { type: () => ID, description: 'The ID of the deleted group. Null if there are errors.' },
  group: {
    type: () => Group,
    description: 'The group before its deletion, without its members. Null if there are errors.',
  },
});

/** The maximum number of IDs in an input. More members take several mutations. */
const MAX_MEMBER_IDS = 10_000;

@Resolver()
export class GroupMutations {
  @Mutation(() => CreateGroupPayload, { description: 'Creates a group, optionally with initial members.' })
  createGroup(
    @Arg('input', () => CreateGroupInput, { description: 'The group to create.' }) input: CreateGroupInput,
    @Ctx() context: GraphContext,
  ): Promise<Payload<GroupResult>> {
    return toPayload(context, () =>
      run(context, 'createGroup', input, (schema) => ({
        type: 'CreateGroup',
        id: newId(),
        attributes: parseAttributes(schema, toAttributeTree(schema, input, GROUP_FIELDS)),
        memberIds: requireFew(input.memberIds ?? []),
      })),
    );
  }

  @Mutation(() => UpdateGroupPayload, {
    description: 'Updates attributes of a group. Either all changes of the input are made or none.',
  })
  updateGroup(
    @Arg('input', () => UpdateGroupInput, { description: 'The changes to make.' }) input: UpdateGroupInput,
    @Ctx() context: GraphContext,
  ): Promise<Payload<GroupResult>> {
    return toPayload(context, () =>
      run(context, 'updateGroup', input, (schema) => ({
        type: 'UpdateGroup',
        id: requireId(input.id),
        operations: toOperations(schema, input, GROUP_FIELDS),
      })),
    );
  }

  @Mutation(() => DeleteGroupPayload, {
    description:
      'Deletes a group permanently, along with its memberships but not its members. Its name can be used again.',
  })
  deleteGroup(
    @Arg('input', () => DeleteGroupInput, { description: 'The group to delete.' }) input: DeleteGroupInput,
    @Ctx() context: GraphContext,
  ): Promise<Payload<DeleteGroupResult>> {
    return toPayload(context, async () => {
      const { group } = await run(context, 'deleteGroup', input, () => ({
        type: 'DeleteGroup',
        id: requireId(input.id),
      }));
      return { deletedGroupId: input.id, group };
    });
  }

  @Mutation(() => AddGroupMembersPayload, {
    description:
      'Adds members to a group, either all or none. Existing members are ignored. The cost does not depend on the size of ' +
      'the group.',
  })
  addGroupMembers(
    @Arg('input', () => AddGroupMembersInput, { description: 'The members to add.' }) input: AddGroupMembersInput,
    @Ctx() context: GraphContext,
  ): Promise<Payload<GroupResult>> {
    return toPayload(context, () =>
      run(context, 'addGroupMembers', input, () => ({
        type: 'AddMembers',
        groupId: requireId(input.groupId),
        memberIds: requireFew(input.memberIds),
      })),
    );
  }

  @Mutation(() => RemoveGroupMembersPayload, {
    description:
      'Removes members from a group. IDs that are not members are ignored. The cost does not depend on the size of the group.',
  })
  removeGroupMembers(
    @Arg('input', () => RemoveGroupMembersInput, { description: 'The members to remove.' })
    input: RemoveGroupMembersInput,
    @Ctx() context: GraphContext,
  ): Promise<Payload<GroupResult>> {
    return toPayload(context, () =>
      run(context, 'removeGroupMembers', input, () => ({
        type: 'RemoveMembers',
        groupId: requireId(input.groupId),
        memberIds: requireFew(input.memberIds),
      })),
    );
  }
}

/** Throws NOT_FOUND for a malformed ID, which identifies no group and must not reach SQL. */
function requireId(id: string): string {
  if (!isId(id) || id !== id.toLowerCase()) throw notFound('group', id);
  return id;
}

function requireFew(memberIds: readonly string[]): readonly string[] {
  if (memberIds.length > MAX_MEMBER_IDS) {
    const message = `memberIds must contain at most ${MAX_MEMBER_IDS} ids; it contains ${memberIds.length}`;
    throw new DomainError('TOO_MANY', message, 'memberIds');
  }
  return memberIds;
}

async function run(
  context: GraphContext,
  mutation: string,
  input: DirectoryInput & { readonly expectedVersion?: number | null },
  toCommand: (schema: ResourceSchema) => Command,
): Promise<GroupResult> {
  const actor = await context.writer(input.directory);
  const { directoryId } = actor;
  const { group: schema } = await context.schema(directoryId);
  const command = toCommand(schema);
  const key = context.keyOf(mutation, input);
  const { group, replayOf } = await execute(context.store, actor, [command], input.expectedVersion ?? undefined, key);
  if (replayOf !== undefined) {
    const row = await context.loaders(directoryId).group(replayOf, ALL_ATTRIBUTES);
    // Every attribute is selected, so the row is a whole group.
    return { group: (row as Plain<Group> | undefined) ?? null };
  }
  return { group: group ? toGroup(group, directoryId) : null };
}
