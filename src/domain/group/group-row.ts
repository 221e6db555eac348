import { fold } from '../kernel/fold.js';
import type { DomainEvent } from '../event/event.js';
import { jsonEquals, type JsonValue } from '../kernel/json.js';
import { applyOperations, type AttributeOperation } from '../attributes/attribute-operation.js';
import { assertRequiredAttributes, type Attributes } from '../attributes/attributes.js';
import { changedAttributes } from '../attributes/changed-attributes.js';
import { GROUP_URN } from '../schema/core-group.js';
import { foldAttributes } from '../attributes/fold-attributes.js';
import { assertIndexable } from '../attributes/index-key.js';
import { assertMutable, withRetainedAttributes } from '../attributes/mutability.js';
import type { ResourceSchema } from '../schema/resource-schema.js';
import type { Group } from './group.js';

/** A group as statements return it; its members are read apart, and only when asked for. */
export type StoredGroup = Omit<Group, 'directoryId' | 'displayNameKey' | 'attributeKeys'>;

/** The columns that a group's attributes decide. */
export type GroupColumns = Pick<
  Group,
  'displayName' | 'displayNameKey' | 'externalId' | 'attributes' | 'attributeKeys'
>;

/** The attributes of a group in SCIM's shape, without `members`. */
export function toGroupAttributes(group: StoredGroup): Attributes {
  const attributes: Record<string, JsonValue> = { displayName: group.displayName };
  if (group.externalId !== null) attributes['externalId'] = group.externalId;
  return { ...attributes, ...group.attributes };
}

/**
 * Splits attributes into columns and the rest; `members`, should they stand among them, are left out.
 *
 * @throws DomainError INVALID_VALUE for a value too long for its index
 */
function toGroupColumns(schema: ResourceSchema, attributes: Attributes): GroupColumns {
  const { displayName, externalId, members: _members, ...others } = attributes;
  const name = typeof displayName === 'string' ? displayName : '';
  return {
    displayName: name,
    displayNameKey: assertIndexable('displayName', fold(name)),
    externalId: assertIndexable('externalId', typeof externalId === 'string' ? externalId : null),
    attributes: others,
    attributeKeys: foldAttributes(schema, others),
  };
}

/** The change that a command makes to a group's own attributes. Without events nothing changes and nothing is written. */
export interface GroupChange {
  readonly columns: GroupColumns;
  readonly events: readonly DomainEvent[];
}

/**
 * A new group.
 *
 * @param schema what the directory knows of groups
 * @throws DomainError REQUIRED without a required attribute or extension, INVALID_VALUE
 */
export function createGroup(schema: ResourceSchema, id: string, attributes: Attributes): GroupChange {
  assertRequiredAttributes(schema, attributes);
  const columns = toGroupColumns(schema, attributes);
  return { columns, events: [{ type: 'GROUP_CREATED', payload: { groupId: id, displayName: columns.displayName } }] };
}

/** Changes of single attributes. Throws as `applyOperations` and `createGroup` do. */
export function updateGroup(
  schema: ResourceSchema,
  group: StoredGroup,
  operations: readonly AttributeOperation[],
): GroupChange {
  return change(schema, group, applyOperations(toGroupAttributes(group), operations, GROUP_URN));
}

/** Replaces all attributes except members. Throws as `createGroup` does. */
export function replaceGroup(schema: ResourceSchema, group: StoredGroup, attributes: Attributes): GroupChange {
  const { members: _members, ...rest } = attributes;
  return change(schema, group, withRetainedAttributes(schema, toGroupAttributes(group), rest));
}

function change(schema: ResourceSchema, group: StoredGroup, after: Attributes): GroupChange {
  const before = toGroupAttributes(group);
  assertMutable(schema, before, after);
  assertRequiredAttributes(schema, after, before);
  const columns = toGroupColumns(schema, after);
  if (jsonEquals(before, after)) return { columns, events: [] };
  const payload = {
    groupId: group.id,
    displayName: columns.displayName,
    changedAttributes: changedAttributes(before, after),
  };
  return { columns, events: [{ type: 'GROUP_UPDATED', payload }] };
}
