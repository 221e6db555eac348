import type { GraphQLResolveInfo } from 'graphql';
import { Args, ArgsType, Ctx, Field, FieldResolver, Info, Resolver, Root } from 'type-graphql';
import { selectGroupsOfUser, selectMembers } from '../../domain/membership/membership-pages.js';
import { Group } from '../group/group.js';
import { selectionOfNodes } from '../kernel/selection.js';
import { ConnectionArgs, type ConnectionSource } from '../relay/connection.js';
import type { GraphContext } from '../request/context.js';
import { toChildConnection } from '../request/list-connection.js';
import { User } from '../user/user.js';
import { MemberConnection, UserGroupConnection } from './membership-connections.js';

@ArgsType()
class UserGroupsArgs extends ConnectionArgs {
  @Field(() => Boolean, {
    nullable: true,
    defaultValue: false,
    description: "Whether to include groups that contain one of the user's groups as a member, at any depth.",
  })
  transitive?: boolean | null;
}

/** `User.groups`. It is declared here because neither User nor Group imports the other. */
@Resolver(() => User)
export class UserGroupsResolver {
  @FieldResolver(() => UserGroupConnection, {
    description:
      'The groups that the user is a member of, ordered by ID. With `transitive: true`, memberships through nested groups are included.',
  })
  groups(
    @Root() { id, directoryId }: User,
    @Args(() => UserGroupsArgs) args: UserGroupsArgs,
    @Ctx() context: GraphContext,
    @Info() info: GraphQLResolveInfo,
  ): ConnectionSource {
    const transitive = args.transitive ?? false;
    return toChildConnection(context, selectGroupsOfUser(selectionOfNodes(info), { transitive }), args, {
      field: 'groups',
      list: transitive ? 'user.allGroups' : 'user.groups',
      directoryId,
      parentId: id,
    });
  }
}

/** `Group.members`. */
@Resolver(() => Group)
export class GroupMembersResolver {
  @FieldResolver(() => MemberConnection, {
    description: 'The direct members of the group, users and groups, ordered by ID.',
  })
  members(
    @Root() { id, directoryId, memberCount }: Group,
    @Args(() => ConnectionArgs) args: ConnectionArgs,
    @Ctx() context: GraphContext,
    @Info() info: GraphQLResolveInfo,
  ): ConnectionSource {
    return toChildConnection(context, selectMembers(selectionOfNodes(info)), args, {
      field: 'members',
      directoryId,
      parentId: id,
      count: memberCount,
    });
  }
}
