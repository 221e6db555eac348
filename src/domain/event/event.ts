import type { EventSource } from '../kernel/actor.js';

/** The type of a group's member. */
export type MemberType = 'User' | 'Group';

/** Why a user lost access: `active` went from true to false, or the user was deleted. */
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

/** What happened, in the past tense. Of attribute values it holds only userName, externalId and displayName. */
export type DomainEvent =
  | { readonly type: 'USER_PROVISIONED'; readonly payload: UserFacts & { readonly active: boolean } }
  | { readonly type: 'USER_UPDATED'; readonly payload: UserFacts & { readonly changedAttributes: readonly string[] } }
  | {
      readonly type: 'USER_DEPROVISIONED';
      readonly payload: UserFacts & {
        readonly reason: DeprovisionReason;
        /** The groups the user was directly in at that moment. */
        readonly groupIds: readonly string[];
      };
    }
  | { readonly type: 'USER_REACTIVATED'; readonly payload: UserFacts }
  | { readonly type: 'GROUP_CREATED'; readonly payload: GroupFacts }
  | { readonly type: 'GROUP_UPDATED'; readonly payload: GroupFacts & { readonly changedAttributes: readonly string[] } }
  | {
      readonly type: 'GROUP_DELETED';
      readonly payload: GroupFacts & {
        /** The groups the deleted one was directly nested in. */
        readonly groupIds: readonly string[];
      };
    }
  | { readonly type: 'MEMBERSHIP_ADDED'; readonly payload: MembershipFacts }
  | { readonly type: 'MEMBERSHIP_REMOVED'; readonly payload: MembershipFacts };

export type DomainEventType = DomainEvent['type'];

/** An event as it stands in the log: what happened, and its place. */
export type StoredEvent = DomainEvent & {
  readonly directoryId: string;
  /** 1, 2, 3 … in the directory, without gaps, in commit order. */
  readonly sequence: number;
  /** UUIDv7; never changes, so a reader de-duplicates by it. */
  readonly id: string;
  readonly occurredAt: Date;
  readonly source: EventSource;
  readonly actor: string;
  readonly requestId: string | null;
};
