import { registerEnumType } from 'type-graphql';
import type { EventSource as StoredSource } from '../../domain/kernel/actor.js';
import type { DeprovisionReason as StoredReason, MemberType as StoredMemberType } from '../../domain/event/event.js';

/** The values of a closed union, each under its own name. */
export type Names<Union extends string> = { readonly [Name in Union]: Name };

/** The interface through which a change was made. */
export const EventSource: Names<StoredSource> = { SCIM: 'SCIM', GRAPHQL: 'GRAPHQL', CLI: 'CLI', SYSTEM: 'SYSTEM' };

registerEnumType(EventSource, {
  name: 'EventSource',
  description: 'The interface through which a change was made.',
  valuesConfig: {
    SCIM: { description: 'The SCIM API, used by provisioning clients.' },
    GRAPHQL: { description: 'A GraphQL mutation.' },
    CLI: { description: 'The command line.' },
    SYSTEM: { description: 'The service itself.' },
  },
});

/** The reason why a user lost access. */
export const DeprovisionReason: Names<StoredReason> = { DEACTIVATED: 'DEACTIVATED', DELETED: 'DELETED' };

registerEnumType(DeprovisionReason, {
  name: 'DeprovisionReason',
  description: 'The reason why a user lost access.',
  valuesConfig: {
    DEACTIVATED: {
      description:
        'The user was deactivated: `active` changed from true to false. The user and its memberships still exist.',
    },
    DELETED: { description: 'The user was deleted, along with its memberships.' },
  },
});

/** The type of a member. */
export const MemberType = { USER: 'User', GROUP: 'Group' } as const satisfies Record<string, StoredMemberType>;

registerEnumType(MemberType, {
  name: 'MemberType',
  description: 'The type of a member of a group.',
  valuesConfig: { USER: { description: 'A user.' }, GROUP: { description: 'A nested group.' } },
});

/** The position at which a subscription without a cursor starts. */
export const EventPosition = { LATEST: 'LATEST', EARLIEST: 'EARLIEST' } as const;
export type EventPosition = keyof typeof EventPosition;

registerEnumType(EventPosition, {
  name: 'EventPosition',
  description: 'The position at which a subscription without a cursor starts.',
  valuesConfig: {
    LATEST: { description: 'After the newest event, so that only future events are delivered.' },
    EARLIEST: { description: 'At the oldest retained event.' },
  },
});
