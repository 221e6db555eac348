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

/** Puts `attributes` in the place of all a user has; `active` stays where they do not say it (else PUT re-enables). */
export interface ReplaceUser {
  readonly type: 'ReplaceUser';
  readonly id: string;
  readonly attributes: Attributes;
}

/** Deletes a user, ends its memberships and clears it as a manager. */
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

/** Puts `attributes` in the place of all a group has, its members aside. */
export interface ReplaceGroup {
  readonly type: 'ReplaceGroup';
  readonly id: string;
  readonly attributes: Attributes;
}

/** Deletes a group and ends the memberships of it and in it. */
export interface DeleteGroup {
  readonly type: 'DeleteGroup';
  readonly id: string;
}

/** Adds members to a group; those who are members already stay as they are. Costs the same in a group of any size. */
export interface AddMembers {
  readonly type: 'AddMembers';
  readonly groupId: string;
  readonly memberIds: readonly string[];
}

/** Removes members from a group; those who are none are passed over. */
export interface RemoveMembers {
  readonly type: 'RemoveMembers';
  readonly groupId: string;
  readonly memberIds: readonly string[];
}

/** Makes the members of a group exactly these; the difference is found in SQL. */
export interface ReplaceMembers {
  readonly type: 'ReplaceMembers';
  readonly groupId: string;
  readonly memberIds: readonly string[];
}

/** Creates a resource of a type that the directory has registered. */
export interface CreateResource {
  readonly type: 'CreateResource';
  readonly resourceType: string;
  readonly id: string;
  readonly attributes: Attributes;
}

/** Changes attributes of such a resource, all operations or none. */
export interface UpdateResource {
  readonly type: 'UpdateResource';
  readonly resourceType: string;
  readonly id: string;
  readonly operations: readonly AttributeOperation[];
}

/** Puts `attributes` in the place of all that such a resource has. */
export interface ReplaceResource {
  readonly type: 'ReplaceResource';
  readonly resourceType: string;
  readonly id: string;
  readonly attributes: Attributes;
}

/** Deletes such a resource. */
export interface DeleteResource {
  readonly type: 'DeleteResource';
  readonly resourceType: string;
  readonly id: string;
}

/** Everything that may be done to users, groups, memberships and resources of a directory's own types. `execute` is the one door. */
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

/** The id of what a command creates, changes or removes. */
export function targetOf(command: Command): string {
  return 'groupId' in command ? command.groupId : command.id;
}
