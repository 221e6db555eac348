import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, ArgsType, Ctx, Field, FieldResolver, ID, Info, Resolver, Root } from 'type-graphql';
import { selectGroupByDisplayName, GROUP_ORDER, selectGroups } from '../../domain/group/group-queries.js';
import type { JsonObject } from '../../domain/kernel/json.js';
import { ConnectionArgs, type ConnectionSource } from '../relay/connection.js';
import type { GraphContext } from '../request/context.js';
import { Directory } from '../directory/directory.js';
import { badInput } from '../kernel/errors.js';
import { toExtensions } from '../request/extensions.js';
import { toListConnection } from '../request/list-connection.js';
import { inDirectory } from '../request/loaders.js';
import { Json } from '../kernel/scalars.js';
import { selectionOfNodes, selectionOfObject } from '../kernel/selection.js';
import { GroupConnection } from './group-connection.js';
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
      throw badInput('`group` takes exactly one of `id` and `displayName`');
    }
    const names = selectionOfObject(info);
    const group =
      typeof id === 'string'
        ? await context.loaders(directoryId).group(id, names)
        : await selectGroupByDisplayName(context.store, directoryId, displayName ?? '', names);
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
    return toListConnection(context, selectGroups(selectionOfNodes(info)), args, {
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
  @FieldResolver(() => Json, {
    description: 'The attributes of the extensions that the directory has registered, by URN.',
  })
  async extensions(@Root() group: Group, @Ctx() context: GraphContext): Promise<JsonObject> {
    const schema = await context.schema(group.directoryId);
    return toExtensions(group.attributes, schema.group);
  }
}
