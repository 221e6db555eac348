import { Arg, Ctx, Field, ID, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { Command } from '../../domain/command.js';
import { DomainError } from '../../domain/errors.js';
import { execute } from '../../domain/execute.js';
import { isId, newId } from '../../domain/id.js';
import { notFound } from '../../domain/precondition.js';
import { parseAttributes } from '../../domain/schema/attributes.js';
import type { ResourceSchema } from '../../domain/schema/resource-schema.js';
import { toAttributeTree, toOperations } from '../attributes.js';
import type { GraphContext } from '../context.js';
import type { DirectoryInput } from '../input.js';
import { Payload, toPayload, type Result } from '../payload.js';
import {
  AddGroupMembersInput,
  CreateGroupInput,
  DeleteGroupInput,
  GROUP_FIELDS,
  RemoveGroupMembersInput,
  UpdateGroupInput,
} from './group-inputs.js';
import { Group, toGroup } from './group.js';
import type { Plain } from '../plain.js';

/** The payloads of changes that leave a group. Each mutation has its own, so that one can grow without the others. */
@ObjectType({ simpleResolvers: true })
abstract class GroupPayload extends Payload {
  @Field(() => Group, { nullable: true, description: 'The group as it is now; null when there are errors.' })
  group?: Plain<Group> | null;
}

@ObjectType({ simpleResolvers: true, description: 'What became of `createGroup`.' })
class CreateGroupPayload extends GroupPayload {}

@ObjectType({ simpleResolvers: true, description: 'What became of `updateGroup`.' })
class UpdateGroupPayload extends GroupPayload {}

@ObjectType({ simpleResolvers: true, description: 'What became of `addGroupMembers`.' })
class AddGroupMembersPayload extends GroupPayload {}

@ObjectType({ simpleResolvers: true, description: 'What became of `removeGroupMembers`.' })
class RemoveGroupMembersPayload extends GroupPayload {}

@ObjectType({ simpleResolvers: true, description: 'What became of `deleteGroup`.' })
class DeleteGroupPayload extends Payload {
  @Field(() => ID, { nullable: true, description: 'The id of the deleted group; null when there are errors.' })
  deletedGroupId?: string | null;

  @Field(() => Group, {
    nullable: true,
    description: 'The group as it was, without its members; null when there are errors.',
  })
  group?: Plain<Group> | null;
}

/** The most ids of one input. More members take several mutations. */
const MAX_MEMBER_IDS = 10_000;

@Resolver()
export class GroupMutations {
  @Mutation(() => CreateGroupPayload, { description: 'Creates a group, with its first members.' })
  createGroup(
    @Arg('input', () => CreateGroupInput, { description: 'The new group.' }) input: CreateGroupInput,
    @Ctx() context: GraphContext,
  ): Promise<CreateGroupPayload> {
    return toPayload<CreateGroupPayload>(context, () =>
      run(context, 'createGroup', input, (schema) => ({
        type: 'CreateGroup',
        id: newId(),
        attributes: parseAttributes(schema, toAttributeTree(schema, input, GROUP_FIELDS)),
        memberIds: limited(input.memberIds ?? []),
      })),
    );
  }

  @Mutation(() => UpdateGroupPayload, { description: 'Changes attributes of a group, all of the input or nothing.' })
  updateGroup(
    @Arg('input', () => UpdateGroupInput, { description: 'The changes.' }) input: UpdateGroupInput,
    @Ctx() context: GraphContext,
  ): Promise<UpdateGroupPayload> {
    return toPayload<UpdateGroupPayload>(context, () =>
      run(context, 'updateGroup', input, (schema) => ({
        type: 'UpdateGroup',
        id: known(input.id),
        operations: toOperations(schema, input, GROUP_FIELDS),
      })),
    );
  }

  @Mutation(() => DeleteGroupPayload, { description: 'Deletes a group for good. Its members stay. The name is free.' })
  deleteGroup(
    @Arg('input', () => DeleteGroupInput, { description: 'Which group.' }) input: DeleteGroupInput,
    @Ctx() context: GraphContext,
  ): Promise<DeleteGroupPayload> {
    return toPayload<DeleteGroupPayload>(context, async () => {
      const { group = null } = await run(context, 'deleteGroup', input, () => ({
        type: 'DeleteGroup',
        id: known(input.id),
      }));
      return { deletedGroupId: input.id, group };
    });
  }

  @Mutation(() => AddGroupMembersPayload, {
    description: 'Adds members to a group, all or none. Costs the same in a group of any size.',
  })
  addGroupMembers(
    @Arg('input', () => AddGroupMembersInput, { description: 'Whom, and where.' }) input: AddGroupMembersInput,
    @Ctx() context: GraphContext,
  ): Promise<AddGroupMembersPayload> {
    return toPayload<AddGroupMembersPayload>(context, () =>
      run(context, 'addGroupMembers', input, () => ({
        type: 'AddMembers',
        groupId: known(input.groupId),
        memberIds: limited(input.memberIds),
      })),
    );
  }

  @Mutation(() => RemoveGroupMembersPayload, {
    description: 'Removes members from a group. Costs the same in a group of any size.',
  })
  removeGroupMembers(
    @Arg('input', () => RemoveGroupMembersInput, { description: 'Whom, and where.' }) input: RemoveGroupMembersInput,
    @Ctx() context: GraphContext,
  ): Promise<RemoveGroupMembersPayload> {
    return toPayload<RemoveGroupMembersPayload>(context, () =>
      run(context, 'removeGroupMembers', input, () => ({
        type: 'RemoveMembers',
        groupId: known(input.groupId),
        memberIds: limited(input.memberIds),
      })),
    );
  }
}

/** What has no form of an id names no group and must not reach SQL. */
function known(id: string): string {
  if (!isId(id) || id !== id.toLowerCase()) throw notFound('group', id);
  return id;
}

function limited(memberIds: readonly string[]): readonly string[] {
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
): Promise<Result<GroupPayload>> {
  const actor = await context.writer(input.directory);
  const { directoryId } = actor;
  const { group: schema } = await context.schema(directoryId);
  const command = toCommand(schema);
  const key = context.keyOf(mutation, input);
  const { group, replayOf } = await execute(context.em, actor, [command], input.expectedVersion ?? undefined, key);
  if (replayOf !== undefined) return { group: (await context.loaders(directoryId).wholeGroup(replayOf)) ?? null };
  return { group: group ? toGroup(group, directoryId) : null };
}
