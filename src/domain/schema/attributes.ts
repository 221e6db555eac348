import { DomainError } from '../errors.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../json.js';
import { findAttribute, type SchemaDeclaration } from './attribute.js';
import { parseValue } from './parse-value.js';
import { COMMON_ATTRIBUTES, findSchema, type ResourceSchema } from './resource-schema.js';

/**
 * The attributes of a resource in the shape of SCIM: core attributes by name, those of an extension in an object under
 * its URN, all in the declared spelling. Cleared attributes are absent; nothing in it is `null`, `""`, `[]` or `{}`.
 */
export type Attributes = JsonObject;

/**
 * Turns a whole resource that a client sent (POST, PUT, a GraphQL input) into attributes. Names match without regard to
 * case. Read-only attributes and undeclared bare names are ignored, as is an unregistered URN that carries no value.
 *
 * @throws DomainError INVALID_VALUE or TOO_MANY of `parseValue`, UNKNOWN_SCHEMA for values under an unregistered URN
 */
export function parseAttributes(resource: ResourceSchema, input: JsonObject): Attributes {
  const attributes: Record<string, JsonValue> = {};
  for (const [key, value] of Object.entries(input)) {
    if (key.toLowerCase().startsWith('urn:')) {
      const extension = parseExtension(resource, key, value);
      if (extension) Object.assign(attributes, mergeExtension(attributes, extension));
      continue;
    }
    const declaration = findAttribute(resource.core.attributes, key) ?? findAttribute(COMMON_ATTRIBUTES, key);
    if (!declaration || declaration.mutability === 'readOnly' || declaration.name === 'schemas') continue;
    const parsed = parseValue(declaration, value);
    if (parsed !== undefined) attributes[declaration.name] = parsed;
  }
  return attributes;
}

interface ParsedExtension {
  readonly schema: SchemaDeclaration;
  readonly values: Attributes;
}

function parseExtension(resource: ResourceSchema, urn: string, value: JsonValue): ParsedExtension | undefined {
  const schema = findSchema(resource, urn);
  if (!schema) {
    if (value === null || value === '' || (isJsonObject(value) && Object.keys(value).length === 0)) return undefined;
    throw new DomainError('UNKNOWN_SCHEMA', `The schema ${urn} is not registered for ${resource.name}`, urn);
  }
  if (value === null || value === '') return undefined;
  if (!isJsonObject(value)) throw new DomainError('INVALID_VALUE', `${schema.urn} must be an object`, schema.urn);
  const values: Record<string, JsonValue> = {};
  for (const [key, raw] of Object.entries(value)) {
    const declaration = findAttribute(schema.attributes, key);
    if (!declaration || declaration.mutability === 'readOnly') continue;
    const parsed = parseValue(declaration, raw);
    if (parsed !== undefined) values[declaration.name] = parsed;
  }
  return Object.keys(values).length > 0 ? { schema, values } : undefined;
}

/** The same URN may come twice in different case; the core URN is no extension, its attributes lie at the top. */
function mergeExtension(attributes: Attributes, { schema, values }: ParsedExtension): Attributes {
  if (schema.urn.includes(':schemas:core:')) return values;
  const present = attributes[schema.urn];
  return { [schema.urn]: isJsonObject(present) ? { ...present, ...values } : values };
}

/**
 * Checks that every required attribute has a value, which blanks are not.
 *
 * @throws DomainError REQUIRED with the attribute's name as path
 */
export function requireAttributes(resource: ResourceSchema, attributes: Attributes): void {
  for (const declaration of resource.core.attributes) {
    if (declaration.required && isBlank(attributes[declaration.name])) {
      throw new DomainError('REQUIRED', `${declaration.name} is required`, declaration.name);
    }
  }
  for (const extension of resource.extensions) {
    const values = attributes[extension.urn];
    if (!isJsonObject(values)) continue;
    for (const declaration of extension.attributes) {
      if (declaration.required && isBlank(values[declaration.name])) {
        throw new DomainError('REQUIRED', `${extension.urn}:${declaration.name} is required`, declaration.name);
      }
    }
  }
}

function isBlank(value: JsonValue | undefined): boolean {
  return value === undefined || (typeof value === 'string' && value.trim() === '');
}
