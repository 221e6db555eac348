import type { Attributes } from '../attributes/attributes.js';
import type { ResourceSchema } from '../schema/resource-schema.js';
import { changedExtensions, holdSchemas } from './hold-schemas.js';
import type { Transaction } from './transaction.js';
import { replaceUniqueValues } from './unique-values.js';

/**
 * Locks the registered schemas of the values that a write changes, and claims the unique ones among the values, in the
 * transaction that writes the resource's row.
 *
 * @param before the previous attributes; empty for a new resource
 * @param after the new attributes; empty for a deleted resource
 * @throws DomainError UNKNOWN_SCHEMA for a schema that has just been removed or changed. ALREADY_EXISTS is thrown at
 *   commit.
 */
export async function writeExtensionValues(
  tx: Transaction,
  resource: ResourceSchema,
  id: string,
  before: Attributes,
  after: Attributes,
): Promise<void> {
  const own = tx.schema.revisions.has(resource.core.urn) ? [resource.core.urn] : [];
  const changed = changedExtensions(tx.schema, resource, before, after);
  if (own.length + changed.length === 0) return;
  // A resource of a registered type depends on its core schema, whichever of its attributes change.
  const written = [...own, ...changed.filter((urn) => after[urn] !== undefined)];
  if (written.length > 0) await holdSchemas(tx, resource, written);
  replaceUniqueValues(tx, resource, id, before, after, own.length > 0);
}
