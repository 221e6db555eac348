import type { ReplaceUser, UpdateUser } from '../write/command.js';
import type { DomainEvent } from '../event/event.js';
import { DomainError } from '../kernel/errors.js';
import { applyOperations, type AttributeOperation } from '../attributes/attribute-operation.js';
import { assertRequiredAttributes, type Attributes } from '../attributes/attributes.js';
import { changedAttributes } from '../attributes/changed-attributes.js';
import { USER_URN } from '../schema/core-user.js';
import { assertMutable, withRetainedAttributes } from '../attributes/mutability.js';
import type { ResourceSchema } from '../schema/resource-schema.js';
import { toUserAttributes, toUserColumns, type StoredUser, type UserColumns } from './user-row.js';

/** The new columns of a user and the events of the change. Without events nothing changes and nothing is written. */
export interface UserChange {
  readonly columns: UserColumns;
  readonly events: readonly DomainEvent[];
}

/**
 * A new user.
 *
 * @param schema what the directory knows of users
 * @throws DomainError REQUIRED without a required attribute or extension, INVALID_VALUE or INVALID_REFERENCE of `toUserColumns`
 */
export function createUser(schema: ResourceSchema, id: string, attributes: Attributes): UserChange {
  assertRequiredAttributes(schema, attributes);
  const columns = toUserColumns(schema, attributes);
  const { userName, externalId, active } = columns;
  return { columns, events: [{ type: 'USER_PROVISIONED', payload: { userId: id, userName, externalId, active } }] };
}

/** Decides the result of a change of a user. Throws as `updateUser` and `replaceUser` do. */
export function decideUserUpdate(
  schema: ResourceSchema,
  user: StoredUser,
  command: UpdateUser | ReplaceUser,
): UserChange {
  return command.type === 'UpdateUser'
    ? updateUser(schema, user, command.operations)
    : replaceUser(schema, user, command.attributes);
}

/** Whether a command can leave a user inactive that was active before: it has to name the attribute. */
export function mayDeactivate(command: UpdateUser | ReplaceUser): boolean {
  return command.type === 'UpdateUser'
    ? command.operations.some(({ path, value }) => path.attribute.name === 'active' && value !== true)
    : command.attributes['active'] === false;
}

/** Changes of single attributes, by PATCH or by a GraphQL input. Throws as `applyOperations` and `createUser` do. */
function updateUser(schema: ResourceSchema, user: StoredUser, operations: readonly AttributeOperation[]): UserChange {
  const before = toUserAttributes(user);
  return change(schema, user, before, applyOperations(before, operations, USER_URN));
}

/** Replaces all attributes, as PUT does. `active` stays when the request omits it. Throws as `createUser` does. */
function replaceUser(schema: ResourceSchema, user: StoredUser, attributes: Attributes): UserChange {
  const before = toUserAttributes(user);
  return change(schema, user, before, withRetainedAttributes(schema, before, { active: user.active, ...attributes }));
}

/** The end of a user. Also an inactive one leaves with `USER_DEPROVISIONED`. */
export function deleteUser(user: StoredUser): DomainEvent {
  return deprovisioned(user, user.userName, user.externalId, 'DELETED');
}

/** The event of a direct report whose manager is removed. */
export function managerCleared(report: Pick<StoredUser, 'id' | 'userName' | 'externalId'>): DomainEvent {
  const { id: userId, userName, externalId } = report;
  return { type: 'USER_UPDATED', payload: { userId, userName, externalId, changedAttributes: ['manager'] } };
}

function change(schema: ResourceSchema, user: StoredUser, before: Attributes, after: Attributes): UserChange {
  assertMutable(schema, before, after);
  assertRequiredAttributes(schema, after, before);
  const columns = toUserColumns(schema, after);
  // `active: null` never gets here (INVALID_VALUE), a removed `active` does: it has no value to fall back on.
  if (after['active'] === undefined) throw new DomainError('INVALID_VALUE', 'active must be true or false', 'active');
  // Compares the values to be stored, not those that were sent: the id of a manager in upper case is no change.
  const changed = changedAttributes(before, toUserAttributes({ ...user, ...columns }));
  const { userName, externalId } = columns;
  const facts = { userId: user.id, userName, externalId };
  const events: DomainEvent[] = [];
  const others = changed.filter((name) => name !== 'active');
  if (others.length > 0) events.push({ type: 'USER_UPDATED', payload: { ...facts, changedAttributes: others } });
  if (user.active && !columns.active) events.push(deprovisioned(user, userName, externalId, 'DEACTIVATED'));
  if (!user.active && columns.active) events.push({ type: 'USER_REACTIVATED', payload: facts });
  return { columns, events };
}

function deprovisioned(
  user: StoredUser,
  userName: string,
  externalId: string | null,
  reason: 'DEACTIVATED' | 'DELETED',
): DomainEvent {
  const groupIds = (user.groups ?? []).map((group) => group.id);
  return { type: 'USER_DEPROVISIONED', payload: { userId: user.id, userName, externalId, reason, groupIds } };
}
