import { Arg, Args, ArgsType, Ctx, Field, FieldResolver, ID, Resolver, Root } from 'type-graphql';
import { DomainError } from '../../domain/errors.js';
import type { JsonObject } from '../../domain/json.js';
import { ALL_GROUPS_OF_USER, GROUPS_OF_USER, type GroupOfUser } from '../../domain/membership/membership-pages.js';
import { findUserByName, findUsersByExternalId, REPORTS, USER_ORDER, USERS } from '../../domain/user/user-pages.js';
import type { StoredUser } from '../../domain/user/user-row.js';
import { Connection, ConnectionArgs, encodeCursor, toBounds, type ConnectionSource } from '../connection.js';
import type { GraphContext } from '../context.js';
import { Directory } from '../directory/directory.js';
import { badInput } from '../errors.js';
import { toExtensions } from '../extensions.js';
import { UserGroupConnection } from '../group/group-connection.js';
import { toGroup } from '../group/group.js';
import { toListConnection } from '../list.js';
import { Json } from '../scalars.js';
import { UserConnection } from './user-connection.js';
import { toUserSearch, UserFilter, UserOrder } from './user-filter.js';
import { toUser, User } from './user.js';
import type { Plain } from '../plain.js';

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
    @Arg('id', () => ID, { nullable: true, description: 'By id.' }) id?: string | null,
    @Arg('userName', () => String, { nullable: true, description: 'By userName, without regard to case.' })
    userName?: string | null,
    @Arg('externalId', () => String, { nullable: true, description: 'By externalId, case-exact.' })
    externalId?: string | null,
  ): Promise<Plain<User> | null> {
    context.requireScope('directory:read');
    if ([id, userName, externalId].filter((argument) => typeof argument === 'string').length !== 1) {
      throw badInput('`user` takes exactly one of `id`, `userName` and `externalId`');
    }
    const user = await find(context, directoryId, { id, userName, externalId });
    return user ? toUser(user, directoryId) : null;
  }

  @FieldResolver(() => UserConnection, { description: 'The users of the directory.' })
  users(
    @Root() { id: directoryId }: Directory,
    @Args(() => UsersArgs) args: UsersArgs,
    @Ctx() context: GraphContext,
  ): ConnectionSource {
    context.requireScope('directory:read');
    return toListConnection<StoredUser>(context, USERS, args, {
      field: 'users',
      directoryId,
      where: toUserSearch(args.filter),
      orderBy: args.orderBy,
      orders: USER_ORDER,
      toNode: (row) => toUser(row, directoryId),
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
): Promise<StoredUser | undefined> {
  if (typeof id === 'string') return context.loaders(directoryId).user(id);
  if (typeof userName === 'string') return findUserByName(context.em, directoryId, userName);
  const [user, another] = await findUsersByExternalId(context.em, directoryId, externalId ?? '');
  if (another) throw new DomainError('AMBIGUOUS', 'Several users have this externalId');
  return user;
}

@Resolver(() => User)
export class UserResolver {
  @FieldResolver(() => User, { nullable: true, description: 'The manager of the user.' })
  async manager(@Root() user: User, @Ctx() context: GraphContext): Promise<Plain<User> | null> {
    if (user.managerId === null) return null;
    const manager = await context.loaders(user.directoryId).user(user.managerId);
    return manager ? toUser(manager, user.directoryId) : null;
  }

  @FieldResolver(() => UserConnection, { description: 'The users whose manager this one is, by id.' })
  directReports(
    @Root() { id, directoryId }: User,
    @Args(() => ConnectionArgs) args: ConnectionArgs,
    @Ctx() context: GraphContext,
  ): ConnectionSource {
    const scope = { list: 'directReports', directoryId };
    const bounds = toBounds('directReports', args, scope);
    const source = context.loaders(directoryId).children<StoredUser>('directReports', REPORTS, id, bounds);
    return new Connection(bounds, source, (row) => ({
      node: toUser(row, directoryId),
      cursor: () => encodeCursor(scope, { value: '', id: row.id }),
    }));
  }

  @FieldResolver(() => UserGroupConnection, {
    description:
      'The groups that the user is in, by id: directly, or with `transitive: true` through nested groups too.',
  })
  groups(
    @Root() { id, directoryId }: User,
    @Args(() => UserGroupsArgs) args: UserGroupsArgs,
    @Ctx() context: GraphContext,
  ): ConnectionSource {
    const [list, table] = args.transitive ? ['user.allGroups', ALL_GROUPS_OF_USER] : ['user.groups', GROUPS_OF_USER];
    const scope = { list, directoryId };
    const bounds = toBounds('groups', args, scope);
    const source = context.loaders(directoryId).children<GroupOfUser>(list, table, id, bounds);
    return new Connection(bounds, source, (row) => ({
      node: toGroup(row, directoryId),
      addedAt: row.addedAt,
      cursor: () => encodeCursor(scope, { value: '', id: row.id }),
    }));
  }

  @FieldResolver(() => Json, {
    description: 'The attributes of the extensions that the directory has registered, by URN.',
  })
  async extensions(@Root() user: User, @Ctx() context: GraphContext): Promise<JsonObject> {
    const schema = await context.schema(user.directoryId);
    return toExtensions(user.attributes, schema.user);
  }
}
