import { isObject, toList, toText, type Json, type JsonObject } from '../../client/json.js';

/** RFC 7643 §7: what a published attribute may say of itself, letter by letter. What it does not say has a default. */
const CHARACTERISTICS: Readonly<Record<string, readonly string[]>> = {
  type: ['string', 'boolean', 'decimal', 'integer', 'dateTime', 'binary', 'reference', 'complex'],
  mutability: ['readOnly', 'readWrite', 'immutable', 'writeOnly'],
  returned: ['always', 'never', 'default', 'request'],
  uniqueness: ['none', 'server', 'global'],
};

/** What is wrong with the form of a published schema, in words; undefined when nothing is. */
export function faultOfSchema(schema: JsonObject): string | undefined {
  const id = toText(schema['id']);
  const fault = faultOfAttributes(schema['attributes'], '') ?? faultOfNull(schema, '');
  return fault === undefined ? undefined : `${id}: ${fault}`;
}

function faultOfAttributes(attributes: Json | undefined, prefix: string): string | undefined {
  for (const attribute of toList(attributes)) {
    if (!isObject(attribute)) return `${prefix || 'attributes'} holds something else than attributes`;
    const path = prefix + toText(attribute['name']);
    for (const [name, allowed] of Object.entries(CHARACTERISTICS)) {
      const value = attribute[name];
      const isKnown = value === undefined || value === null || (typeof value === 'string' && allowed.includes(value));
      if (!isKnown) return `${name} of ${path} is ${JSON.stringify(value)}, which is none of ${allowed.join(', ')}`;
    }
    // The web tool refuses such an attribute as unknown: https://github.com/limosa-io/laravel-scim-server/issues/103
    const parts = attribute['subAttributes'];
    const isPlain = (attribute['type'] ?? 'string') !== 'complex';
    if (isPlain && toList(parts).length > 0) return `${path} has sub-attributes and is not complex`;
    const inside = faultOfAttributes(parts, `${path}.`);
    if (inside !== undefined) return inside;
  }
  return undefined;
}

/** Microsoft's rules for schema discovery: what has no value is left out. */
function faultOfNull(value: Json | undefined, path: string): string | undefined {
  if (value === null) return `${path} is null and not left out`;
  if (value === undefined || typeof value !== 'object') return undefined;
  for (const [key, one] of Object.entries(value) as ReadonlyArray<readonly [string, Json | undefined]>) {
    const name = isObject(one) && typeof one['name'] === 'string' ? one['name'] : key;
    const fault = faultOfNull(one, path === '' ? name : `${path}.${name}`);
    if (fault !== undefined) return fault;
  }
  return undefined;
}
