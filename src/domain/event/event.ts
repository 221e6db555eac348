import type { EventSource } from '../kernel/actor.js';

/** The type of a group's member. */
export type MemberType = 'User' | 'Group';

/** The reason for which a user lost access: `active` changed from true to false, or the user was deleted. */
export type DeprovisionReason = 'DEACTIVATED' | 'DELETED';

interface UserFacts {
  readonly userId: string;
  readonly userName: string;
  readonly externalId: string | null;
}

interface GroupFacts {
  readonly groupId: string;
  readonly displayName: string;
}

interface MembershipFacts {
  readonly groupId: string;
  readonly memberId: string;
  readonly memberType: MemberType;
}

/** A domain event, named in the past tense. Its only attribute values are userName, externalId and displayName. */
export type DomainEvent =
  | { readonly type: 'USER_PROVISIONED'; readonly payload: UserFacts & { readonly active: boolean } }
  | { readonly type: 'USER_UPDATED'; readonly payload: UserFacts & { readonly changedAttributes: readonly string[] } }
  | {
      readonly type: 'USER_DEPROVISIONED';
      readonly payload: UserFacts & {
        readonly reason: DeprovisionReason;
        /** The groups of which the user was a direct member at that moment. */
        readonly groupIds: readonly string[];
      };
    }
  | { readonly type: 'USER_REACTIVATED'; readonly payload: UserFacts }
  | { readonly type: 'GROUP_CREATED'; readonly payload: GroupFacts }
  | { readonly type: 'GROUP_UPDATED'; readonly payload: GroupFacts & { readonly changedAttributes: readonly string[] } }
  | {
      readonly type: 'GROUP_DELETED';
      readonly payload: GroupFacts & {
        /** The groups of which the deleted group was a direct member. */
        readonly groupIds: readonly string[];
      };
    }
  | { readonly type: 'MEMBERSHIP_ADDED'; readonly payload: MembershipFacts }
  | { readonly type: 'MEMBERSHIP_REMOVED'; readonly payload: MembershipFacts };

/** The name of an event type. */
export type DomainEventType = DomainEvent['type'];

/** An event as stored in the log, with its position. */
export type StoredEvent = DomainEvent & {
  readonly directoryId: string;
  /** The position in the directory's log: 1, 2, 3 … without gaps, in commit order. */
  readonly sequence: number;
  /** A UUIDv7 that never changes, so consumers can use it for deduplication. */
  readonly id: string;
  readonly occurredAt: Date;
  readonly source: EventSource;
  readonly actor: string;
  readonly requestId: string | null;
};
