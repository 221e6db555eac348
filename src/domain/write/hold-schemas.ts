import { DomainError } from '../kernel/errors.js';
import { isJsonObject, jsonEquals } from '../kernel/json.js';
import { prepared } from '../sql/statement.js';
import type { Transaction } from './transaction.js';
import { findAttribute, type SchemaDeclaration } from '../schema/attribute.js';
import type { Attributes } from '../attributes/attributes.js';
import { keepsValues } from '../schema-registry/parse-schema.js';
import { findSchema, type DirectorySchema, type ResourceSchema } from '../schema/resource-schema.js';

// Removing or changing a schema takes FOR UPDATE on its row, so it waits for transactions that hold it FOR SHARE while
// writing values.
const HOLD_SCHEMAS = prepared(`
  select urn_key as "urnKey", resource_type as "resourceType",
         case when revision = any($3::uuid[]) then null else definition end as changed
  from schemas where directory_id = $1 and urn_key = any($2) order by urn_key for share`);

interface HeldSchema {
  readonly urnKey: string;
  readonly resourceType: string;
  /** The current declaration if it is newer than the cached one; null otherwise. */
  readonly changed: SchemaDeclaration | null;
}

/**
 * Locks registered schemas FOR SHARE until the end of the transaction, and checks that they still accept the values.
 * The cached schemas may be outdated by a second; a schema that has only gained attributes still accepts them.
 *
 * @throws DomainError UNKNOWN_SCHEMA for a schema that has just been removed or changed
 */
export async function holdSchemas(tx: Transaction, resource: ResourceSchema, urns: readonly string[]): Promise<void> {
  const keys = urns.map((urn) => urn.toLowerCase());
  const revisions = urns.map((urn) => tx.schema.revisions.get(urn));
  const held = await tx.rows<HeldSchema>(HOLD_SCHEMAS, [tx.directoryId, keys, revisions]);
  for (const urn of urns) {
    const row = held.find(({ urnKey }) => urnKey === urn.toLowerCase());
    const known = findSchema(resource, urn);
    const stands = row?.resourceType === resource.name && (!row.changed || (known && keepsValues(known, row.changed)));
    if (!stands) throw justRemoved(urn);
  }
}

/**
 * Returns the URNs of the registered extensions whose values a write changes.
 *
 * @throws DomainError UNKNOWN_SCHEMA for changed values of an extension that is no longer registered
 */
export function changedExtensions(
  { revisions }: DirectorySchema,
  resource: ResourceSchema,
  before: Attributes,
  after: Attributes,
): string[] {
  refuseUnknown(resource, before, after);
  const registered = resource.extensions.map(({ urn }) => urn).filter((urn) => revisions.has(urn));
  return registered.filter((urn) => !jsonEquals(before[urn], after[urn]));
}

/**
 * Returns whether a resource has values of extensions that the cached schemas do not declare, because another process
 * has registered them within the last second. Writing with the cached schemas would leave those values unfolded, so
 * case-insensitive searches would miss them (`foldAttributes`).
 */
export function holdsUnknown({ extensions }: ResourceSchema, attributes: Attributes): boolean {
  return Object.entries(attributes).some(([key, value]) => {
    if (!key.startsWith('urn:') || !isJsonObject(value)) return false;
    const known = extensions.find(({ urn }) => urn === key)?.attributes;
    return Object.keys(value).some((name) => !findAttribute(known, name));
  });
}

/** Checks changed values against the latest schemas: the request was parsed with schemas that may have been removed. */
function refuseUnknown({ extensions }: ResourceSchema, before: Attributes, after: Attributes): void {
  for (const key of Object.keys(after)) {
    if (!key.startsWith('urn:') || extensions.some(({ urn }) => urn === key)) continue;
    if (!jsonEquals(before[key], after[key])) throw justRemoved(key);
  }
}

function justRemoved(urn: string): DomainError {
  return new DomainError('UNKNOWN_SCHEMA', `The schema ${urn} was removed or changed at the same time; retry`, urn);
}
