import type { CreateGroup, DeleteGroup, ReplaceGroup, UpdateGroup } from '../write/command.js';
import { notFound, assertVersion, type ExpectedVersion } from '../kernel/precondition.js';
import { assertResourceSize } from '../attributes/resource-size.js';
import { writeExtensionValues } from '../write/extension-values.js';
import { holdsUnknown } from '../write/hold-schemas.js';
import { prepared } from '../sql/statement.js';
import type { Transaction } from '../write/transaction.js';
import { createGroup, replaceGroup, toGroupAttributes, updateGroup, type StoredGroup } from './group-row.js';
import { GROUP_SELECT_LIST } from './group-select.js';
import type { GroupStates } from './group-state.js';

const INSERT = prepared(`
  insert into groups (
    directory_id, id, display_name, display_name_key, external_id, attributes, attribute_keys, member_count, version,
    created_at, updated_at)
  values ($1, $2, $3, $4, $5, $6, $7, 0, 1, $8, $8)`);

// Locks the containing groups in order of id, together with the deleted group: the same order in which nesting locks
// groups.
const LOCK_CONTAINERS = prepared(`
  select g.id from groups g join memberships m on m.directory_id = g.directory_id and m.group_id = g.id
  where m.directory_id = $1 and m.nested_group_id = $2 order by g.id for no key update of g`);

const LOCK_FOR_DELETE = prepared(`
  select ${GROUP_SELECT_LIST} from groups g where g.directory_id = $1 and g.id = $2 for update of g`);

const DELETE_MEMBERS = prepared('delete from memberships where directory_id = $1 and group_id = $2');

const DELETE_NESTINGS = prepared(`
  with ended as (
    delete from memberships where directory_id = $1 and nested_group_id = $2 returning group_id
  )
  update groups set member_count = member_count - 1, version = version + 1, updated_at = $3
  where directory_id = $1 and id in (select group_id from ended)
  returning id`);

const DELETE = prepared('delete from groups where directory_id = $1 and id = $2');

/**
 * Creates a group without members. Throws TOO_MANY, ALREADY_EXISTS if the displayName is taken, and the errors of
 * `createGroup`.
 */
export async function executeCreateGroup(tx: Transaction, command: CreateGroup): Promise<StoredGroup> {
  const { columns, events } = createGroup(tx.schema.group, command.id, command.attributes);
  assertResourceSize(tx.maxResourceBytes, command.attributes);
  await writeExtensionValues(tx, tx.schema.group, command.id, {}, columns.attributes);
  const { displayName, displayNameKey, externalId, attributes, attributeKeys } = columns;
  const own = [displayName, displayNameKey, externalId, attributes, attributeKeys];
  tx.send(INSERT, [tx.directoryId, command.id, ...own, tx.now]);
  for (const event of events) tx.record(event, { groups: 1 });
  return {
    id: command.id,
    displayName,
    externalId,
    attributes,
    memberCount: 0,
    version: 1,
    createdAt: tx.now,
    updatedAt: tx.now,
  };
}

/**
 * Changes the attributes of a group. Throws NOT_FOUND, VERSION_CONFLICT, TOO_MANY, ALREADY_EXISTS, and the errors of
 * `updateGroup` and `replaceGroup`.
 */
export async function executeUpdateGroup(
  tx: Transaction,
  groups: GroupStates,
  command: UpdateGroup | ReplaceGroup,
  expectedVersion: ExpectedVersion | undefined,
): Promise<void> {
  const group = await groups.lock(command.id, expectedVersion);
  if (holdsUnknown(tx.schema.group, group.attributes)) await tx.renewSchema();
  const { columns, events } =
    command.type === 'UpdateGroup'
      ? updateGroup(tx.schema.group, group, command.operations)
      : replaceGroup(tx.schema.group, group, command.attributes);
  if (events.length > 0) {
    assertResourceSize(tx.maxResourceBytes, toGroupAttributes({ ...group, ...columns }), toGroupAttributes(group));
    await writeExtensionValues(tx, tx.schema.group, group.id, group.attributes, columns.attributes);
    groups.change(command.id, columns);
  }
  for (const event of events) tx.record(event);
}

/** Deletes a group and returns its last state. Throws NOT_FOUND or VERSION_CONFLICT. */
export async function executeDeleteGroup(
  tx: Transaction,
  command: DeleteGroup,
  expectedVersion: ExpectedVersion | undefined,
): Promise<StoredGroup> {
  const key = [tx.directoryId, command.id];
  tx.send(LOCK_CONTAINERS, key);
  const [group] = await tx.rows<StoredGroup>(LOCK_FOR_DELETE, key);
  if (!group) throw notFound('group', command.id);
  assertVersion(group.version, expectedVersion);
  tx.expectRows(group.memberCount);
  tx.send(DELETE_MEMBERS, key);
  const containers = await tx.rows<{ id: string }>(DELETE_NESTINGS, [...key, tx.now]);
  await writeExtensionValues(tx, tx.schema.group, group.id, group.attributes, {});
  tx.send(DELETE, key);
  const payload = { groupId: group.id, displayName: group.displayName, groupIds: containers.map(({ id }) => id) };
  tx.record({ type: 'GROUP_DELETED', payload }, { groups: -1 });
  return group;
}
