import { isObject, toList, toText, type Json, type JsonObject } from './json.js';

export const USER_URN = 'urn:ietf:params:scim:schemas:core:2.0:User';
export const GROUP_URN = 'urn:ietf:params:scim:schemas:core:2.0:Group';
export const ENTERPRISE_URN = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
export const MANAGER_PATH = `${ENTERPRISE_URN}:manager`;

/** The target of a mapping row, taken apart. */
export interface AttributePath {
  /** The extension's URN; undefined for the core schema. */
  readonly urn?: string | undefined;
  readonly attribute: string;
  /** What tells the element from others, where the path filters: `type eq "work"`, or `primary eq "True"`. */
  readonly where?: { readonly name: string; readonly text: string } | undefined;
  readonly subAttribute?: string | undefined;
}

const NAME = String.raw`[A-Za-z$][\w$-]*`;
const PATH = new RegExp(
  String.raw`^(?:(?<urn>urn:[\w.:-]+):)?(?<attribute>${NAME})(?:\[(?<name>${NAME}) eq "(?<text>[^"\\]*)"\])?(?:\.(?<sub>${NAME}))?$`,
  'i',
);

/**
 * Takes a mapping's target apart: `userName`, `name.givenName`, `emails[type eq "work"].value`,
 * `roles[primary eq "True"].value`, `urn:…:User:department`.
 *
 * @returns undefined for what Entra's mapping editor would not take
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
  if (!path) throw new TypeError(`${text} is no attribute path`);
  return path;
}

/** The key of an object by its name in any case (RFC 7643 §2.1: attribute names are case-insensitive). */
function keyOf(object: JsonObject, name: string): string {
  if (name in object) return name;
  return Object.keys(object).find((key) => key.toLowerCase() === name.toLowerCase()) ?? name;
}

/** The value that a resource has at a mapping's path, undefined when it has none. */
export function valueAt(resource: Json | undefined, text: string): Json | undefined {
  const { urn, attribute, where, subAttribute } = getAttributePath(text);
  const child = (parent: Json | undefined, name: string) =>
    isObject(parent) ? parent[keyOf(parent, name)] : undefined;
  const found = child(urn === undefined ? resource : child(resource, urn), attribute);
  const element = where ? toList(found).find((one) => isElement(one, where)) : found;
  return subAttribute === undefined ? element : child(element, subAttribute);
}

/** The elements of a list that a path's filter names; all of them where it has no filter. */
export function elementsAt(resource: Json | undefined, text: string): readonly Json[] {
  const { urn, attribute, where } = getAttributePath(text);
  const home = urn === undefined || !isObject(resource) ? resource : resource[keyOf(resource, urn)];
  const all = toList(isObject(home) ? home[keyOf(home, attribute)] : undefined);
  return where ? all.filter((one) => isElement(one, where)) : all;
}

/** `primary eq "True"` means the boolean: Entra's mappings have only text between quotes. */
function isElement(element: Json, { name, text }: NonNullable<AttributePath['where']>): boolean {
  if (!isObject(element)) return false;
  const value = element[keyOf(element, name)];
  return toText(value).toLowerCase() === text.toLowerCase();
}

/** A body that is being put together. */
export type Draft = Record<string, Json | undefined>;

/** Puts a value where the body of a POST has it: filtered paths become elements, URNs their own objects. */
export function assignValue(body: Draft, text: string, value: Json): void {
  const { urn, attribute, where, subAttribute } = getAttributePath(text);
  const home = urn === undefined ? body : childOf(body, urn);
  if (!where) {
    if (subAttribute === undefined) home[attribute] = value;
    else childOf(home, attribute)[subAttribute] = value;
    return;
  }
  const elements = [...toList(home[attribute])] as Draft[];
  home[attribute] = elements;
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

/** The documented bodies mark the first e-mail address as the primary one. */
function toElement({ name, text }: NonNullable<AttributePath['where']>, isFirstAddress: boolean): Draft {
  const value = name === 'primary' ? text.toLowerCase() === 'true' : text;
  return isFirstAddress ? { primary: true, [name]: value } : { [name]: value };
}
