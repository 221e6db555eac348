/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** The reason why a user lost access. */
export type DeprovisionReason =
  /** The user was deactivated: `active` changed from true to false. The user and its memberships still exist. */
  | 'DEACTIVATED'
  /** The user was deleted, along with its memberships. */
  | 'DELETED';

/** The type of a member of a group. */
export type MemberType =
  /** A nested group. */
  | 'GROUP'
  /** A user. */
  | 'USER';

export type StartQueryVariables = Exact<{
  directory?: string | null | undefined;
}>;


export type StartQuery = { directory: { id: string, name: string, eventCursor: string } | null };

export type UsersQueryVariables = Exact<{
  directory?: string | null | undefined;
  after?: string | null | undefined;
}>;


export type UsersQuery = { directory: { users: { nodes: Array<{ id: string, userName: string, externalId: string | null, displayName: string | null, active: boolean, department: string | null, manager: { id: string } | null }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } } | null };

export type GroupsQueryVariables = Exact<{
  directory?: string | null | undefined;
  after?: string | null | undefined;
}>;


export type GroupsQuery = { directory: { groups: { nodes: Array<{ id: string, externalId: string | null, displayName: string, members: { nodes: Array<
            | { __typename: 'Group', id: string }
            | { __typename: 'User', id: string }
          >, pageInfo: { hasNextPage: boolean, endCursor: string | null } } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } } | null };

export type MembersQueryVariables = Exact<{
  directory?: string | null | undefined;
  groupId: string;
  after?: string | null | undefined;
}>;


export type MembersQuery = { directory: { group: { members: { nodes: Array<
          | { __typename: 'Group', id: string }
          | { __typename: 'User', id: string }
        >, pageInfo: { hasNextPage: boolean, endCursor: string | null } } } | null } | null };

export type EventsQueryVariables = Exact<{
  directory?: string | null | undefined;
  after: string;
}>;


export type EventsQuery = { directory: { events: { nodes: Array<
        | { __typename: 'Checkpoint', sequence: number, cursor: string }
        | { __typename: 'GroupCreated', sequence: number, cursor: string, group: { id: string, externalId: string | null, displayName: string } | null }
        | { __typename: 'GroupDeleted', groupId: string, sequence: number, cursor: string }
        | { __typename: 'GroupUpdated', sequence: number, cursor: string, group: { id: string, externalId: string | null, displayName: string } | null }
        | { __typename: 'MembershipAdded', groupId: string, memberId: string, memberType: MemberType, sequence: number, cursor: string }
        | { __typename: 'MembershipRemoved', groupId: string, memberId: string, sequence: number, cursor: string }
        | { __typename: 'UserDeprovisioned', userId: string, reason: DeprovisionReason, sequence: number, cursor: string, user: { id: string, userName: string, externalId: string | null, displayName: string | null, active: boolean, department: string | null, manager: { id: string } | null } | null }
        | { __typename: 'UserProvisioned', sequence: number, cursor: string, user: { id: string, userName: string, externalId: string | null, displayName: string | null, active: boolean, department: string | null, manager: { id: string } | null } | null }
        | { __typename: 'UserReactivated', sequence: number, cursor: string, user: { id: string, userName: string, externalId: string | null, displayName: string | null, active: boolean, department: string | null, manager: { id: string } | null } | null }
        | { __typename: 'UserUpdated', sequence: number, cursor: string, user: { id: string, userName: string, externalId: string | null, displayName: string | null, active: boolean, department: string | null, manager: { id: string } | null } | null }
      >, pageInfo: { hasNextPage: boolean } } } | null };

export type FollowSubscriptionVariables = Exact<{
  directory?: string | null | undefined;
  after: string;
}>;


export type FollowSubscription = { directoryEvents:
    | { __typename: 'Checkpoint', sequence: number, cursor: string }
    | { __typename: 'GroupCreated', sequence: number, cursor: string, group: { id: string, externalId: string | null, displayName: string } | null }
    | { __typename: 'GroupDeleted', groupId: string, sequence: number, cursor: string }
    | { __typename: 'GroupUpdated', sequence: number, cursor: string, group: { id: string, externalId: string | null, displayName: string } | null }
    | { __typename: 'MembershipAdded', groupId: string, memberId: string, memberType: MemberType, sequence: number, cursor: string }
    | { __typename: 'MembershipRemoved', groupId: string, memberId: string, sequence: number, cursor: string }
    | { __typename: 'UserDeprovisioned', userId: string, reason: DeprovisionReason, sequence: number, cursor: string, user: { id: string, userName: string, externalId: string | null, displayName: string | null, active: boolean, department: string | null, manager: { id: string } | null } | null }
    | { __typename: 'UserProvisioned', sequence: number, cursor: string, user: { id: string, userName: string, externalId: string | null, displayName: string | null, active: boolean, department: string | null, manager: { id: string } | null } | null }
    | { __typename: 'UserReactivated', sequence: number, cursor: string, user: { id: string, userName: string, externalId: string | null, displayName: string | null, active: boolean, department: string | null, manager: { id: string } | null } | null }
    | { __typename: 'UserUpdated', sequence: number, cursor: string, user: { id: string, userName: string, externalId: string | null, displayName: string | null, active: boolean, department: string | null, manager: { id: string } | null } | null }
   };

export type PageFieldsFragment = { hasNextPage: boolean, endCursor: string | null };

export type UserFieldsFragment = { id: string, userName: string, externalId: string | null, displayName: string | null, active: boolean, department: string | null, manager: { id: string } | null };

export type GroupFieldsFragment = { id: string, externalId: string | null, displayName: string };

export type MemberFieldsFragment = { nodes: Array<
    | { __typename: 'Group', id: string }
    | { __typename: 'User', id: string }
  >, pageInfo: { hasNextPage: boolean, endCursor: string | null } };

type EventFields_Checkpoint_Fragment = { __typename: 'Checkpoint', sequence: number, cursor: string };

type EventFields_GroupCreated_Fragment = { __typename: 'GroupCreated', sequence: number, cursor: string, group: { id: string, externalId: string | null, displayName: string } | null };

type EventFields_GroupDeleted_Fragment = { __typename: 'GroupDeleted', groupId: string, sequence: number, cursor: string };

type EventFields_GroupUpdated_Fragment = { __typename: 'GroupUpdated', sequence: number, cursor: string, group: { id: string, externalId: string | null, displayName: string } | null };

type EventFields_MembershipAdded_Fragment = { __typename: 'MembershipAdded', groupId: string, memberId: string, memberType: MemberType, sequence: number, cursor: string };

type EventFields_MembershipRemoved_Fragment = { __typename: 'MembershipRemoved', groupId: string, memberId: string, sequence: number, cursor: string };

type EventFields_UserDeprovisioned_Fragment = { __typename: 'UserDeprovisioned', userId: string, reason: DeprovisionReason, sequence: number, cursor: string, user: { id: string, userName: string, externalId: string | null, displayName: string | null, active: boolean, department: string | null, manager: { id: string } | null } | null };

type EventFields_UserProvisioned_Fragment = { __typename: 'UserProvisioned', sequence: number, cursor: string, user: { id: string, userName: string, externalId: string | null, displayName: string | null, active: boolean, department: string | null, manager: { id: string } | null } | null };

type EventFields_UserReactivated_Fragment = { __typename: 'UserReactivated', sequence: number, cursor: string, user: { id: string, userName: string, externalId: string | null, displayName: string | null, active: boolean, department: string | null, manager: { id: string } | null } | null };

type EventFields_UserUpdated_Fragment = { __typename: 'UserUpdated', sequence: number, cursor: string, user: { id: string, userName: string, externalId: string | null, displayName: string | null, active: boolean, department: string | null, manager: { id: string } | null } | null };

export type EventFieldsFragment =
  | EventFields_Checkpoint_Fragment
  | EventFields_GroupCreated_Fragment
  | EventFields_GroupDeleted_Fragment
  | EventFields_GroupUpdated_Fragment
  | EventFields_MembershipAdded_Fragment
  | EventFields_MembershipRemoved_Fragment
  | EventFields_UserDeprovisioned_Fragment
  | EventFields_UserProvisioned_Fragment
  | EventFields_UserReactivated_Fragment
  | EventFields_UserUpdated_Fragment
;

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}
export const PageFieldsFragmentDoc = new TypedDocumentString(`
    fragment PageFields on PageInfo {
  hasNextPage
  endCursor
}
    `, {"fragmentName":"PageFields"}) as unknown as TypedDocumentString<PageFieldsFragment, unknown>;
export const MemberFieldsFragmentDoc = new TypedDocumentString(`
    fragment MemberFields on MemberConnection {
  nodes {
    __typename
    ... on User {
      id
    }
    ... on Group {
      id
    }
  }
  pageInfo {
    ...PageFields
  }
}
    fragment PageFields on PageInfo {
  hasNextPage
  endCursor
}`, {"fragmentName":"MemberFields"}) as unknown as TypedDocumentString<MemberFieldsFragment, unknown>;
export const UserFieldsFragmentDoc = new TypedDocumentString(`
    fragment UserFields on User {
  id
  userName
  externalId
  displayName
  active
  department
  manager {
    id
  }
}
    `, {"fragmentName":"UserFields"}) as unknown as TypedDocumentString<UserFieldsFragment, unknown>;
export const GroupFieldsFragmentDoc = new TypedDocumentString(`
    fragment GroupFields on Group {
  id
  externalId
  displayName
}
    `, {"fragmentName":"GroupFields"}) as unknown as TypedDocumentString<GroupFieldsFragment, unknown>;
export const EventFieldsFragmentDoc = new TypedDocumentString(`
    fragment EventFields on DirectoryEvent {
  __typename
  sequence
  cursor
  ... on UserProvisioned {
    user {
      ...UserFields
    }
  }
  ... on UserUpdated {
    user {
      ...UserFields
    }
  }
  ... on UserReactivated {
    user {
      ...UserFields
    }
  }
  ... on UserDeprovisioned {
    userId
    reason
    user {
      ...UserFields
    }
  }
  ... on GroupCreated {
    group {
      ...GroupFields
    }
  }
  ... on GroupUpdated {
    group {
      ...GroupFields
    }
  }
  ... on GroupDeleted {
    groupId
  }
  ... on MembershipAdded {
    groupId
    memberId
    memberType
  }
  ... on MembershipRemoved {
    groupId
    memberId
  }
}
    fragment UserFields on User {
  id
  userName
  externalId
  displayName
  active
  department
  manager {
    id
  }
}
fragment GroupFields on Group {
  id
  externalId
  displayName
}`, {"fragmentName":"EventFields"}) as unknown as TypedDocumentString<EventFieldsFragment, unknown>;
export const StartDocument = new TypedDocumentString(`
    query Start($directory: String) {
  directory(slug: $directory) {
    id
    name
    eventCursor
  }
}
    `) as unknown as TypedDocumentString<StartQuery, StartQueryVariables>;
export const UsersDocument = new TypedDocumentString(`
    query Users($directory: String, $after: String) {
  directory(slug: $directory) {
    users(first: 100, after: $after) {
      nodes {
        ...UserFields
      }
      pageInfo {
        ...PageFields
      }
    }
  }
}
    fragment PageFields on PageInfo {
  hasNextPage
  endCursor
}
fragment UserFields on User {
  id
  userName
  externalId
  displayName
  active
  department
  manager {
    id
  }
}`) as unknown as TypedDocumentString<UsersQuery, UsersQueryVariables>;
export const GroupsDocument = new TypedDocumentString(`
    query Groups($directory: String, $after: String) {
  directory(slug: $directory) {
    groups(first: 100, after: $after) {
      nodes {
        ...GroupFields
        members(first: 100) {
          ...MemberFields
        }
      }
      pageInfo {
        ...PageFields
      }
    }
  }
}
    fragment PageFields on PageInfo {
  hasNextPage
  endCursor
}
fragment GroupFields on Group {
  id
  externalId
  displayName
}
fragment MemberFields on MemberConnection {
  nodes {
    __typename
    ... on User {
      id
    }
    ... on Group {
      id
    }
  }
  pageInfo {
    ...PageFields
  }
}`) as unknown as TypedDocumentString<GroupsQuery, GroupsQueryVariables>;
export const MembersDocument = new TypedDocumentString(`
    query Members($directory: String, $groupId: ID!, $after: String) {
  directory(slug: $directory) {
    group(id: $groupId) {
      members(first: 100, after: $after) {
        ...MemberFields
      }
    }
  }
}
    fragment PageFields on PageInfo {
  hasNextPage
  endCursor
}
fragment MemberFields on MemberConnection {
  nodes {
    __typename
    ... on User {
      id
    }
    ... on Group {
      id
    }
  }
  pageInfo {
    ...PageFields
  }
}`) as unknown as TypedDocumentString<MembersQuery, MembersQueryVariables>;
export const EventsDocument = new TypedDocumentString(`
    query Events($directory: String, $after: String!) {
  directory(slug: $directory) {
    events(first: 100, after: $after) {
      nodes {
        ...EventFields
      }
      pageInfo {
        hasNextPage
      }
    }
  }
}
    fragment UserFields on User {
  id
  userName
  externalId
  displayName
  active
  department
  manager {
    id
  }
}
fragment GroupFields on Group {
  id
  externalId
  displayName
}
fragment EventFields on DirectoryEvent {
  __typename
  sequence
  cursor
  ... on UserProvisioned {
    user {
      ...UserFields
    }
  }
  ... on UserUpdated {
    user {
      ...UserFields
    }
  }
  ... on UserReactivated {
    user {
      ...UserFields
    }
  }
  ... on UserDeprovisioned {
    userId
    reason
    user {
      ...UserFields
    }
  }
  ... on GroupCreated {
    group {
      ...GroupFields
    }
  }
  ... on GroupUpdated {
    group {
      ...GroupFields
    }
  }
  ... on GroupDeleted {
    groupId
  }
  ... on MembershipAdded {
    groupId
    memberId
    memberType
  }
  ... on MembershipRemoved {
    groupId
    memberId
  }
}`) as unknown as TypedDocumentString<EventsQuery, EventsQueryVariables>;
export const FollowDocument = new TypedDocumentString(`
    subscription Follow($directory: String, $after: String!) {
  directoryEvents(directory: $directory, after: $after) {
    ...EventFields
  }
}
    fragment UserFields on User {
  id
  userName
  externalId
  displayName
  active
  department
  manager {
    id
  }
}
fragment GroupFields on Group {
  id
  externalId
  displayName
}
fragment EventFields on DirectoryEvent {
  __typename
  sequence
  cursor
  ... on UserProvisioned {
    user {
      ...UserFields
    }
  }
  ... on UserUpdated {
    user {
      ...UserFields
    }
  }
  ... on UserReactivated {
    user {
      ...UserFields
    }
  }
  ... on UserDeprovisioned {
    userId
    reason
    user {
      ...UserFields
    }
  }
  ... on GroupCreated {
    group {
      ...GroupFields
    }
  }
  ... on GroupUpdated {
    group {
      ...GroupFields
    }
  }
  ... on GroupDeleted {
    groupId
  }
  ... on MembershipAdded {
    groupId
    memberId
    memberType
  }
  ... on MembershipRemoved {
    groupId
    memberId
  }
}`) as unknown as TypedDocumentString<FollowSubscription, FollowSubscriptionVariables>;