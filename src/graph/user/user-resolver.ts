import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, ArgsType, Ctx, Field, FieldResolver, ID, Info, Resolver, Root } from 'type-graphql';
import { DomainError } from '../../domain/errors.js';
import type { JsonObject } from '../../domain/json.js';
import { selectGroupsOfUser, type GroupOfUser } from '../../domain/membership/membership-pages.js';
import {
  findUserByName,
  findUsersByExternalId,
  selectReports,
  selectUsers,
  USER_ORDER,
  type SelectedUser,
} from '../../domain/user/user-pages.js';
import { Connection, ConnectionArgs, encodeCursor, toBounds, type ConnectionSource } from '../connection.js';
import type { GraphContext } from '../context.js';
import { Directory } from '../directory/directory.js';
import { badInput } from '../errors.js';
import { toExtensions } from '../extensions.js';
import { UserGroupConnection } from '../group/group-connection.js';
import { toListConnection } from '../list.js';
import { inDirectory } from '../loaders.js';
import { Json } from '../scalars.js';
import { selectedOfNodes, selectedOfObject, type Names } from '../selection.js';
import { UserConnection } from './user-connection.js';
import { toUserSearch, UserFilter, UserOrder } from './user-filter.js';
import { User } from './user.js';

@ArgsType()
class UsersArgs extends ConnectionArgs {
  @Field(() => UserFilter, { nullable: true, description: 'Which users; all without it.' })
  filter?: UserFilter | null;

  @Field(() => UserOrder, { nullable: true, description: 'How they are ordered; by creation without it.' })
  orderBy?: UserOrder | null;
}

@ArgsType()
class UserGroupsArgs extends ConnectionArgs {
  @Field(() => Boolean, {
    nullable: true,
    defaultValue: false,
    description: 'Whether groups count that have one of the groups of the user as a member, at any depth.',
  })
  transitive?: boolean | null;
}

@Resolver(() => Directory)
export class DirectoryUsersResolver {
  @FieldResolver(() => User, {
    nullable: true,
    description:
      'One user, by exactly one of the arguments; null when there is none. Several users with one externalId: AMBIGUOUS.',
  })
  async user(
    @Root() { id: directoryId }: Directory,
    @Ctx() context: GraphContext,
    @Info() info: GraphQLResolveInfo,
    @Arg('id', () => ID, { nullable: true, description: 'By id.' }) id?: string | null,
    @Arg('userName', () => String, { nullable: true, description: 'By userName, without regard to case.' })
    userName?: string | null,
    @Arg('externalId', () => String, { nullable: true, description: 'By externalId, case-exact.' })
    externalId?: string | null,
  ): Promise<object | null> {
    context.requireScope('directory:read');
    if ([id, userName, externalId].filter((argument) => typeof argument === 'string').length !== 1) {
      throw badInput('`user` requires exactly one of the arguments `id`, `userName` and `externalId`');
    }
    const user = await find(context, directoryId, { id, userName, externalId }, selectedOfObject(info));
    return user ? inDirectory(user, directoryId) : null;
  }

  @FieldResolver(() => UserConnection, { description: 'The users of the directory.' })
  users(
    @Root() { id: directoryId }: Directory,
    @Args(() => UsersArgs) args: UsersArgs,
    @Ctx() context: GraphContext,
    @Info() info: GraphQLResolveInfo,
  ): ConnectionSource {
    context.requireScope('directory:read');
    return toListConnection(context, selectUsers(selectedOfNodes(info)), args, {
      field: 'users',
      directoryId,
      where: toUserSearch(args.filter),
      orderBy: args.orderBy,
      orders: USER_ORDER,
    });
  }
}

interface UserKey {
  readonly id: string | null | undefined;
  readonly userName: string | null | undefined;
  readonly externalId: string | null | undefined;
}

async function find(
  context: GraphContext,
  directoryId: string,
  { id, userName, externalId }: UserKey,
  names: Names,
): Promise<SelectedUser | undefined> {
  if (typeof id === 'string') return context.loaders(directoryId).user(id, names);
  if (typeof userName === 'string') return findUserByName(context.em, directoryId, userName, names);
  const [user, another] = await findUsersByExternalId(context.em, directoryId, externalId ?? '', names);
  if (another) throw new DomainError('AMBIGUOUS', 'More than one user has this externalId');
  return user;
}

@Resolver(() => User)
export class UserResolver {
  @FieldResolver(() => User, { nullable: true, description: 'The manager of the user.' })
  async manager(
    @Root() { directoryId, managerId }: User,
    @Ctx() context: GraphContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object | null> {
    if (managerId === null) return null;
    return (await context.loaders(directoryId).user(managerId, selectedOfObject(info))) ?? null;
  }

  @FieldResolver(() => UserConnection, { description: 'The users whose manager this one is, by id.' })
  directReports(
    @Root() { id, directoryId }: User,
    @Args(() => ConnectionArgs) args: ConnectionArgs,
    @Ctx() context: GraphContext,
    @Info() info: GraphQLResolveInfo,
  ): ConnectionSource {
    const scope = { list: 'directReports', directoryId };
    const bounds = toBounds('directReports', args, scope);
    const table = selectReports(selectedOfNodes(info));
    const source = context.loaders(directoryId).children<SelectedUser>('directReports', table, id, bounds);
    return new Connection(bounds, source, {
      toNode: (row) => inDirectory(row, directoryId),
      toCursor: (row) => encodeCursor(scope, { value: '', id: row.id }),
    });
  }

  @FieldResolver(() => UserGroupConnection, {
    description:
      'The groups that the user is in, by id: directly, or with `transitive: true` through nested groups too.',
  })
  groups(
    @Root() { id, directoryId }: User,
    @Args(() => UserGroupsArgs) args: UserGroupsArgs,
    @Ctx() context: GraphContext,
    @Info() info: GraphQLResolveInfo,
  ): ConnectionSource {
    const transitive = args.transitive ?? false;
    const list = transitive ? 'user.allGroups' : 'user.groups';
    const table = selectGroupsOfUser(selectedOfNodes(info), { transitive });
    const scope = { list, directoryId };
    const bounds = toBounds('groups', args, scope);
    const source = context.loaders(directoryId).children<GroupOfUser>(list, table, id, bounds);
    return new Connection(bounds, source, {
      toNode: (row) => inDirectory(row, directoryId),
      toCursor: (row) => encodeCursor(scope, { value: '', id: row.id }),
    });
  }

  @FieldResolver(() => Json, {
    description: 'The attributes of the extensions that the directory has registered, by URN.',
  })
  async extensions(@Root() user: User, @Ctx() context: GraphContext): Promise<JsonObject> {
    const schema = await context.schema(user.directoryId);
    return toExtensions(user.attributes, schema.user);
  }
}
