import { isJsonObject, type JsonObject, type JsonValue } from '../../domain/json.js';
import { findSchema, type ResourceSchema } from '../../domain/schema/resource-schema.js';
import { findDeclaredPath } from '../filter/attribute-path.js';

/** Attributes that are in every representation, whatever was asked for (RFC 7643 §7, `returned: always`). */
const ALWAYS = new Set(['schemas', 'id']);

/** Names of one level of a representation: a name alone means all of it, with names below just those. */
type Selection = ReadonlyMap<string, Selection | undefined>;

/** Which attributes a response shows, from `attributes` and `excludedAttributes` of the request (RFC 7644 §3.9). */
export interface Projection {
  /** Whether a top-level attribute is shown at all, so that nothing is read which is not. */
  shows(name: string): boolean;
  /** Cuts a full representation down to what was asked for. */
  apply(resource: JsonObject): JsonObject;
}

const EVERYTHING: Projection = { shows: () => true, apply: (resource) => resource };

/**
 * Reads the two query parameters. Names are resolved as in filters (URNs, case, sub-attributes); undeclared ones select
 * nothing and exclude nothing. When both are given, `attributes` decides first and `excludedAttributes` takes away.
 */
export function parseProjection(query: URLSearchParams, type: ResourceSchema): Projection {
  const included = parseNames(query.get('attributes'), type);
  const excluded = parseNames(query.get('excludedAttributes'), type);
  if (!included && !excluded) return EVERYTHING;
  return {
    shows(name) {
      if (ALWAYS.has(name)) return true;
      return (!included || included.has(name)) && !(excluded?.has(name) && excluded.get(name) === undefined);
    },
    apply(resource) {
      const chosen = included ? select(resource, included) : resource;
      return excluded ? exclude(chosen, excluded) : chosen;
    },
  };
}

function parseNames(text: string | null, type: ResourceSchema): Selection | undefined {
  if (text === null) return undefined;
  const names = text.split(',').map((name) => name.trim());
  if (names.every((name) => name === '')) return undefined;
  const selection = new Map<string, Selection | undefined>();
  for (const name of names) addName(selection, toKeys(name, type));
  return selection;
}

/** The keys that lead to an attribute in a representation; empty for one that is not declared. */
function toKeys(name: string, type: ResourceSchema): string[] {
  // A value path such as `emails[type eq "work"].value` names the attribute; all its elements are shown.
  const plain = name.replace(/\[[^\]]*\]/, '');
  const schema = findSchema(type, plain);
  if (schema) return schema === type.core ? [] : [schema.urn];
  const path = findDeclaredPath(plain, type);
  if (!path) return [];
  const extension = path.urn === type.core.urn ? [] : [path.urn];
  return [...extension, path.attribute.name, ...(path.subAttribute ? [path.subAttribute.name] : [])];
}

function addName(selection: Map<string, Selection | undefined>, keys: readonly string[]): void {
  const [key, ...rest] = keys;
  if (key === undefined) return;
  if (rest.length === 0 || (selection.has(key) && selection.get(key) === undefined)) {
    selection.set(key, undefined);
    return;
  }
  const below = new Map(selection.get(key));
  addName(below, rest);
  selection.set(key, below);
}

function select(resource: JsonObject, selection: Selection, top = true): JsonObject {
  const entries = Object.entries(resource).flatMap(([key, value]): Array<[string, JsonValue]> => {
    if (top && ALWAYS.has(key)) return [[key, value]];
    if (!selection.has(key)) return [];
    const below = selection.get(key);
    const chosen = below ? mapObjects(value, (object) => select(object, below, false)) : value;
    return isEmpty(chosen) ? [] : [[key, chosen]];
  });
  return Object.fromEntries(entries);
}

function exclude(resource: JsonObject, selection: Selection, top = true): JsonObject {
  const entries = Object.entries(resource).flatMap(([key, value]): Array<[string, JsonValue]> => {
    if ((top && ALWAYS.has(key)) || !selection.has(key)) return [[key, value]];
    const below = selection.get(key);
    const rest = below ? mapObjects(value, (object) => exclude(object, below, false)) : undefined;
    return rest === undefined || isEmpty(rest) ? [] : [[key, rest]];
  });
  return Object.fromEntries(entries);
}

function mapObjects(value: JsonValue, map: (object: JsonObject) => JsonObject): JsonValue {
  if (isJsonObject(value)) return map(value);
  return Array.isArray(value)
    ? (value as readonly JsonValue[]).map((element) => mapObjects(element, map)).filter((element) => !isEmpty(element))
    : value;
}

function isEmpty(value: JsonValue): boolean {
  return isJsonObject(value) ? Object.keys(value).length === 0 : Array.isArray(value) && value.length === 0;
}
