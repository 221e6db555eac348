import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, ArgsType, Ctx, Field, FieldResolver, ID, Info, Resolver, Root } from 'type-graphql';
import { DomainError } from '../../domain/kernel/errors.js';
import type { JsonObject } from '../../domain/kernel/json.js';
import {
  selectUserByUserName,
  selectUsersByExternalId,
  selectReports,
  selectUsers,
  USER_ORDER,
  type SelectedUser,
} from '../../domain/user/user-queries.js';
import { ConnectionArgs, type ConnectionSource } from '../relay/connection.js';
import type { GraphContext } from '../request/context.js';
import { Directory } from '../directory/directory.js';
import { badInput } from '../kernel/errors.js';
import { toExtensions } from '../request/extensions.js';
import { toChildConnection, toListConnection } from '../request/list-connection.js';
import { inDirectory } from '../request/loaders.js';
import { Json } from '../kernel/scalars.js';
import { selectionOfNodes, selectionOfObject, type Selection } from '../kernel/selection.js';
import { UserConnection } from './user-connection.js';
import { toUserSearch, UserFilter, UserOrder } from './user-filter.js';
import { User } from './user.js';

@ArgsType()
class UsersArgs extends ConnectionArgs {
  @Field(() => UserFilter, { nullable: true, description: 'Filters the users. Omit it to return all of them.' })
  filter?: UserFilter | null;

  @Field(() => UserOrder, { nullable: true, description: 'The order of the users. Defaults to the order of creation.' })
  orderBy?: UserOrder | null;
}

@Resolver(() => Directory)
export class DirectoryUsersResolver {
  @FieldResolver(() => User, {
    nullable: true,
    description:
      'Looks up a user by exactly one of the arguments. Null if there is none. Fails with AMBIGUOUS if several users have ' +
      'the `externalId`.',
  })
  async user(
    @Root() { id: directoryId }: Directory,
    @Ctx() context: GraphContext,
    @Info() info: GraphQLResolveInfo,
    @Arg('id', () => ID, { nullable: true, description: 'The ID of the user.' }) id?: string | null,
    @Arg('userName', () => String, {
      nullable: true,
      description: 'The `userName` of the user, compared without regard to case.',
    })
    userName?: string | null,
    @Arg('externalId', () => String, { nullable: true, description: 'The `externalId` of the user, case-sensitive.' })
    externalId?: string | null,
  ): Promise<object | null> {
    context.requireScope('directory:read');
    if ([id, userName, externalId].filter((argument) => typeof argument === 'string').length !== 1) {
      throw badInput('`user` requires exactly one of the arguments `id`, `userName` and `externalId`');
    }
    const user = await find(context, directoryId, { id, userName, externalId }, selectionOfObject(info));
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
    return toListConnection(context, selectUsers(selectionOfNodes(info)), args, {
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
  names: Selection,
): Promise<SelectedUser | undefined> {
  if (typeof id === 'string') return context.loaders(directoryId).user(id, names);
  if (typeof userName === 'string') return selectUserByUserName(context.store, directoryId, userName, names);
  const [user, another] = await selectUsersByExternalId(context.store, directoryId, externalId ?? '', names);
  if (another) throw new DomainError('AMBIGUOUS', 'More than one user has this externalId');
  return user;
}

@Resolver(() => User)
export class UserResolver {
  @FieldResolver(() => User, { nullable: true, description: 'The manager of the user. Null if the user has none.' })
  async manager(
    @Root() { directoryId, managerId }: User,
    @Ctx() context: GraphContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object | null> {
    if (managerId === null) return null;
    return (await context.loaders(directoryId).user(managerId, selectionOfObject(info))) ?? null;
  }

  @FieldResolver(() => UserConnection, { description: 'The users whose manager is this user, ordered by ID.' })
  directReports(
    @Root() { id, directoryId }: User,
    @Args(() => ConnectionArgs) args: ConnectionArgs,
    @Ctx() context: GraphContext,
    @Info() info: GraphQLResolveInfo,
  ): ConnectionSource {
    return toChildConnection(context, selectReports(selectionOfNodes(info)), args, {
      field: 'directReports',
      directoryId,
      parentId: id,
    });
  }

  @FieldResolver(() => Json, {
    description:
      'The attributes of registered extensions: an object for each schema that has values, keyed by its URN.',
  })
  async extensions(@Root() user: User, @Ctx() context: GraphContext): Promise<JsonObject> {
    const schema = await context.schema(user.directoryId);
    return toExtensions(user.attributes, schema.user);
  }
}
