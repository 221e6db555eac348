import { findKey, isJsonObject, type JsonObject, type JsonValue } from '../../domain/kernel/json.js';
import { findAttribute, type AttributeDeclaration, type SchemaDeclaration } from '../../domain/schema/attribute.js';
import { findSchema, type ResourceSchema } from '../../domain/schema/resource-schema.js';
import { findDeclaredPath, findSchemaOfPath, isUrn } from '../filter/attribute-path.js';

/*
 * Every tolerated deviation of Entra's provisioning client, normalised here and nowhere else: one function for each
 * oddity, with its proof. They look at declarations, never at one attribute's name, unless the oddity belongs to one.
 * Keys are whatever a client sent: they are read by `Object.entries` and written by `Object.fromEntries`, which makes
 * `__proto__` a key like any other.
 */

/**
 * The default dialect writes `Add`, `Replace`, `Remove`; with the flag `aadOptscim062020` the names are in lower case.
 * https://github.com/ssoready/ssoready/pull/159
 */
export function normalizeOp(op: string): string {
  return op.toLowerCase();
}

/**
 * Whether a `replace` comes from Entra's default dialect. That one expects `emails[type eq "work"].value` to create the
 * element when there is none, where RFC 7644 §3.5.2.3 asks for `noTarget`.
 * https://github.com/Captain-P-Goldfish/scim-for-keycloak/issues/73
 */
export function isDefaultDialectReplace(op: string): boolean {
  return op === 'Replace';
}

/**
 * One of Microsoft's samples has the enterprise URN without its last colon (`…:enterprise:2.0User`), as a key of the
 * body. It is put right wherever it begins a key or a path.
 */
export function normalizeUrn(text: string, resource: ResourceSchema): string {
  if (!isUrn(text) || findSchema(resource, text) || findSchemaOfPath(text, resource)) return text;
  for (const { urn } of resource.extensions) {
    const damaged = urn.slice(0, urn.lastIndexOf(':')) + urn.slice(urn.lastIndexOf(':') + 1);
    const prefix = text.slice(0, damaged.length).toLowerCase();
    const rest = text.slice(damaged.length);
    if (prefix === damaged.toLowerCase() && (rest === '' || rest.startsWith(':'))) return urn + rest;
  }
  return text;
}

/**
 * Whether a key or path is the password, which Entra may map and which is accepted and discarded: Portico keeps none.
 * A password that a registered schema declares is an attribute like any other.
 */
export function isPassword(text: string, resource: ResourceSchema): boolean {
  const prefix = `${resource.core.urn}:`.toLowerCase();
  const lower = text.toLowerCase();
  const name = lower.startsWith(prefix) ? lower.slice(prefix.length) : lower;
  return resource.name === 'User' && name === 'password' && !findDeclaredPath(text, resource);
}

/**
 * Brings what Entra sends for one attribute to the form that RFC 7643 gives it. What is no known deviation stays as it
 * is, for the domain to accept or refuse.
 *
 * @param declaration an attribute or sub-attribute
 */
export function normalizeValue(declaration: AttributeDeclaration, value: JsonValue): JsonValue {
  if (!declaration.multiValued) return normalizeSingle(declaration, value);
  const list = singleObjectToList(value);
  return Array.isArray(list) ? (list as readonly JsonValue[]).map((one) => normalizeElement(declaration, one)) : list;
}

/** The same for one element of a multi-valued attribute, such as the target of `emails[type eq "work"]`. */
export function normalizeElement(declaration: AttributeDeclaration, value: JsonValue): JsonValue {
  if (declaration.type !== 'complex') return normalizeSingle(declaration, unwrapValue(value));
  return normalizeSingle(declaration, declaration.name === 'roles' ? normalizeRole(value) : value);
}

/**
 * The same for a sub-attribute at the end of a path: `manager.value` may come as `{ "value": "…" }`, as `manager` does.
 */
export function normalizeSubAttribute(declaration: AttributeDeclaration, value: JsonValue): JsonValue {
  const single = declaration.name === 'value' ? unwrapValue(listOfOneToElement(value)) : value;
  return normalizeValue(declaration, single);
}

/**
 * The default dialect removes members by `"path": "members", "value": [{"value": "u1", "$ref": null}]`. Just those go,
 * and a list that is empty or names nothing removes nothing; strict servers emptied whole groups.
 * https://github.com/Captain-P-Goldfish/SCIM-SDK/issues/149
 * https://github.com/MicrosoftDocs/azure-docs/issues/30826
 *
 * @returns the elements to remove, possibly none
 */
export function normalizeRemoval(declaration: AttributeDeclaration, value: JsonValue): readonly JsonValue[] {
  const list = normalizeValue(declaration, value);
  if (!Array.isArray(list)) return [];
  return (list as readonly JsonValue[]).filter((element) =>
    declaration.type === 'complex'
      ? isJsonObject(element) && !isBlank(findKey(element, 'value'), element)
      : !isBlank(element),
  );
}

/** A complex element that has the key `value` without anything in it names nothing. */
function isBlank(value: JsonValue | undefined, element?: JsonObject): boolean {
  if (value === undefined) return element === undefined || Object.keys(element).length === 0;
  return value === null || value === '';
}

function normalizeSingle(declaration: AttributeDeclaration, value: JsonValue): JsonValue {
  if (declaration.type === 'boolean') return booleanFromText(value);
  if (declaration.type === 'integer' || declaration.type === 'decimal') return numberFromText(value);
  if (declaration.type !== 'complex') return value;
  const object = wrapBareString(declaration, declaration.multiValued ? value : listOfOneToElement(value));
  return isJsonObject(object) ? normalizeSubAttributes(declaration, object) : object;
}

/** What needs no change is not made anew: members come by the thousand. */
function normalizeSubAttributes({ subAttributes }: AttributeDeclaration, object: JsonObject): JsonObject {
  const entries = Object.entries(object);
  const normalized = entries.map(([key, value]): Entry => {
    const subAttribute = findAttribute(subAttributes, key);
    return [key, subAttribute ? normalizeValue(subAttribute, value) : value];
  });
  return normalized.every(([, value], index) => value === entries[index]?.[1])
    ? object
    : Object.fromEntries(normalized);
}

/**
 * The default dialect sends `"False"` for `active`, and text for `primary` too; lower-casing helps nobody for long.
 * https://github.com/ssoready/ssoready/issues/155
 * https://github.com/bytebase/bytebase/pull/19073
 */
function booleanFromText(value: JsonValue): JsonValue {
  if (typeof value !== 'string') return value;
  const text = value.toLowerCase();
  return text === 'true' ? true : text === 'false' ? false : value;
}

/**
 * Directory attributes are text, and so are the numbers that Entra sends for them: `"5"` for an integer of an extension.
 * Of text that no JSON number looks like, such as `"0x5"`, nothing is made.
 * https://learn.microsoft.com/en-us/entra/identity/app-provisioning/customize-application-attributes
 */
function numberFromText(value: JsonValue): JsonValue {
  return typeof value === 'string' && /^-?\d{1,15}(\.\d{1,15})?$/.test(value) ? Number(value) : value;
}

/**
 * `manager` comes as the bare id, in POST and in PATCH, and so do members of a group from other clients.
 * https://github.com/apache/directory-scimple/issues/1242
 * https://github.com/Captain-P-Goldfish/SCIM-SDK/issues/686
 */
function wrapBareString(declaration: AttributeDeclaration, value: JsonValue): JsonValue {
  const hasValue = findAttribute(declaration.subAttributes, 'value') !== undefined;
  return typeof value === 'string' && value !== '' && hasValue ? { value } : value;
}

/** Microsoft's sample adds `manager` as an array of one `{ "$ref", "value" }`; an empty array is no manager. */
function listOfOneToElement(value: JsonValue): JsonValue {
  if (!Array.isArray(value) || value.length > 1) return value;
  return (value as readonly JsonValue[])[0] ?? null;
}

/** `{"value": "u1"}` or `"u1"` where a list is expected. `null` and `""` clear, and stay. */
function singleObjectToList(value: JsonValue): JsonValue {
  return Array.isArray(value) || value === null || value === '' ? value : [value];
}

/**
 * A multi-valued custom attribute is a list of strings, but arrives as `[{"value": "…"}]`.
 * https://learn.microsoft.com/en-us/answers/questions/1693075/why-is-entra-id-sending-add-operations-instead-of
 */
function unwrapValue(value: JsonValue): JsonValue {
  if (!isJsonObject(value)) return value;
  const inner = findKey(value, 'value');
  return inner === undefined || isJsonObject(inner) ? value : inner;
}

/** An app role in each of the forms of Entra's three role expressions. */
function normalizeRole(element: JsonValue): JsonValue {
  return renameDisplayName(roleFromJsonText(element));
}

/**
 * `SingleAppRoleAssignment` patches `roles` with `[{"value": "{\"id\":…,\"value\":…,\"displayName\":…}"}]`: JSON text
 * inside a string. Its `value` and `displayName` are kept, the id of the app role is not an attribute.
 * https://github.com/MicrosoftDocs/azure-docs/issues/50772
 */
function roleFromJsonText(element: JsonValue): JsonValue {
  const outer = typeof element === 'string' ? { value: element } : element;
  if (!isJsonObject(outer)) return element;
  const role = parseObject(findKey(outer, 'value'));
  if (!role) return element;
  const kept = Object.entries(outer).filter(([key]) => key.toLowerCase() !== 'value');
  const found = ['value', 'displayName'].flatMap((key) => {
    const text = role[key];
    return typeof text === 'string' ? [[key, text] as const] : [];
  });
  return Object.fromEntries([...kept, ...found]);
}

function parseObject(text: JsonValue | undefined): JsonObject | undefined {
  if (typeof text !== 'string' || !text.trimStart().startsWith('{')) return undefined;
  try {
    // JSON.parse returns JSON; from text that begins with a brace, an object.
    return JSON.parse(text) as JsonObject;
  } catch (error) {
    // The name of a role may begin with a brace without being JSON: then it is just a name.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Roles may carry `displayName`, which RFC 7643 calls `display`. Entra's documentation shows both. */
function renameDisplayName(role: JsonValue): JsonValue {
  if (!isJsonObject(role) || findKey(role, 'display') !== undefined) return role;
  return Object.fromEntries(
    Object.entries(role).map(([key, value]) => [key.toLowerCase() === 'displayname' ? 'display' : key, value]),
  );
}

type Entry = [key: string, value: JsonValue];

/**
 * Brings the body of a POST or PUT to the form of RFC 7643; `parseAttributes` of the domain then judges it.
 *
 * - `schemas`, `id`, `meta` and `password` are left out: the list of URNs names enterprise without values, omits custom
 *   extensions that have some, and holds an unknown ADSCIM Group URN and a damaged one; the rest is not the client's.
 * - Attributes of an extension at the top level (`manager`, `department: null` in Microsoft's sample) go where they
 *   are declared; `null` there says nothing.
 * - URN-qualified keys are put into their extension.
 */
export function normalizeResource(body: JsonObject, resource: ResourceSchema): JsonObject {
  const core: Entry[] = [];
  const strays: Stray[] = [];
  const extensions = new Map<string, Entry[]>();
  for (const [sent, value] of Object.entries(body)) {
    const key = normalizeUrn(sent, resource);
    const schema = findSchema(resource, key);
    if (isNotTheClients(key) || isPassword(key, resource)) continue;
    if (schema && isJsonObject(value)) {
      const entries = normalizeEntries(schema, value);
      if (schema === resource.core) core.push(...entries);
      else extensions.set(schema.urn, [...(extensions.get(schema.urn) ?? []), ...entries]);
      continue;
    }
    const stray = findStray(key, value, resource);
    if (stray) strays.push(stray);
    else core.push(...normalizeEntries(resource.core, { [key]: value }));
  }
  for (const { urn, name, value } of strays) {
    if (value === null) continue;
    const entries = extensions.get(urn) ?? [];
    // What stands in the extension itself wins over what strayed out of it.
    if (!entries.some(([key]) => key.toLowerCase() === name.toLowerCase())) {
      extensions.set(urn, [...entries, [name, value]]);
    }
  }
  const blocks = [...extensions].map(([urn, entries]): Entry => [urn, Object.fromEntries(entries)]);
  return Object.fromEntries([...core, ...blocks]);
}

function isNotTheClients(key: string): boolean {
  return ['schemas', 'id', 'meta'].includes(key.toLowerCase());
}

function normalizeEntries(schema: SchemaDeclaration, values: JsonObject): Entry[] {
  return Object.entries(values).map(([key, value]) => {
    const declaration = findAttribute(schema.attributes, key);
    return [key, declaration ? normalizeValue(declaration, value) : value];
  });
}

/** An attribute of an extension that does not stand in the extension's own object. */
interface Stray {
  readonly urn: string;
  readonly name: string;
  readonly value: JsonValue;
}

function findStray(key: string, value: JsonValue, resource: ResourceSchema): Stray | undefined {
  const path = findDeclaredPath(key, resource);
  if (!path || path.urn === resource.core.urn || path.subAttribute) return undefined;
  return { urn: path.urn, name: path.attribute.name, value: normalizeValue(path.attribute, value) };
}
