import { DomainError } from '../../domain/kernel/errors.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../../domain/kernel/json.js';
import type { AttributePath, SchemaDeclaration } from '../../domain/schema/attribute.js';
import type { AttributeOperation } from '../../domain/attributes/attribute-operation.js';
import { ENTERPRISE_URN } from '../../domain/schema/enterprise-user.js';
import { findAttributePath, type ResourceSchema } from '../../domain/schema/resource-schema.js';

/** Maps each field of an input to its attribute. */
export type InputFields = Readonly<Record<string, AttributePath>>;

/** The given attribute fields of an input, as JSON. Inputs are instances in which absent fields are undefined. */
function given(input: object, fields: InputFields): Array<[AttributePath, JsonValue]> {
  return Object.entries(fields).flatMap(([field, path]): Array<[AttributePath, JsonValue]> => {
    const value = (input as Readonly<Record<string, unknown>>)[field];
    return value === undefined ? [] : [[path, toJson(value)]];
  });
}

function toJson(value: unknown): JsonValue {
  if (Array.isArray(value)) return value.map(toJson);
  if (typeof value !== 'object' || value === null) return value as JsonValue;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) => (inner === undefined ? [] : [[key, toJson(inner)]])),
  );
}

/**
 * Converts an input to the attributes of a new object in the form of SCIM, for `parseAttributes`.
 *
 * @throws DomainError UNKNOWN_SCHEMA or INVALID_VALUE for invalid `extensions`
 */
export function toAttributeTree(resource: ResourceSchema, input: object, fields: InputFields): JsonObject {
  const core: Record<string, JsonValue> = {};
  const extensions: Record<string, Record<string, JsonValue>> = {};
  for (const [{ urn, attribute, subAttribute }, value] of given(input, fields)) {
    const target = urn === resource.core.urn ? core : (extensions[urn] ??= {});
    target[attribute.name] = subAttribute && value !== null ? { [subAttribute.name]: value } : value;
  }
  for (const [urn, values] of givenExtensions(resource, input)) {
    for (const name of Object.keys(values ?? {})) extensionPath(resource, urn, name);
    extensions[urn] = { ...values };
  }
  return { ...core, ...extensions };
}

/**
 * The changes of an object: an absent field keeps, null clears, and a list replaces. The same holds for the
 * sub-attributes of a single complex attribute, so an empty object changes nothing.
 *
 * @throws DomainError UNKNOWN_SCHEMA or INVALID_VALUE for invalid `extensions`
 */
export function toOperations(resource: ResourceSchema, input: object, fields: InputFields): AttributeOperation[] {
  const changes = given(input, fields);
  for (const [urn, values] of givenExtensions(resource, input)) {
    for (const [name, value] of Object.entries(values ?? cleared(resource, urn))) {
      changes.push([extensionPath(resource, urn, name), value]);
    }
  }
  return changes.filter((change) => !isEmptyMerge(change)).map(([path, value]) => toOperation(path, value));
}

/** An operation with an empty object would clear the attribute, as SCIM does (RFC 7643 §2.5). */
function isEmptyMerge([{ attribute, subAttribute }, value]: [AttributePath, JsonValue]): boolean {
  const isMerged = attribute.type === 'complex' && !attribute.multiValued && !subAttribute;
  return isMerged && isJsonObject(value) && Object.keys(value).length === 0;
}

/** Refuses undeclared names, so that a misspelt one is not silently ignored. */
function extensionPath(resource: ResourceSchema, urn: string, name: string): AttributePath {
  const path = findAttributePath(resource, urn, name);
  if (!path) throw new DomainError('INVALID_VALUE', `The schema ${urn} has no attribute ${name}`, urn);
  return path;
}

function toOperation({ subAttribute, ...path }: AttributePath, value: JsonValue): AttributeOperation {
  // `active` has no empty value: as a replacement, null is refused with INVALID_VALUE instead of removing it.
  if (value === null && path.attribute.type !== 'boolean') return { op: 'remove', path };
  return { op: 'replace', path, value: subAttribute ? { [subAttribute.name]: value } : value };
}

function cleared(resource: ResourceSchema, urn: string): JsonObject {
  const schema = resource.extensions.find((extension) => extension.urn === urn);
  const writable = (schema?.attributes ?? []).filter(({ mutability }) => mutability !== 'readOnly');
  return Object.fromEntries(writable.map(({ name }) => [name, null]));
}

/** The extensions of an input by their declared URN; null clears all of one, and in the place of the object all of them. */
function givenExtensions(resource: ResourceSchema, input: object): Array<[string, JsonObject | null]> {
  const { extensions: given = {} } = input as { extensions?: unknown };
  if (given === null) return resource.extensions.filter(isRegistered).map(({ urn }) => [urn, null]);
  const extensions = toJson(given);
  if (!isJsonObject(extensions)) {
    throw new DomainError(
      'INVALID_VALUE',
      'extensions must be an object with schema URNs as keys, or null',
      'extensions',
    );
  }
  return Object.entries(extensions).map(([key, values]) => {
    const schema = resource.extensions.find(({ urn }) => urn.toLowerCase() === key.toLowerCase());
    if (!schema) {
      throw new DomainError('UNKNOWN_SCHEMA', `The schema ${key} is not registered for ${resource.name}`, 'extensions');
    }
    if (!isRegistered(schema)) {
      const message = `extensions must not contain ${ENTERPRISE_URN}: its attributes are fields of the input itself`;
      throw new DomainError('INVALID_VALUE', message, 'extensions');
    }
    if (values !== null && !isJsonObject(values)) {
      throw new DomainError('INVALID_VALUE', `${schema.urn} must be an object or null`, schema.urn);
    }
    return [schema.urn, values];
  });
}

/** The attributes of the enterprise extension are fields of the input itself. */
function isRegistered({ urn }: SchemaDeclaration): boolean {
  return urn !== ENTERPRISE_URN;
}
