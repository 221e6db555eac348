import { jsonEquals } from '../kernel/json.js';
import { applyOperations, type AttributeOperation } from '../attributes/attribute-operation.js';
import { requireAttributes, type Attributes } from '../attributes/attributes.js';
import { foldAttributes } from '../attributes/fold-attributes.js';
import { indexed } from '../attributes/index-key.js';
import { requireUnchanged, withKept } from '../attributes/mutability.js';
import type { ResourceSchema } from '../schema/resource-schema.js';
import type { Resource } from './custom-resource.js';

/** A resource as statements return it. */
export type StoredResource = Omit<Resource, 'directoryId' | 'resourceType' | 'attributeKeys'>;

/** The columns that a resource's attributes decide. */
export type ResourceColumns = Pick<Resource, 'externalId' | 'attributes' | 'attributeKeys'>;

/** The attributes of a resource in SCIM's shape. */
export function toResourceAttributes({ externalId, attributes }: StoredResource): Attributes {
  return externalId === null ? attributes : { externalId, ...attributes };
}

/** A new resource. Throws DomainError REQUIRED, INVALID_VALUE. */
export function createResource(schema: ResourceSchema, attributes: Attributes): ResourceColumns {
  requireAttributes(schema, attributes);
  return toColumns(schema, attributes);
}

/** Changes of single attributes; undefined when nothing changes. Throws as `applyOperations` and `createResource` do. */
export function updateResource(
  schema: ResourceSchema,
  resource: StoredResource,
  operations: readonly AttributeOperation[],
): ResourceColumns | undefined {
  const before = toResourceAttributes(resource);
  return change(schema, before, applyOperations(before, operations, schema.core.urn));
}

/** All attributes anew; undefined when nothing changes. Throws IMMUTABLE, or as `createResource` does. */
export function replaceResource(
  schema: ResourceSchema,
  resource: StoredResource,
  attributes: Attributes,
): ResourceColumns | undefined {
  const before = toResourceAttributes(resource);
  return change(schema, before, withKept(schema, before, attributes));
}

function change(schema: ResourceSchema, before: Attributes, after: Attributes): ResourceColumns | undefined {
  requireUnchanged(schema, before, after);
  requireAttributes(schema, after, before);
  return jsonEquals(before, after) ? undefined : toColumns(schema, after);
}

function toColumns(schema: ResourceSchema, { externalId, ...attributes }: Attributes): ResourceColumns {
  return {
    externalId: indexed('externalId', typeof externalId === 'string' ? externalId : null),
    attributes,
    attributeKeys: foldAttributes(schema, attributes),
  };
}
