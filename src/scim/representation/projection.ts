import { isJsonObject, type JsonObject, type JsonValue } from '../../domain/kernel/json.js';
import type { AttributeDeclaration } from '../../domain/schema/attribute.js';
import { findSchema, type ResourceSchema } from '../../domain/schema/resource-schema.js';
import { findDeclaredPath } from '../filter/attribute-path.js';

/** Attributes that every representation contains (RFC 7643 §7, `returned: always`). */
const ALWAYS = new Set(['schemas', 'id']);

/** The selected names of one level. Undefined selects the whole attribute, a nested selection only parts of it. */
type Selection = ReadonlyMap<string, Selection | undefined>;

/** The attributes to return, according to `attributes` and `excludedAttributes` (RFC 7644 §3.9). */
export interface Projection {
  /** Whether any part of a top-level attribute is returned; others need not be read. */
  shows(name: string): boolean;
  /** Reduces a full representation to the selected attributes. */
  apply(resource: JsonObject): JsonObject;
}

/**
 * Parses the two query parameters. Names are resolved as in filters (URNs, case, sub-attributes); undeclared names are
 * ignored. If both are given, `excludedAttributes` applies to the result of `attributes`. The characteristic `returned`
 * of an attribute takes precedence over both.
 */
export function parseProjection(query: URLSearchParams, type: ResourceSchema): Projection {
  const asked = parseNames(query.get('attributes'), type);
  const unwanted = parseNames(query.get('excludedAttributes'), type);
  const { always, never, request } = returnedKeys(type);
  const hidden = toSelection([...never, ...request.filter((keys) => !asked?.some((one) => begins(one, keys)))]);
  const included = asked && toSelection([...asked, ...always]);
  const excluded = unwanted && toSelection(unwanted);
  const spared = toSelection(always);
  return {
    shows(name) {
      if (ALWAYS.has(name) || spared.has(name)) return true;
      return (!included || included.has(name)) && !(excluded?.has(name) && excluded.get(name) === undefined);
    },
    apply(resource) {
      const visible = hidden.size > 0 ? exclude(resource, hidden) : resource;
      const chosen = included ? select(visible, included) : visible;
      return excluded ? exclude(chosen, excluded, spared) : chosen;
    },
  };
}

/** The path of keys to an attribute in a representation, outermost first. */
type Keys = readonly string[];

type ReturnedKeys = Readonly<Record<'always' | 'never' | 'request', readonly Keys[]>>;

const returned = new WeakMap<ResourceSchema, ReturnedKeys>();

/** Collects the attributes of a type by their characteristic `returned`. */
function returnedKeys(type: ResourceSchema): ReturnedKeys {
  const known = returned.get(type);
  if (known) return known;
  const found: Record<AttributeDeclaration['returned'], Keys[]> = { always: [], never: [], default: [], request: [] };
  const collect = (declarations: readonly AttributeDeclaration[], parents: Keys): void => {
    for (const { name, returned: when, subAttributes = [] } of declarations) {
      found[when].push([...parents, name]);
      collect(subAttributes, [...parents, name]);
    }
  };
  collect(type.core.attributes, []);
  for (const { urn, attributes } of type.extensions) collect(attributes, [urn]);
  returned.set(type, found);
  return found;
}

function toSelection(keys: readonly Keys[]): Selection {
  const selection = new Map<string, Selection | undefined>();
  for (const one of keys) addName(selection, one);
  return selection;
}

/** Whether a path is equal to another one or inside of it. */
function begins(keys: Keys, start: Keys): boolean {
  return start.every((key, index) => keys[index] === key);
}

function parseNames(text: string | null, type: ResourceSchema): Keys[] | undefined {
  if (text === null) return undefined;
  const names = text.split(',').map((name) => name.trim());
  return names.every((name) => name === '') ? undefined : names.map((name) => toKeys(name, type));
}

/** Returns the path of an attribute; empty if it is not declared. */
function toKeys(name: string, type: ResourceSchema): Keys {
  // The filter of a value path such as `emails[type eq "work"].value` is ignored: all elements are returned.
  const plain = name.replace(/\[[^\]]*\]/, '');
  const schema = findSchema(type, plain);
  if (schema) return schema === type.core ? [] : [schema.urn];
  const path = findDeclaredPath(plain, type);
  if (!path) return [];
  const extension = path.urn === type.core.urn ? [] : [path.urn];
  return [...extension, path.attribute.name, ...(path.subAttribute ? [path.subAttribute.name] : [])];
}

function addName(selection: Map<string, Selection | undefined>, keys: Keys): void {
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

/**
 * Removes the selected attributes, except those in `spared`. An extension or complex attribute keeps only its spared
 * parts.
 */
function exclude(resource: JsonObject, selection: Selection, spared?: Selection, top = true): JsonObject {
  if (!holdsAny(resource, selection)) return resource;
  const entries = Object.entries(resource).flatMap(([key, value]): Array<[string, JsonValue]> => {
    if ((top && ALWAYS.has(key)) || !selection.has(key)) return [[key, value]];
    const below = selection.get(key);
    const sparedBelow = spared?.get(key);
    if (spared?.has(key) && !sparedBelow) return [[key, value]];
    const rest = below
      ? mapObjects(value, (object) => exclude(object, below, sparedBelow, false))
      : sparedBelow && mapObjects(value, (object) => select(object, sparedBelow, false));
    return rest === undefined || isEmpty(rest) ? [] : [[key, rest]];
  });
  return Object.fromEntries(entries);
}

function holdsAny(resource: JsonObject, selection: Selection): boolean {
  for (const key of selection.keys()) if (Object.hasOwn(resource, key)) return true;
  return false;
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
