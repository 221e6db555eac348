import type { AttributeOperation } from '../attributes/attribute-operation.js';
import type { Attributes } from '../attributes/attributes.js';

/** Creates a user. `attributes` come from `parseAttributes`; `active` defaults to true. */
export interface CreateUser {
  readonly type: 'CreateUser';
  readonly id: string;
  readonly attributes: Attributes;
}

/** Changes attributes of a user, all operations or none. */
export interface UpdateUser {
  readonly type: 'UpdateUser';
  readonly id: string;
  readonly operations: readonly AttributeOperation[];
}

/**
 * Replaces all attributes of a user, except that `active` keeps its value if omitted: PUT must not re-enable a user.
 */
export interface ReplaceUser {
  readonly type: 'ReplaceUser';
  readonly id: string;
  readonly attributes: Attributes;
}

/** Deletes a user with its memberships, and clears it as the manager of other users. */
export interface DeleteUser {
  readonly type: 'DeleteUser';
  readonly id: string;
}

/** Creates a group with its first members, users or groups. */
export interface CreateGroup {
  readonly type: 'CreateGroup';
  readonly id: string;
  readonly attributes: Attributes;
  readonly memberIds: readonly string[];
}

/** Changes attributes of a group other than its members. */
export interface UpdateGroup {
  readonly type: 'UpdateGroup';
  readonly id: string;
  readonly operations: readonly AttributeOperation[];
}

/** Replaces all attributes of a group other than its members. */
export interface ReplaceGroup {
  readonly type: 'ReplaceGroup';
  readonly id: string;
  readonly attributes: Attributes;
}

/** Deletes a group with its own members and its memberships in other groups. */
export interface DeleteGroup {
  readonly type: 'DeleteGroup';
  readonly id: string;
}

/** Adds members to a group and ignores existing ones. The cost does not depend on the size of the group. */
export interface AddMembers {
  readonly type: 'AddMembers';
  readonly groupId: string;
  readonly memberIds: readonly string[];
}

/** Removes members from a group and ignores ids that are not members. */
export interface RemoveMembers {
  readonly type: 'RemoveMembers';
  readonly groupId: string;
  readonly memberIds: readonly string[];
}

/** Replaces the members of a group; SQL computes the difference. */
export interface ReplaceMembers {
  readonly type: 'ReplaceMembers';
  readonly groupId: string;
  readonly memberIds: readonly string[];
}

/** Creates a resource of a registered resource type. */
export interface CreateResource {
  readonly type: 'CreateResource';
  readonly resourceType: string;
  readonly id: string;
  readonly attributes: Attributes;
}

/** Changes attributes of a resource of a registered type, all operations or none. */
export interface UpdateResource {
  readonly type: 'UpdateResource';
  readonly resourceType: string;
  readonly id: string;
  readonly operations: readonly AttributeOperation[];
}

/** Replaces all attributes of a resource of a registered type. */
export interface ReplaceResource {
  readonly type: 'ReplaceResource';
  readonly resourceType: string;
  readonly id: string;
  readonly attributes: Attributes;
}

/** Deletes a resource of a registered type. */
export interface DeleteResource {
  readonly type: 'DeleteResource';
  readonly resourceType: string;
  readonly id: string;
}

/**
 * Every command that changes users, groups, memberships or resources of registered types. `execute` is the single entry
 * point.
 */
export type Command =
  | CreateUser
  | UpdateUser
  | ReplaceUser
  | DeleteUser
  | CreateGroup
  | UpdateGroup
  | ReplaceGroup
  | DeleteGroup
  | AddMembers
  | RemoveMembers
  | ReplaceMembers
  | CreateResource
  | UpdateResource
  | ReplaceResource
  | DeleteResource;

/** Returns the id of the object that a command creates, changes or deletes. */
export function targetOf(command: Command): string {
  return 'groupId' in command ? command.groupId : command.id;
}
