import type { GraphQLResolveInfo } from 'graphql';
import { Field, ID, InterfaceType, ObjectType } from 'type-graphql';
import type { EventSource as StoredSource } from '../../domain/kernel/actor.js';
import { encodeCursor } from '../../domain/event/cursor.js';
import type { DeprovisionReason as StoredReason, MemberType as StoredMemberType } from '../../domain/event/event.js';
import type { FeedItem } from '../../domain/event/feed/subscription.js';
import { connectionOf, edgeOf } from '../relay/connection-types.js';
import type { GraphContext } from '../request/context.js';
import { MethodField } from '../kernel/method-field.js';
import { Group } from '../group/group.js';
import { BigInteger, DateTime } from '../kernel/scalars.js';
import { selectionOfObject } from '../kernel/selection.js';
import { User } from '../user/user.js';
import { DeprovisionReason, DirectoryEventType, EventSource, MemberType } from './event-enums.js';
import type { Plain } from '../kernel/plain-type.js';

const TYPE_NAMES: Readonly<Record<FeedItem['type'], string>> = {
  USER_PROVISIONED: 'UserProvisioned',
  USER_UPDATED: 'UserUpdated',
  USER_DEPROVISIONED: 'UserDeprovisioned',
  USER_REACTIVATED: 'UserReactivated',
  GROUP_CREATED: 'GroupCreated',
  GROUP_UPDATED: 'GroupUpdated',
  GROUP_DELETED: 'GroupDeleted',
  MEMBERSHIP_ADDED: 'MembershipAdded',
  MEMBERSHIP_REMOVED: 'MembershipRemoved',
  CHECKPOINT: 'Checkpoint',
};

/** The name of the type of an event. */
export function toEventType({ type }: Pick<FeedItem, 'type'>): string {
  return TYPE_NAMES[type];
}

@InterfaceType({
  description:
    'Something that happened in a directory. Events are delivered at least once and in order; `sequence` counts them ' +
    'without gaps, so that a reader can prove that it missed nothing.',
})
export abstract class DirectoryEvent {
  @Field(() => ID, { description: 'Never changes: two deliveries with one id are one event.' })
  id!: string;

  @Field(() => DirectoryEventType, { description: 'What happened.' })
  type!: FeedItem['type'];

  @Field(() => String, { description: 'The place in the log, opaque: for `after`.' })
  cursor!: unknown;

  @Field(() => BigInteger, { description: '1, 2, 3 … in the directory, without gaps, in the order of commits.' })
  sequence!: number;

  @Field(() => DateTime, { description: 'When it happened.' })
  occurredAt!: Date;

  @Field(() => EventSource, { description: 'Through which face of the service it came.' })
  source!: StoredSource;

  @Field(() => String, { description: 'Who did it: `token:<id>`, `admin` or `cli`.' })
  actor!: string;

  @Field(() => String, { nullable: true, description: 'The id of the request that did it, as in the logs.' })
  requestId!: string | null;
}

@ObjectType({ implements: DirectoryEvent, simpleResolvers: true, description: 'A user was created.' })
class UserProvisioned extends DirectoryEvent {
  @Field(() => ID, { description: 'The id of the user.' })
  userId!: string;

  @Field(() => String, { description: 'The userName at that moment.' })
  userName!: string;

  @Field(() => String, { nullable: true, description: 'The externalId at that moment.' })
  externalId!: string | null;

  @Field(() => Boolean, { description: 'Whether the user was created active.' })
  active!: boolean;

  @MethodField()
  @Field(() => User, { nullable: true, description: 'The user as it is now; null once deleted.' })
  user?: unknown;
}

@ObjectType({
  implements: DirectoryEvent,
  simpleResolvers: true,
  description: 'Attributes of a user other than `active` were changed.',
})
class UserUpdated extends DirectoryEvent {
  @Field(() => ID, { description: 'The id of the user.' })
  userId!: string;

  @Field(() => String, { description: 'The userName after the change.' })
  userName!: string;

  @Field(() => String, { nullable: true, description: 'The externalId after the change.' })
  externalId!: string | null;

  @Field(() => [String], {
    description: 'Which attributes were changed. Those of registered extensions with their URN in front.',
  })
  changedAttributes!: readonly string[];

  @MethodField()
  @Field(() => User, { nullable: true, description: 'The user as it is now; null once deleted.' })
  user?: unknown;
}

@ObjectType({
  implements: DirectoryEvent,
  simpleResolvers: true,
  description: 'A user lost access: it was deactivated, or deleted.',
})
export class UserDeprovisioned extends DirectoryEvent {
  @Field(() => ID, { description: 'The id of the user.' })
  userId!: string;

  @Field(() => String, { description: 'The userName at that moment.' })
  userName!: string;

  @Field(() => String, { nullable: true, description: 'The externalId at that moment.' })
  externalId!: string | null;

  @Field(() => DeprovisionReason, { description: 'Why the user lost access.' })
  reason!: StoredReason;

  @MethodField()
  @Field(() => User, { nullable: true, description: 'The user as it is now; null once deleted.' })
  user?: unknown;

  @Field(() => [ID], { description: 'The groups that the user was directly in at that moment.' })
  groupIds!: readonly string[];
}

@ObjectType({ implements: DirectoryEvent, simpleResolvers: true, description: 'A user regained access.' })
class UserReactivated extends DirectoryEvent {
  @Field(() => ID, { description: 'The id of the user.' })
  userId!: string;

  @Field(() => String, { description: 'The userName at that moment.' })
  userName!: string;

  @Field(() => String, { nullable: true, description: 'The externalId at that moment.' })
  externalId!: string | null;

  @MethodField()
  @Field(() => User, { nullable: true, description: 'The user as it is now; null once deleted.' })
  user?: unknown;
}

@ObjectType({ implements: DirectoryEvent, simpleResolvers: true, description: 'A group was created.' })
class GroupCreated extends DirectoryEvent {
  @Field(() => ID, { description: 'The id of the group.' })
  groupId!: string;

  @Field(() => String, { description: 'The displayName at that moment.' })
  displayName!: string;

  @MethodField()
  @Field(() => Group, { nullable: true, description: 'The group as it is now; null once deleted.' })
  group?: unknown;
}

@ObjectType({
  implements: DirectoryEvent,
  simpleResolvers: true,
  description: 'Attributes of a group were changed. Changes of its members are events of their own.',
})
class GroupUpdated extends DirectoryEvent {
  @Field(() => ID, { description: 'The id of the group.' })
  groupId!: string;

  @Field(() => String, { description: 'The displayName after the change.' })
  displayName!: string;

  @Field(() => [String], {
    description: 'Which attributes were changed. Those of registered extensions with their URN in front.',
  })
  changedAttributes!: readonly string[];

  @MethodField()
  @Field(() => Group, { nullable: true, description: 'The group as it is now; null once deleted.' })
  group?: unknown;
}

@ObjectType({
  implements: DirectoryEvent,
  simpleResolvers: true,
  description: 'A group was deleted. The memberships of it and in it ended, without an event each.',
})
class GroupDeleted extends DirectoryEvent {
  @Field(() => ID, { description: 'The id of the group.' })
  groupId!: string;

  @Field(() => String, { description: 'The displayName at that moment.' })
  displayName!: string;

  @MethodField()
  @Field(() => Group, { nullable: true, description: 'Null: the group is gone.' })
  group?: unknown;

  @Field(() => [ID], { description: 'The groups that the deleted one was directly in at that moment.' })
  groupIds!: readonly string[];
}

@ObjectType({
  implements: DirectoryEvent,
  simpleResolvers: true,
  description: 'A user or group became a member of a group.',
})
class MembershipAdded extends DirectoryEvent {
  @Field(() => ID, { description: 'The id of the group.' })
  groupId!: string;

  @Field(() => ID, { description: 'The id of the member.' })
  memberId!: string;

  @Field(() => MemberType, { description: 'What the member is.' })
  memberType!: StoredMemberType;
}

@ObjectType({
  implements: DirectoryEvent,
  simpleResolvers: true,
  description: 'A member was removed from a group.',
})
class MembershipRemoved extends DirectoryEvent {
  @Field(() => ID, { description: 'The id of the group.' })
  groupId!: string;

  @Field(() => ID, { description: 'The id of the member.' })
  memberId!: string;

  @Field(() => MemberType, { description: 'What the member was.' })
  memberType!: StoredMemberType;
}

@ObjectType({
  implements: DirectoryEvent,
  simpleResolvers: true,
  description:
    'No event of the log: it repeats `sequence` and `id` of the newest event that was passed over, so that the cursor ' +
    'of an idle or filtered reader moves on.',
})
class Checkpoint extends DirectoryEvent {}

@ObjectType({ simpleResolvers: true, description: 'An event in the log.' })
class DirectoryEventEdge extends edgeOf(() => DirectoryEvent, 'event') {}

@ObjectType({ simpleResolvers: true, description: 'A page of the event log.' })
export class DirectoryEventConnection extends connectionOf(
  () => DirectoryEventEdge,
  () => DirectoryEvent,
  'events',
) {}

/** The kinds of events. Nothing but the interface leads to them, so the schema is told of them. */
export const EVENT_OBJECTS = [
  UserProvisioned,
  UserUpdated,
  UserDeprovisioned,
  UserReactivated,
  GroupCreated,
  GroupUpdated,
  GroupDeleted,
  MembershipAdded,
  MembershipRemoved,
  Checkpoint,
];

/** An event as the default resolvers read it. */
export type EventNode = Plain<DirectoryEvent> & { readonly cursor: string };

/** Makes what the default resolvers read. `user` and `group` are read when they are selected, as they are now. */
export function toEvent(item: FeedItem): EventNode {
  const { directoryId, id, type, sequence, occurredAt, source, actor, requestId } = item;
  const event = {
    ...('payload' in item ? item.payload : {}),
    ...{ id, type, sequence, occurredAt, source, actor, requestId },
    get cursor() {
      return encodeCursor(item);
    },
  };
  if (!('payload' in item)) return event;
  if ('userId' in item.payload) {
    const { userId } = item.payload;
    return Object.assign(event, {
      user: (_args: unknown, context: GraphContext, info: GraphQLResolveInfo) => {
        context.requireScope('directory:read');
        return context.loaders(directoryId).user(userId, selectionOfObject(info));
      },
    });
  }
  const { groupId } = item.payload;
  return Object.assign(event, {
    group: (_args: unknown, context: GraphContext, info: GraphQLResolveInfo) => {
      context.requireScope('directory:read');
      return context.loaders(directoryId).group(groupId, selectionOfObject(info));
    },
  });
}
