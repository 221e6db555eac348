import { Field, ID, InterfaceType, ObjectType, registerEnumType } from 'type-graphql';
import type { EventSource as StoredSource } from '../../domain/kernel/actor.js';
import type { FeedItem } from '../../domain/event/feed/subscription.js';
import { Group } from '../group/group.js';
import { MethodField } from '../kernel/method-field.js';
import { BigInteger, DateTime } from '../kernel/scalars.js';
import { connectionOf, edgeOf } from '../relay/connection-types.js';
import { User } from '../user/user.js';
import { DeprovisionReason, EventSource, MemberType, type Names } from './event-enums.js';

type EventType = FeedItem['type'];

@InterfaceType({
  description:
    'A change in a directory, as recorded in its event log. Events are delivered at least once and in order. ' +
    '`sequence` has no gaps, so a consumer can verify that it has received every event.',
})
export abstract class DirectoryEvent {
  @Field(() => ID, { description: 'The ID of the event. It never changes, so use it to discard repeated deliveries.' })
  id!: string;

  @Field(() => DirectoryEventType, { description: 'The type of the event.' })
  type!: EventType;

  @Field(() => String, { description: 'The opaque cursor of the event, for `after`.' })
  cursor!: unknown;

  @Field(() => BigInteger, {
    description: 'The position in the event log of the directory: 1, 2, 3 and so on, without gaps, in commit order.',
  })
  sequence!: number;

  @Field(() => DateTime, { description: 'The time at which the change was made.' })
  occurredAt!: Date;

  @Field(() => EventSource, { description: 'The interface through which the change was made.' })
  source!: StoredSource;

  @Field(() => String, { description: 'The credential that made the change: `token:<id>`, `admin` or `cli`.' })
  actor!: string;

  @Field(() => String, {
    nullable: true,
    description: 'The ID of the request that made the change, as logged. Null if it was not made by a request.',
  })
  requestId!: string | null;
}

interface EventField {
  readonly type: () => object;
  readonly description: string;
  readonly nullable?: boolean;
  /** Whether the value is a method of the event; see `MethodField`. */
  readonly isMethod?: boolean;
}

type Payload<Type extends EventType> =
  Extract<FeedItem, { readonly type: Type }> extends { readonly payload: infer Fields } ? Fields : object;

/** A type of event: the name and description of its GraphQL type, and a field for each property of the payload. */
interface EventDefinition<Type extends EventType> {
  readonly name: string;
  readonly description: string;
  readonly fields: { readonly [Name in keyof Payload<Type>]: EventField } & Readonly<
    Partial<Record<'user' | 'group', EventField>>
  >;
}

function field(type: () => object, description: string, options: Partial<EventField> = {}): EventField {
  return { type, description, ...options };
}

const USER = {
  userId: field(() => ID, 'The ID of the user.'),
  userName: field(() => String, 'The `userName` as of the event, after any change.'),
  externalId: field(() => String, 'The `externalId` as of the event, after any change.', { nullable: true }),
  user: field(() => User, 'The user in its current state. Null if it has been deleted.', {
    nullable: true,
    isMethod: true,
  }),
};

const GROUP = {
  groupId: field(() => ID, 'The ID of the group.'),
  displayName: field(() => String, 'The `displayName` as of the event, after any change.'),
  group: field(() => Group, 'The group in its current state. Null if it has been deleted.', {
    nullable: true,
    isMethod: true,
  }),
};

const MEMBERSHIP = {
  groupId: field(() => ID, 'The ID of the group.'),
  memberId: field(() => ID, 'The ID of the member.'),
  memberType: field(() => MemberType, 'The type of the member.'),
};

const CHANGED_ATTRIBUTES = field(
  () => [String],
  'The names of the changed attributes. Attributes of registered extensions are prefixed with the URN of their schema.',
);

/** Every type of event. The GraphQL types, the enum and the registration derive from this table. */
const EVENTS: { readonly [Type in EventType]: EventDefinition<Type> } = {
  USER_PROVISIONED: {
    name: 'UserProvisioned',
    description: 'A user was created.',
    fields: { ...USER, active: field(() => Boolean, 'Whether the user was created active.') },
  },
  USER_UPDATED: {
    name: 'UserUpdated',
    description: 'Attributes of a user other than `active` were changed.',
    fields: { ...USER, changedAttributes: CHANGED_ATTRIBUTES },
  },
  USER_DEPROVISIONED: {
    name: 'UserDeprovisioned',
    description: 'A user lost access: it was deactivated or deleted.',
    fields: {
      ...USER,
      reason: field(() => DeprovisionReason, 'The reason why the user lost access.'),
      groupIds: field(() => [ID], 'The IDs of the groups that the user was a direct member of.'),
    },
  },
  USER_REACTIVATED: { name: 'UserReactivated', description: 'A user regained access.', fields: USER },
  GROUP_CREATED: { name: 'GroupCreated', description: 'A group was created.', fields: GROUP },
  GROUP_UPDATED: {
    name: 'GroupUpdated',
    description: 'Attributes of a group were changed. Changes to its members have events of their own.',
    fields: { ...GROUP, changedAttributes: CHANGED_ATTRIBUTES },
  },
  GROUP_DELETED: {
    name: 'GroupDeleted',
    description: 'A group was deleted. Its memberships ended with it, without an event for each.',
    fields: { ...GROUP, groupIds: field(() => [ID], 'The IDs of the groups that the group was a direct member of.') },
  },
  MEMBERSHIP_ADDED: {
    name: 'MembershipAdded',
    description: 'A user or group became a member of a group.',
    fields: MEMBERSHIP,
  },
  MEMBERSHIP_REMOVED: {
    name: 'MembershipRemoved',
    description: 'A member was removed from a group.',
    fields: MEMBERSHIP,
  },
  CHECKPOINT: {
    name: 'Checkpoint',
    description:
      'Advances the cursor of an idle or filtered subscription. It is not an event of the log: `sequence` and `id` are ' +
      'those of the newest event that was skipped.',
    fields: {},
  },
};

function toObjectType({ name, description, fields }: EventDefinition<EventType>): abstract new () => DirectoryEvent {
  @ObjectType(name, { implements: DirectoryEvent, simpleResolvers: true, description })
  abstract class EventObject extends DirectoryEvent {}
  for (const [property, { type, isMethod, ...options }] of Object.entries<EventField>(fields)) {
    Field(type, options)(EventObject.prototype, property);
    if (isMethod) MethodField()(EventObject.prototype, property);
  }
  return EventObject;
}

/** The GraphQL types of events. Only the interface leads to them, so the schema has to be given them. */
export const EVENT_OBJECTS = mapEvents(toObjectType);

/** The types of events, checkpoints included. */
export const DirectoryEventType = mapEvents((_definition, type) => type) as Names<EventType>;

registerEnumType(DirectoryEventType, {
  name: 'DirectoryEventType',
  description: 'The type of an event.',
  valuesConfig: mapEvents(({ description }) => ({ description })),
});

function mapEvents<Value>(
  map: (definition: EventDefinition<EventType>, type: EventType) => Value,
): Readonly<Record<EventType, Value>> {
  const entries = Object.entries(EVENTS).map(([type, definition]) => [type, map(definition, type as EventType)]);
  return Object.fromEntries(entries) as Record<EventType, Value>;
}

/** The name of the GraphQL type of an event. */
export function toEventType({ type }: Pick<FeedItem, 'type'>): string {
  return EVENTS[type].name;
}

@ObjectType({ simpleResolvers: true, description: 'An edge in a connection of events.' })
class DirectoryEventEdge extends edgeOf(() => DirectoryEvent, 'event') {}

@ObjectType({ simpleResolvers: true, description: 'A page of the event log.' })
export class DirectoryEventConnection extends connectionOf(
  () => DirectoryEventEdge,
  () => DirectoryEvent,
  'events',
) {}
