import { registerEnumType } from 'type-graphql';
import type { EventSource as StoredSource } from '../../domain/kernel/actor.js';
import type { DeprovisionReason as StoredReason, MemberType as StoredMemberType } from '../../domain/event/event.js';

/** Every value of a closed union, under its own name. */
export type Names<Union extends string> = { readonly [Name in Union]: Name };

/** Through which face a change came in. */
export const EventSource: Names<StoredSource> = { SCIM: 'SCIM', GRAPHQL: 'GRAPHQL', CLI: 'CLI', SYSTEM: 'SYSTEM' };

registerEnumType(EventSource, {
  name: 'EventSource',
  description: 'Through which face of the service a change came in.',
  valuesConfig: {
    SCIM: { description: 'By SCIM, from the provisioning client.' },
    GRAPHQL: { description: 'By a GraphQL mutation.' },
    CLI: { description: 'By the command line.' },
    SYSTEM: { description: 'By the service itself.' },
  },
});

/** Why a user lost access. */
export const DeprovisionReason: Names<StoredReason> = { DEACTIVATED: 'DEACTIVATED', DELETED: 'DELETED' };

registerEnumType(DeprovisionReason, {
  name: 'DeprovisionReason',
  description: 'Why a user lost access.',
  valuesConfig: {
    DEACTIVATED: { description: '`active` went from true to false. The user and its memberships are still there.' },
    DELETED: { description: 'The user was deleted; its memberships ended with it.' },
  },
});

/** What a member is. */
export const MemberType = { USER: 'User', GROUP: 'Group' } as const satisfies Record<string, StoredMemberType>;

registerEnumType(MemberType, {
  name: 'MemberType',
  description: 'What a member of a group is.',
  valuesConfig: { USER: { description: 'A user.' }, GROUP: { description: 'A group in a group.' } },
});

/** Where a subscription without a cursor begins. */
export const EventPosition = { LATEST: 'LATEST', EARLIEST: 'EARLIEST' } as const;
export type EventPosition = keyof typeof EventPosition;

registerEnumType(EventPosition, {
  name: 'EventPosition',
  description: 'Where a subscription without a cursor begins.',
  valuesConfig: {
    LATEST: { description: 'After the newest event: only what happens from now on.' },
    EARLIEST: { description: 'At the oldest event that is retained.' },
  },
});
