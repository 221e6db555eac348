import { findKey, isJsonObject, type JsonObject, type JsonValue } from '../../domain/kernel/json.js';
import { findAttribute, type AttributeDeclaration, type SchemaDeclaration } from '../../domain/schema/attribute.js';
import { findSchema, type ResourceSchema } from '../../domain/schema/resource-schema.js';
import { findDeclaredPath, findSchemaOfPath, isUrn } from '../filter/attribute-path.js';

/*
 * All tolerated deviations of Entra's provisioning client are normalized here and nowhere else: one function for each,
 * with a link to its proof. The functions use declarations, not attribute names, unless a deviation concerns one
 * attribute. Keys come from clients: they are read with `Object.entries` and written with `Object.fromEntries`, so that
 * `__proto__` is a key like any other.
 */

/**
 * Converts `op` to lower case. The default dialect sends `Add`, `Replace` and `Remove`; with the flag
 * `aadOptscim062020` the names are in lower case.
 * https://github.com/ssoready/ssoready/pull/159
 */
export function normalizeOp(op: string): string {
  return op.toLowerCase();
}

/**
 * Whether a `replace` comes from Entra's default dialect, in which `emails[type eq "work"].value` creates a missing
 * element. RFC 7644 §3.5.2.3 requires `noTarget`.
 * https://github.com/Captain-P-Goldfish/scim-for-keycloak/issues/73
 */
export function isDefaultDialectReplace(op: string): boolean {
  return op === 'Replace';
}

/**
 * Restores the last colon of an extension's URN at the beginning of a key or path. One of Microsoft's samples has the
 * key `…:enterprise:2.0User`.
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
 * Whether a key or path is the core attribute `password`. Entra may map it, so it is accepted, but it is discarded and
 * never stored. An attribute `password` of a registered schema is stored like any other.
 */
export function isPassword(text: string, resource: ResourceSchema): boolean {
  const lower = text.toLowerCase();
  if (resource.name !== 'User' || !lower.endsWith('password')) return false;
  const prefix = lower.slice(0, -'password'.length);
  const urn = resource.core.urn.toLowerCase();
  return ['', `${urn}:`, `${urn}.`].includes(prefix) && !findDeclaredPath(text, resource);
}

/**
 * Converts the value of an attribute to the form that RFC 7643 defines. Values that are no known deviation are returned
 * unchanged, and the domain accepts or refuses them.
 *
 * @param declaration an attribute or sub-attribute
 */
export function normalizeValue(declaration: AttributeDeclaration, value: JsonValue): JsonValue {
  if (!declaration.multiValued) return normalizeSingle(declaration, value);
  const list = singleObjectToList(value);
  return Array.isArray(list) ? (list as readonly JsonValue[]).map((one) => normalizeElement(declaration, one)) : list;
}

/** Does the same for one element of a multi-valued attribute, such as the target of `emails[type eq "work"]`. */
export function normalizeElement(declaration: AttributeDeclaration, value: JsonValue): JsonValue {
  if (declaration.type !== 'complex') return normalizeSingle(declaration, unwrapValue(value));
  return normalizeSingle(declaration, declaration.name === 'roles' ? normalizeRole(value) : value);
}

/**
 * Does the same for a sub-attribute at the end of a path. `manager.value` may be `{ "value": "…" }`, as `manager` is.
 */
export function normalizeSubAttribute(declaration: AttributeDeclaration, value: JsonValue): JsonValue {
  const single = declaration.name === 'value' ? unwrapValue(listOfOneToElement(value)) : value;
  return normalizeValue(declaration, single);
}

/**
 * Returns the elements that a `remove` with a value lists. The default dialect removes members with
 * `"path": "members", "value": [{"value": "u1", "$ref": null}]`. Only those are removed, and none if the list is empty
 * or malformed; servers that follow RFC 7644 to the letter remove all members of the group.
 * https://github.com/Captain-P-Goldfish/SCIM-SDK/issues/149
 * https://github.com/MicrosoftDocs/azure-docs/issues/30826
 *
 * @returns the elements to remove; may be empty
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

/** Whether an element identifies nothing: it is empty, or its key `value` has no value. */
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

/** Returns the same object if nothing changes, because a request may contain thousands of members. */
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
 * Converts a string to a boolean. The default dialect sends `"False"` for `active`, and strings for `primary` too.
 * https://github.com/ssoready/ssoready/issues/155
 * https://github.com/bytebase/bytebase/pull/19073
 */
function booleanFromText(value: JsonValue): JsonValue {
  if (typeof value !== 'string') return value;
  const text = value.toLowerCase();
  return text === 'true' ? true : text === 'false' ? false : value;
}

/**
 * Converts a string to a number. Directory attributes of Entra are strings, so it sends `"5"` for an integer of an
 * extension. Strings that are no JSON number, such as `"0x5"`, are not converted.
 * https://learn.microsoft.com/en-us/entra/identity/app-provisioning/customize-application-attributes
 */
function numberFromText(value: JsonValue): JsonValue {
  return typeof value === 'string' && /^-?\d{1,15}(\.\d{1,15})?$/.test(value) ? Number(value) : value;
}

/**
 * Wraps a string as `{ value }`. Entra sends `manager` as a plain id in POST and PATCH, and other clients send members
 * so. Applications in Entra's gallery map `emails` (Visa Spend Clarity for Enterprise) and `roles` (Genesys Cloud,
 * monday.com) as one string. A string for a complex attribute without `value`, such as `addresses`, is returned
 * unchanged, and the domain refuses it.
 * https://github.com/apache/directory-scimple/issues/1242
 * https://github.com/Captain-P-Goldfish/SCIM-SDK/issues/686
 */
function wrapBareString(declaration: AttributeDeclaration, value: JsonValue): JsonValue {
  const hasValue = findAttribute(declaration.subAttributes, 'value') !== undefined;
  return typeof value === 'string' && value !== '' && hasValue ? { value } : value;
}

/**
 * Whether a URL ends with the endpoint and the id of a resource, under any base URL. Microsoft's sample has a `manager`
 * with both `value` and a `$ref` under another base URL (`http://…/scim/Users/{id}`); `value` decides then.
 * https://learn.microsoft.com/en-us/entra/identity/app-provisioning/use-scim-to-provision-users-and-groups
 */
export function isUrlOfId(url: string, endpoint: string, id: string): boolean {
  return `/${url}`.toLowerCase().endsWith(`${endpoint}/${id}`.toLowerCase());
}

/**
 * Unwraps an array of one element. Microsoft's sample adds `manager` as an array of one `{ "$ref", "value" }`. An empty
 * array means no manager.
 */
function listOfOneToElement(value: JsonValue): JsonValue {
  if (!Array.isArray(value) || value.length > 1) return value;
  return (value as readonly JsonValue[])[0] ?? null;
}

/**
 * Wraps a single object or string in an array, if an array is expected. `null` and `""` clear the attribute and stay.
 */
function singleObjectToList(value: JsonValue): JsonValue {
  return Array.isArray(value) || value === null || value === '' ? value : [value];
}

/**
 * Unwraps `{ value }`. Entra sends `[{"value": "…"}]` for a multi-valued custom attribute of strings.
 * https://learn.microsoft.com/en-us/answers/questions/1693075/why-is-entra-id-sending-add-operations-instead-of
 */
function unwrapValue(value: JsonValue): JsonValue {
  if (!isJsonObject(value)) return value;
  const inner = findKey(value, 'value');
  return inner === undefined || isJsonObject(inner) ? value : inner;
}

/** Normalizes an app role in the forms of Entra's three role expressions. */
function normalizeRole(element: JsonValue): JsonValue {
  return renameDisplayName(roleFromJsonText(element));
}

/**
 * Reads an app role from JSON inside a string: `SingleAppRoleAssignment` patches `roles` with
 * `[{"value": "{\"id\":…,\"value\":…,\"displayName\":…}"}]`. Its `value` and `displayName` are kept; the id of an app
 * role is not an attribute.
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
    // JSON that begins with a brace is an object.
    return JSON.parse(text) as JsonObject;
  } catch (error) {
    // The name of a role may begin with a brace without being JSON.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Renames `displayName` of a role to `display`, its name in RFC 7643. Entra's documentation has both. */
function renameDisplayName(role: JsonValue): JsonValue {
  if (!isJsonObject(role) || findKey(role, 'display') !== undefined) return role;
  return Object.fromEntries(
    Object.entries(role).map(([key, value]) => [key.toLowerCase() === 'displayname' ? 'display' : key, value]),
  );
}

type Entry = [key: string, value: JsonValue];

/**
 * Converts the body of a POST or PUT to the form of RFC 7643. `parseAttributes` of the domain validates the result.
 *
 * - `schemas`, `id`, `meta` and `password` are removed. Entra's `schemas` names the enterprise URN without values,
 * omits the URNs of custom extensions with values, and contains an unknown ADSCIM Group URN and a malformed one.
 * - Attributes of an extension at the top level (`manager`, `department: null` in Microsoft's sample) are moved to the
 *   extension that declares them; `null` is ignored there.
 * - Keys with a URN are moved to their extension.
 */
export function normalizeResource(body: JsonObject, resource: ResourceSchema): JsonObject {
  const core: Entry[] = [];
  const strays: Stray[] = [];
  const extensions = new Map<string, Entry[]>();
  for (const [sent, value] of Object.entries(body)) {
    const key = normalizeUrn(sent, resource);
    const schema = findSchema(resource, key);
    if (isServerManaged(key) || isPassword(key, resource)) continue;
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
    // A value in the extension itself takes precedence over one outside of it.
    if (!entries.some(([key]) => key.toLowerCase() === name.toLowerCase())) {
      extensions.set(urn, [...entries, [name, value]]);
    }
  }
  const blocks = [...extensions].map(([urn, entries]): Entry => [urn, Object.fromEntries(entries)]);
  return Object.fromEntries([...core, ...blocks]);
}

function isServerManaged(key: string): boolean {
  return ['schemas', 'id', 'meta'].includes(key.toLowerCase());
}

function normalizeEntries(schema: SchemaDeclaration, values: JsonObject): Entry[] {
  return Object.entries(values).map(([key, value]) => {
    const declaration = findAttribute(schema.attributes, key);
    return [key, declaration ? normalizeValue(declaration, value) : value];
  });
}

/** An attribute of an extension that was sent outside of the object of the extension. */
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
