import { DomainError } from '../kernel/errors.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../kernel/json.js';
import { findAttribute, type AttributeDeclaration, type SchemaDeclaration } from '../schema/attribute.js';
import { parseValue } from './parse-value.js';
import { COMMON_ATTRIBUTES, findSchema, type ResourceSchema } from '../schema/resource-schema.js';

/**
 * The attributes of a resource in the structure of SCIM: core attributes by name, extension attributes in an object
 * under the extension's URN, all in the declared spelling. Cleared attributes are absent; no value is `null`, `""`,
 * `[]` or `{}`.
 */
export type Attributes = JsonObject;

/**
 * Parses a complete resource sent by a client (POST, PUT or a GraphQL input). Names are case-insensitive. Read-only
 * attributes and undeclared names without a URN are ignored, as is an unregistered URN without a value.
 *
 * @throws DomainError INVALID_VALUE or TOO_MANY as `parseValue` does, UNKNOWN_SCHEMA for values under an unregistered
 *   URN
 */
export function parseAttributes(resource: ResourceSchema, input: JsonObject): Attributes {
  const attributes: Record<string, JsonValue> = {};
  for (const [key, value] of Object.entries(input)) {
    if (key.toLowerCase().startsWith('urn:')) {
      const extension = parseExtension(resource, key, value);
      if (extension) Object.assign(attributes, mergeExtension(resource, attributes, extension));
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

/**
 * Merges extensions whose URNs differ only in case. The core URN is not an extension: its attributes belong to the top
 * level.
 */
function mergeExtension(
  resource: ResourceSchema,
  attributes: Attributes,
  { schema, values }: ParsedExtension,
): Attributes {
  if (schema === resource.core) return values;
  const present = attributes[schema.urn];
  return { [schema.urn]: isJsonObject(present) ? { ...present, ...values } : values };
}

/**
 * Checks that every required attribute has a value other than blanks, and that every required extension is present.
 *
 * @param before the previous attributes of a changed resource; what was missing there, because an extension became
 *   required later, may remain missing
 * @throws DomainError REQUIRED with the attribute's name, or the extension's URN, as path
 */
export function assertRequiredAttributes(resource: ResourceSchema, attributes: Attributes, before?: Attributes): void {
  requireValues(resource.core.attributes, attributes, '', '');
  for (const { urn, attributes: declarations } of resource.extensions) {
    const values = attributes[urn];
    if (isJsonObject(values)) {
      requireValues(declarations, values, `${urn}:`, '');
    } else if (resource.requiredExtensions.includes(urn) && (!before || before[urn] !== undefined)) {
      throw new DomainError('REQUIRED', `The extension ${urn} is required`, urn);
    }
  }
}

function requireValues(
  declarations: readonly AttributeDeclaration[],
  values: JsonObject,
  urn: string,
  parent: string,
): void {
  for (const { name, required, mutability, subAttributes } of declarations) {
    const value = values[name];
    const path = `${parent}${name}`;
    if (required && mutability !== 'readOnly' && isBlank(value)) {
      throw new DomainError('REQUIRED', `${urn}${path} is required`, path);
    }
    if (!subAttributes || value === undefined) continue;
    for (const element of Array.isArray(value) ? (value as readonly JsonValue[]) : [value]) {
      if (isJsonObject(element)) requireValues(subAttributes, element, urn, `${path}.`);
    }
  }
}

function isBlank(value: JsonValue | undefined): boolean {
  return value === undefined || (typeof value === 'string' && value.trim() === '');
}
