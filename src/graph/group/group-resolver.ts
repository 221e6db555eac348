import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, ArgsType, Ctx, Field, FieldResolver, ID, Info, Resolver, Root } from 'type-graphql';
import { findGroupByName, GROUP_ORDER, selectGroups } from '../../domain/group/group-pages.js';
import type { JsonObject } from '../../domain/json.js';
import { selectMembers, type MemberOfGroup } from '../../domain/membership/membership-pages.js';
import { Connection, ConnectionArgs, encodeCursor, toBounds, type ConnectionSource } from '../connection.js';
import type { GraphContext } from '../context.js';
import { Directory } from '../directory/directory.js';
import { badInput } from '../errors.js';
import { toExtensions } from '../extensions.js';
import { toListConnection } from '../list.js';
import { inDirectory } from '../loaders.js';
import { Json } from '../scalars.js';
import { selectedOfNodes, selectedOfObject } from '../selection.js';
import { GroupConnection, MemberConnection } from './group-connection.js';
import { GroupFilter, GroupOrder, toGroupSearch } from './group-filter.js';
import { Group } from './group.js';

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
    @Info() info: GraphQLResolveInfo,
    @Arg('id', () => ID, { nullable: true, description: 'By id.' }) id?: string | null,
    @Arg('displayName', () => String, { nullable: true, description: 'By displayName, without regard to case.' })
    displayName?: string | null,
  ): Promise<object | null> {
    context.requireScope('directory:read');
    if ((typeof id === 'string') === (typeof displayName === 'string')) {
      throw badInput('`group` requires exactly one of the arguments `id` and `displayName`');
    }
    const names = selectedOfObject(info);
    const group =
      typeof id === 'string'
        ? await context.loaders(directoryId).group(id, names)
        : await findGroupByName(context.em, directoryId, displayName ?? '', names);
    return group ? inDirectory(group, directoryId) : null;
  }

  @FieldResolver(() => GroupConnection, { description: 'The groups of the directory.' })
  groups(
    @Root() { id: directoryId }: Directory,
    @Args(() => GroupsArgs) args: GroupsArgs,
    @Ctx() context: GraphContext,
    @Info() info: GraphQLResolveInfo,
  ): ConnectionSource {
    context.requireScope('directory:read');
    return toListConnection(context, selectGroups(selectedOfNodes(info)), args, {
      field: 'groups',
      directoryId,
      where: toGroupSearch(args.filter),
      orderBy: args.orderBy,
      orders: GROUP_ORDER,
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
    @Info() info: GraphQLResolveInfo,
  ): ConnectionSource {
    const scope = { list: 'members', directoryId };
    const bounds = toBounds('members', args, scope);
    const table = selectMembers(selectedOfNodes(info));
    const source = context.loaders(directoryId).children<MemberOfGroup>('members', table, id, bounds, memberCount);
    return new Connection(bounds, source, {
      toNode: (row) => inDirectory(row, directoryId),
      toCursor: (row) => encodeCursor(scope, { value: '', id: row.id }),
    });
  }

  @FieldResolver(() => Json, {
    description: 'The attributes of the extensions that the directory has registered, by URN.',
  })
  async extensions(@Root() group: Group, @Ctx() context: GraphContext): Promise<JsonObject> {
    const schema = await context.schema(group.directoryId);
    return toExtensions(group.attributes, schema.group);
  }
}
