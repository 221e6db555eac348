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
  @Field(() => GroupFilter, { nullable: true, description: 'Filters the groups. Omit it to return all of them.' })
  filter?: GroupFilter | null;

  @Field(() => GroupOrder, {
    nullable: true,
    description: 'The order of the groups. Defaults to the order of creation.',
  })
  orderBy?: GroupOrder | null;
}

@Resolver(() => Directory)
export class DirectoryGroupsResolver {
  @FieldResolver(() => Group, {
    nullable: true,
    description: 'Looks up a group by exactly one of the arguments. Null if there is none.',
  })
  async group(
    @Root() { id: directoryId }: Directory,
    @Ctx() context: GraphContext,
    @Info() info: GraphQLResolveInfo,
    @Arg('id', () => ID, { nullable: true, description: 'The ID of the group.' }) id?: string | null,
    @Arg('displayName', () => String, {
      nullable: true,
      description: 'The `displayName` of the group, compared without regard to case.',
    })
    displayName?: string | null,
  ): Promise<object | null> {
    context.requireScope('directory:read');
    if ((typeof id === 'string') === (typeof displayName === 'string')) {
      throw badInput('`group` requires exactly one of the arguments `id` and `displayName`');
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
    description:
      'The attributes of registered extensions: an object for each schema that has values, keyed by its URN.',
  })
  async extensions(@Root() group: Group, @Ctx() context: GraphContext): Promise<JsonObject> {
    const schema = await context.schema(group.directoryId);
    return toExtensions(group.attributes, schema.group);
  }
}
