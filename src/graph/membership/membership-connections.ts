import { createUnionType, Field, ObjectType } from 'type-graphql';
import type { MemberOfGroup } from '../../domain/membership/membership-pages.js';
import { Group } from '../group/group.js';
import { DateTime } from '../kernel/scalars.js';
import { connectionOf, edgeOf } from '../relay/connection-types.js';
import { User } from '../user/user.js';

@ObjectType({ simpleResolvers: true, description: 'An edge in a connection of the groups of a user.' })
class UserGroupEdge extends edgeOf(() => Group, 'group') {
  @Field(() => DateTime, {
    nullable: true,
    description:
      'The time at which the user was added to the group. Null if the user is a member only through a nested group.',
  })
  addedAt!: Date | null;
}

@ObjectType({ simpleResolvers: true, description: 'A page of the groups of a user.' })
export class UserGroupConnection extends connectionOf(
  () => UserGroupEdge,
  () => Group,
  'groups',
) {}

/** The name of the GraphQL type of a member. Rows of groups have the columns of users too, without values. */
export function toMemberType({ userName }: Pick<MemberOfGroup, 'userName'>): string {
  return userName === null ? 'Group' : 'User';
}

/** The types of members of a group. */
const Member = createUnionType({
  name: 'Member',
  description: 'A direct member of a group: a user or another group.',
  types: () => [User, Group] as const,
});

@ObjectType({ simpleResolvers: true, description: 'An edge in a connection of the direct members of a group.' })
class MemberEdge extends edgeOf(() => Member, 'user or group') {
  @Field(() => DateTime, { description: 'The time at which the member was added to the group.' })
  addedAt!: Date;
}

@ObjectType({ simpleResolvers: true, description: 'A page of the direct members of a group.' })
export class MemberConnection extends connectionOf(
  () => MemberEdge,
  () => Member,
  'members',
) {}
