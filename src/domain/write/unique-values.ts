import { createHash } from 'node:crypto';
import { isJsonObject, type JsonValue } from '../kernel/json.js';
import { prepared, type Statement } from '../sql/statement.js';
import type { Transaction } from './transaction.js';
import type { AttributeDeclaration } from '../schema/attribute.js';
import type { Attributes } from '../attributes/attributes.js';
import { foldAttributes } from '../attributes/fold-attributes.js';
import type { ResourceSchema } from '../schema/resource-schema.js';

const RELEASE = prepared(`
  delete from unique_values using unnest($3::text[], $4::bytea[]) as gone (attribute, value_hash)
  where unique_values.directory_id = $1 and unique_values.resource_id = $2
    and unique_values.attribute = gone.attribute and unique_values.value_hash = gone.value_hash`);

// Inserted in a fixed order, so that two transactions that claim the same values cannot deadlock.
const CLAIM = prepared(`
  insert into unique_values (directory_id, resource_id, attribute, value_hash)
  select $1, $2, taken.attribute, taken.value_hash
  from unnest($3::text[], $4::bytea[]) as taken (attribute, value_hash) order by 3, 4`);

/**
 * Releases the unique values that a write removes from a resource, and claims those that it adds. A value that another
 * resource has is reported as ALREADY_EXISTS at commit.
 *
 * @param before the previous attributes; empty for a new resource
 * @param after the new attributes; empty for a deleted resource
 * @param ownsCore whether the core schema is a registered one
 */
export function replaceUniqueValues(
  tx: Transaction,
  resource: ResourceSchema,
  id: string,
  before: Attributes,
  after: Attributes,
  ownsCore: boolean,
): void {
  const released = uniqueKeys(resource, before, ownsCore);
  const claimed = uniqueKeys(resource, after, ownsCore);
  send(tx, RELEASE, id, released, claimed);
  send(tx, CLAIM, id, claimed, released);
}

/** Sends the statement for the keys that are not among the others, if any. */
function send(
  tx: Transaction,
  statement: Statement,
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

/** Returns the values that must be unique in the directory, folded for comparison. */
function uniqueKeys(
  resource: ResourceSchema,
  attributes: Attributes,
  ownsCore: boolean,
): ReadonlyMap<string, UniqueKey> {
  const keys = new Map<string, UniqueKey>();
  const declared = resource.extensions.filter((extension) => hasUnique(extension.attributes));
  // Unique attributes of the RFC's schemas have dedicated columns and constraints.
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
