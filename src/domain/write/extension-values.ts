import { createHash } from 'node:crypto';
import { DomainError } from '../kernel/errors.js';
import { isJsonObject, jsonEquals, type JsonValue } from '../kernel/json.js';
import { prepared } from '../sql/statement.js';
import type { Transaction } from './transaction.js';
import { findAttribute, type AttributeDeclaration, type SchemaDeclaration } from '../schema/attribute.js';
import type { Attributes } from '../attributes/attributes.js';
import { foldAttributes } from '../attributes/fold-attributes.js';
import { keepsValues } from '../schema-registry/parse-schema.js';
import { findSchema, type DirectorySchema, type ResourceSchema } from '../schema/resource-schema.js';

// Who removes or changes a schema locks its row first, and so waits for those who are bringing in values of it.
const HOLD_SCHEMAS = prepared(`
  select urn_key as "urnKey", resource_type as "resourceType",
         case when revision = any($3::uuid[]) then null else definition end as changed
  from schemas where directory_id = $1 and urn_key = any($2) order by urn_key for share`);

interface HeldSchema {
  readonly urnKey: string;
  readonly resourceType: string;
  /** What the schema is now, where that is not what this process knows. */
  readonly changed: SchemaDeclaration | null;
}

const RELEASE = prepared(`
  delete from unique_values using unnest($3::text[], $4::bytea[]) as gone (attribute, value_hash)
  where unique_values.directory_id = $1 and unique_values.resource_id = $2
    and unique_values.attribute = gone.attribute and unique_values.value_hash = gone.value_hash`);

// In one order, so that two writers of the same values wait for each other instead of locking each other out.
const CLAIM = prepared(`
  insert into unique_values (directory_id, resource_id, attribute, value_hash)
  select $1, $2, taken.attribute, taken.value_hash
  from unnest($3::text[], $4::bytea[]) as taken (attribute, value_hash) order by 3, 4`);

/**
 * Keeps what the values of registered extensions need beside the row: the schema still stands, and no
 * other resource has a value that is unique. Both belong to the transaction that writes the row.
 *
 * @param before the attributes as they were; empty for a new resource
 * @param after the attributes as they will be; empty for one that ends
 * @throws DomainError UNKNOWN_SCHEMA for a schema that was removed or changed just now. ALREADY_EXISTS comes at commit.
 */
export async function keepExtensions(
  tx: Transaction,
  resource: ResourceSchema,
  id: string,
  before: Attributes,
  after: Attributes,
): Promise<void> {
  const own = tx.schema.revisions.has(resource.core.urn) ? [resource.core.urn] : [];
  const changed = changedExtensions(tx.schema, resource, before, after);
  if (own.length + changed.length === 0) return;
  // A resource of a directory's own type stands and falls with the schema it is made of, whatever of it changes.
  const written = [...own, ...changed.filter((urn) => after[urn] !== undefined)];
  if (written.length > 0) await holdSchemas(tx, resource, written);
  const had = uniqueKeys(resource, before, own.length > 0);
  const has = uniqueKeys(resource, after, own.length > 0);
  send(tx, RELEASE, id, had, has);
  send(tx, CLAIM, id, has, had);
}

/**
 * The registered extensions whose values a write changes.
 *
 * @throws DomainError UNKNOWN_SCHEMA for values that are changed and belong to no schema any more
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
 * Whether a resource has values of extensions that this process does not know: another one has registered them within the
 * second for which this one remembers the schemas. Written by those, the values would no longer be found without regard to
 * case (`foldAttributes`).
 */
export function holdsUnknown({ extensions }: ResourceSchema, attributes: Attributes): boolean {
  return Object.entries(attributes).some(([key, value]) => {
    if (!key.startsWith('urn:') || !isJsonObject(value)) return false;
    const known = extensions.find(({ urn }) => urn === key)?.attributes;
    return Object.keys(value).some((name) => !findAttribute(known, name));
  });
}

/** The request was read with the schemas of a moment ago: one that it brings values of may have been removed since. */
function refuseUnknown({ extensions }: ResourceSchema, before: Attributes, after: Attributes): void {
  for (const key of Object.keys(after)) {
    if (!key.startsWith('urn:') || extensions.some(({ urn }) => urn === key)) continue;
    if (!jsonEquals(before[key], after[key])) throw justRemoved(key);
  }
}

function justRemoved(urn: string): DomainError {
  return new DomainError('UNKNOWN_SCHEMA', `The schema ${urn} has just been removed or changed`, urn);
}

/**
 * Another process may have changed a schema within the second for which this one remembers it. Where it only gained
 * something, the values stay what they are.
 */
async function holdSchemas(tx: Transaction, resource: ResourceSchema, urns: readonly string[]): Promise<void> {
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

/** Sends the statement for the keys that are in the one list and not in the other, if there are any. */
function send(
  tx: Transaction,
  statement: typeof CLAIM,
  id: string,
  keys: ReadonlyMap<string, UniqueKey>,
  others: ReadonlyMap<string, UniqueKey>,
): void {
  const single = [...keys].filter(([key]) => !others.has(key)).map(([, key]) => key);
  if (single.length === 0) return;
  const [attributes, hashes] = [single.map(({ attribute }) => attribute), single.map(({ hash }) => hash)];
  tx.send(statement, [tx.directoryId, id, attributes, hashes]);
}

interface UniqueKey {
  readonly attribute: string;
  readonly hash: Buffer;
}

/** The values that no other resource of the directory may have, in the form in which they are compared. */
function uniqueKeys(
  resource: ResourceSchema,
  attributes: Attributes,
  ownsCore: boolean,
): ReadonlyMap<string, UniqueKey> {
  const keys = new Map<string, UniqueKey>();
  const declared = resource.extensions.filter((extension) => hasUnique(extension.attributes));
  // The unique attributes of the RFC's own schemas have columns and constraints of their own.
  const ofCore = ownsCore && hasUnique(resource.core.attributes);
  if (declared.length === 0 && !ofCore) return keys;
  const folded = foldAttributes(resource, attributes);
  if (ofCore) addKeys(keys, resource.core.urn, ':', resource.core.attributes, folded);
  for (const { urn, attributes: declarations } of declared) addKeys(keys, urn, ':', declarations, folded[urn]);
  return keys;
}

function hasUnique(declarations: readonly AttributeDeclaration[]): boolean {
  return declarations.some(({ uniqueness, subAttributes }) => uniqueness !== 'none' || hasUnique(subAttributes ?? []));
}

function addKeys(
  keys: Map<string, UniqueKey>,
  parent: string,
  separator: ':' | '.',
  declarations: readonly AttributeDeclaration[],
  values: JsonValue | undefined,
): void {
  if (!isJsonObject(values)) return;
  for (const { name, uniqueness, subAttributes } of declarations) {
    const value = values[name];
    const attribute = `${parent}${separator}${name}`;
    const elements = Array.isArray(value) ? (value as readonly JsonValue[]) : value === undefined ? [] : [value];
    for (const element of elements) {
      if (subAttributes) addKeys(keys, attribute, '.', subAttributes, element);
      else if (uniqueness !== 'none') {
        const hash = createHash('sha256').update(JSON.stringify(element)).digest();
        keys.set(`${attribute} ${hash.toString('base64')}`, { attribute, hash });
      }
    }
  }
}
