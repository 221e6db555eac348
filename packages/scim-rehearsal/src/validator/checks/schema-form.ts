import { isObject, toList, toText, type Json, type JsonObject } from '../../client/json.js';

/** The case-sensitive values of the characteristics of attributes (RFC 7643 §7). Absent ones have defaults. */
const CHARACTERISTICS: Readonly<Record<string, readonly string[]>> = {
  type: ['string', 'boolean', 'decimal', 'integer', 'dateTime', 'binary', 'reference', 'complex'],
  mutability: ['readOnly', 'readWrite', 'immutable', 'writeOnly'],
  returned: ['always', 'never', 'default', 'request'],
  uniqueness: ['none', 'server', 'global'],
};

/** Finds a formal fault of a published schema, in words. */
export function findSchemaFault(schema: JsonObject): string | undefined {
  const id = toText(schema['id']);
  const fault = findAttributeFault(schema['attributes'], '') ?? findNull(schema, '');
  return fault === undefined ? undefined : `${id}: ${fault}`;
}

function findAttributeFault(attributes: Json | undefined, prefix: string): string | undefined {
  for (const attribute of toList(attributes)) {
    if (!isObject(attribute)) return `${prefix || 'attributes'} contains something other than attributes`;
    const path = prefix + toText(attribute['name']);
    for (const [name, allowed] of Object.entries(CHARACTERISTICS)) {
      const value = attribute[name];
      const isKnown = value === undefined || value === null || (typeof value === 'string' && allowed.includes(value));
      if (!isKnown) return `${name} of ${path} is ${JSON.stringify(value)}, not one of ${allowed.join(', ')}`;
    }
    // The web tool rejects such an attribute as unknown: https://github.com/limosa-io/laravel-scim-server/issues/103
    const parts = attribute['subAttributes'];
    const isPlain = (attribute['type'] ?? 'string') !== 'complex';
    if (isPlain && toList(parts).length > 0) return `${path} has sub-attributes but is not complex`;
    const fault = findAttributeFault(parts, `${path}.`);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** Schema discovery in Entra requires that members without a value are omitted. */
function findNull(value: Json | undefined, path: string): string | undefined {
  if (value === null) return `${path} is null instead of omitted`;
  if (value === undefined || typeof value !== 'object') return undefined;
  for (const [key, one] of Object.entries(value) as ReadonlyArray<readonly [string, Json | undefined]>) {
    const name = isObject(one) && typeof one['name'] === 'string' ? one['name'] : key;
    const fault = findNull(one, path === '' ? name : `${path}.${name}`);
    if (fault !== undefined) return fault;
  }
  return undefined;
}
