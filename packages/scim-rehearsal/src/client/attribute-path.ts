import { isObject, toList, toText, type Json, type JsonObject } from './json.js';

/** A parsed attribute path, such as the target of a mapping row. */
export interface AttributePath {
  /** The extension's URN; undefined for the core schema. */
  readonly urn?: string | undefined;
  readonly attribute: string;
  /** The filter of the path, which selects an element of a list: `type eq "work"` or `primary eq "True"`. */
  readonly where?: { readonly name: string; readonly text: string } | undefined;
  readonly subAttribute?: string | undefined;
}

const NAME = String.raw`[A-Za-z$][\w$-]*`;
const PATH = new RegExp(
  String.raw`^(?:(?<urn>urn:[\w.:-]+):)?(?<attribute>${NAME})(?:\[(?<name>${NAME}) eq "(?<text>[^"\\]*)"\])?(?:\.(?<sub>${NAME}))?$`,
  'i',
);

/**
 * Parses an attribute path: `userName`, `name.givenName`, `emails[type eq "work"].value`, `roles[primary eq "True"].value`,
 * `urn:…:User:department`.
 *
 * @returns undefined for a path that Entra's mapping editor does not accept
 */
export function parseAttributePath(text: string): AttributePath | undefined {
  const { urn, attribute, name, text: value, sub } = PATH.exec(text)?.groups ?? {};
  if (attribute === undefined) return undefined;
  return {
    attribute,
    urn,
    subAttribute: sub,
    where: name === undefined || value === undefined ? undefined : { name, text: value },
  };
}

function getAttributePath(text: string): AttributePath {
  const path = parseAttributePath(text);
  if (!path) throw new TypeError(`${text} is not an attribute path`);
  return path;
}

/** Finds the key of an attribute; attribute names are case-insensitive (RFC 7643 §2.1). */
function keyOf(object: JsonObject, name: string): string {
  if (name in object) return name;
  return Object.keys(object).find((key) => key.toLowerCase() === name.toLowerCase()) ?? name;
}

/** The value of a resource at a path; undefined when there is none. */
export function valueAt(resource: Json | undefined, text: string): Json | undefined {
  const { urn, attribute, where, subAttribute } = getAttributePath(text);
  const child = (parent: Json | undefined, name: string) =>
    isObject(parent) ? parent[keyOf(parent, name)] : undefined;
  const found = child(urn === undefined ? resource : child(resource, urn), attribute);
  const element = where ? toList(found).find((one) => isElement(one, where)) : found;
  return subAttribute === undefined ? element : child(element, subAttribute);
}

/** The elements of a list that the filter of a path selects; all of them if the path has no filter. */
export function elementsAt(resource: Json | undefined, text: string): readonly Json[] {
  const { urn, attribute, where } = getAttributePath(text);
  const parent = urn === undefined || !isObject(resource) ? resource : resource[keyOf(resource, urn)];
  const all = toList(isObject(parent) ? parent[keyOf(parent, attribute)] : undefined);
  return where ? all.filter((one) => isElement(one, where)) : all;
}

/** `primary eq "True"` selects by the boolean: the filters of Entra's mappings contain only quoted text. */
function isElement(element: Json, { name, text }: NonNullable<AttributePath['where']>): boolean {
  if (!isObject(element)) return false;
  const value = element[keyOf(element, name)];
  return toText(value).toLowerCase() === text.toLowerCase();
}

/** A request body under construction. */
export type Draft = Record<string, Json | undefined>;

/** Sets a value in the body of a POST: a filtered path becomes an element of a list, a URN an object of its own. */
export function assignValue(body: Draft, text: string, value: Json): void {
  const { urn, attribute, where, subAttribute } = getAttributePath(text);
  const parent = urn === undefined ? body : childOf(body, urn);
  if (!where) {
    if (subAttribute === undefined) parent[attribute] = value;
    else childOf(parent, attribute)[subAttribute] = value;
    return;
  }
  const elements = [...toList(parent[attribute])] as Draft[];
  parent[attribute] = elements;
  let element = elements.find((one) => isElement(one, where));
  if (!element) {
    element = toElement(where, attribute === 'emails' && elements.length === 0);
    elements.push(element);
  }
  element[subAttribute ?? 'value'] = value;
}

function childOf(parent: Draft, name: string): Draft {
  const present = parent[name];
  const child: Draft = isObject(present) ? { ...present } : {};
  parent[name] = child;
  return child;
}

/** Entra's documented requests mark the first email address as primary. */
function toElement({ name, text }: NonNullable<AttributePath['where']>, isFirstAddress: boolean): Draft {
  const value = name === 'primary' ? text.toLowerCase() === 'true' : text;
  return isFirstAddress ? { primary: true, [name]: value } : { [name]: value };
}
