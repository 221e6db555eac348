import { isJsonObject, type JsonObject, type JsonValue } from '../../../src/domain/kernel/json.js';
import type { AttributeDeclaration } from '../../../src/domain/schema/attribute.js';
import type { ResourceSchema } from '../../../src/domain/schema/resource-schema.js';

/*
 * A second implementation of `attributes` and `excludedAttributes` (RFC 7644 §3.9, RFC 7643 §7 "returned"): it splits the
 * resource into its simple values, decides for each whether it is returned, and rebuilds the resource.
 */

/** The keys of an attribute or sub-attribute, outermost first; those of an extension begin with its URN. */
export type Keys = readonly string[];

/** The two parameters as sets of keys; undefined if a parameter is absent. */
export interface Asked {
  readonly attributes: readonly Keys[] | undefined;
  readonly excludedAttributes: readonly Keys[] | undefined;
}

/** @param resource the full resource, without attributes that are never returned */
export function project(
  type: ResourceSchema,
  resource: JsonObject,
  { attributes, excludedAttributes }: Asked,
): JsonObject {
  const shows = (keys: Keys): boolean => {
    const { attribute, returned } = returnedOf(type, keys);
    if (returned === 'always') return true;
    if (attributes && !attributes.some((asked) => begins(keys, asked))) return false;
    // Naming an extension does not include its attributes that are returned on request.
    if (returned === 'request' && !attributes?.some((asked) => begins(asked, attribute))) return false;
    return !excludedAttributes?.some((excluded) => begins(keys, excluded));
  };
  return (keep(resource, [], shows) ?? {}) as JsonObject;
}

function begins(keys: Keys, start: Keys): boolean {
  return start.every((key, index) => keys[index] === key);
}

/** Returns the attribute of some keys, and when it is returned. */
function returnedOf(
  { core, extensions }: ResourceSchema,
  keys: Keys,
): { readonly attribute: Keys; readonly returned: AttributeDeclaration['returned'] } {
  const extension = extensions.find(({ urn }) => urn === keys[0]);
  const attribute = keys.slice(0, extension ? 2 : 1);
  const name = attribute.at(-1) ?? '';
  const declared = (extension ?? core).attributes.find((one) => one.name === name);
  const part = declared?.subAttributes?.find((one) => one.name === keys[attribute.length]);
  const isCommon = !extension && (name === 'schemas' || name === 'id');
  if (isCommon || part?.returned === 'always') return { attribute, returned: 'always' };
  return { attribute, returned: declared?.returned ?? 'default' };
}

/** Returns the values below some keys that are returned; undefined if there are none. Elements have the keys of their list. */
function keep(value: JsonValue, keys: Keys, shows: (keys: Keys) => boolean): JsonValue | undefined {
  if (Array.isArray(value)) {
    const kept = (value as readonly JsonValue[])
      .map((element) => keep(element, keys, shows))
      .filter((element) => element !== undefined);
    return kept.length > 0 ? kept : undefined;
  }
  if (!isJsonObject(value)) return shows(keys) ? value : undefined;
  const entries = Object.entries(value).flatMap(([key, one]): Array<[string, JsonValue]> => {
    const kept = keep(one, [...keys, key], shows);
    return kept === undefined ? [] : [[key, kept]];
  });
  return entries.length > 0 ? Object.fromEntries(entries) : undefined;
}
