import { Arg, Args, ArgsType, Ctx, Field, FieldResolver, ID, Resolver, Root } from 'type-graphql';
import { findGroupByName, GROUP_ORDER, GROUPS } from '../../domain/group/group-pages.js';
import type { StoredGroup } from '../../domain/group/group-row.js';
import type { JsonObject } from '../../domain/json.js';
import { MEMBERS_OF_GROUP, type MemberOfGroup } from '../../domain/membership/membership-pages.js';
import { Connection, ConnectionArgs, encodeCursor, toBounds, type ConnectionSource } from '../connection.js';
import type { GraphContext } from '../context.js';
import { Directory } from '../directory/directory.js';
import { badInput } from '../errors.js';
import { toExtensions } from '../extensions.js';
import { toListConnection } from '../list.js';
import { Json } from '../scalars.js';
import { GroupConnection, MemberConnection, toMember } from './group-connection.js';
import { GroupFilter, GroupOrder, toGroupSearch } from './group-filter.js';
import { Group, toGroup } from './group.js';
import type { Plain } from '../plain.js';

@ArgsType()
class GroupsArgs extends ConnectionArgs {
  @Field(() => GroupFilter, { nullable: true, description: 'Which groups; all without it.' })
  filter?: GroupFilter | null;

  @Field(() => GroupOrder, { nullable: true, description: 'How they are ordered; by creation without it.' })
  orderBy?: GroupOrder | null;
}

@Resolver(() => Directory)
export class DirectoryGroupsResolver {
  @FieldResolver(() => Group, {
    nullable: true,
    description: 'One group, by exactly one of the arguments; null when there is none.',
  })
  async group(
    @Root() { id: directoryId }: Directory,
    @Ctx() context: GraphContext,
    @Arg('id', () => ID, { nullable: true, description: 'By id.' }) id?: string | null,
    @Arg('displayName', () => String, { nullable: true, description: 'By displayName, without regard to case.' })
    displayName?: string | null,
  ): Promise<Plain<Group> | null> {
    context.requireScope('directory:read');
    if ((typeof id === 'string') === (typeof displayName === 'string')) {
      throw badInput('`group` takes exactly one of `id` and `displayName`');
    }
    const group =
      typeof id === 'string'
        ? await context.loaders(directoryId).group(id)
        : await findGroupByName(context.em, directoryId, displayName ?? '');
    return group ? toGroup(group, directoryId) : null;
  }

  @FieldResolver(() => GroupConnection, { description: 'The groups of the directory.' })
  groups(
    @Root() { id: directoryId }: Directory,
    @Args(() => GroupsArgs) args: GroupsArgs,
    @Ctx() context: GraphContext,
  ): ConnectionSource {
    context.requireScope('directory:read');
    return toListConnection<StoredGroup>(context, GROUPS, args, {
      field: 'groups',
      directoryId,
      where: toGroupSearch(args.filter),
      orderBy: args.orderBy,
      orders: GROUP_ORDER,
      toNode: (row) => toGroup(row, directoryId),
    });
  }
}

@Resolver(() => Group)
export class GroupResolver {
  @FieldResolver(() => MemberConnection, { description: 'The direct members of the group, users and groups, by id.' })
  members(
    @Root() { id, directoryId, memberCount }: Group,
    @Args(() => ConnectionArgs) args: ConnectionArgs,
    @Ctx() context: GraphContext,
  ): ConnectionSource {
    const scope = { list: 'members', directoryId };
    const bounds = toBounds('members', args, scope);
    const source = context
      .loaders(directoryId)
      .children<MemberOfGroup>('members', MEMBERS_OF_GROUP, id, bounds, memberCount);
    return new Connection(bounds, source, (row) => ({
      node: toMember(row, directoryId),
      addedAt: row.addedAt,
      cursor: () => encodeCursor(scope, { value: '', id: row.id }),
    }));
  }

  @FieldResolver(() => Json, {
    description: 'The attributes of the extensions that the directory has registered, by URN.',
  })
  async extensions(@Root() group: Group, @Ctx() context: GraphContext): Promise<JsonObject> {
    const schema = await context.schema(group.directoryId);
    return toExtensions(group.attributes, schema.group);
  }
}
