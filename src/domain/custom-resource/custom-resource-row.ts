import { jsonEquals } from '../kernel/json.js';
import { applyOperations, type AttributeOperation } from '../attributes/attribute-operation.js';
import { assertRequiredAttributes, type Attributes } from '../attributes/attributes.js';
import { foldAttributes } from '../attributes/fold-attributes.js';
import { assertIndexable } from '../attributes/index-key.js';
import { assertMutable, withRetainedAttributes } from '../attributes/mutability.js';
import type { ResourceSchema } from '../schema/resource-schema.js';
import type { CustomResource } from './custom-resource.js';

/** A resource as statements return it. */
export type StoredCustomResource = Omit<CustomResource, 'directoryId' | 'resourceType' | 'attributeKeys'>;

/** The columns that a resource's attributes decide. */
export type CustomResourceColumns = Pick<CustomResource, 'externalId' | 'attributes' | 'attributeKeys'>;

/** The attributes of a resource in SCIM's shape. */
export function toCustomResourceAttributes({ externalId, attributes }: StoredCustomResource): Attributes {
  return externalId === null ? attributes : { externalId, ...attributes };
}

/** A new resource. Throws DomainError REQUIRED, INVALID_VALUE. */
export function createCustomResource(schema: ResourceSchema, attributes: Attributes): CustomResourceColumns {
  assertRequiredAttributes(schema, attributes);
  return toColumns(schema, attributes);
}

/** Changes of single attributes; undefined when nothing changes. Throws as `applyOperations` and `createResource` do. */
export function updateCustomResource(
  schema: ResourceSchema,
  resource: StoredCustomResource,
  operations: readonly AttributeOperation[],
): CustomResourceColumns | undefined {
  const before = toCustomResourceAttributes(resource);
  return change(schema, before, applyOperations(before, operations, schema.core.urn));
}

/** Replaces all attributes. Returns undefined when nothing changes. Throws IMMUTABLE, or as `createResource` does. */
export function replaceCustomResource(
  schema: ResourceSchema,
  resource: StoredCustomResource,
  attributes: Attributes,
): CustomResourceColumns | undefined {
  const before = toCustomResourceAttributes(resource);
  return change(schema, before, withRetainedAttributes(schema, before, attributes));
}

function change(schema: ResourceSchema, before: Attributes, after: Attributes): CustomResourceColumns | undefined {
  assertMutable(schema, before, after);
  assertRequiredAttributes(schema, after, before);
  return jsonEquals(before, after) ? undefined : toColumns(schema, after);
}

function toColumns(schema: ResourceSchema, { externalId, ...attributes }: Attributes): CustomResourceColumns {
  return {
    externalId: assertIndexable('externalId', typeof externalId === 'string' ? externalId : null),
    attributes,
    attributeKeys: foldAttributes(schema, attributes),
  };
}
