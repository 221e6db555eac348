import { fold } from '../kernel/fold.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../kernel/json.js';
import { findAttribute, type AttributeDeclaration } from '../schema/attribute.js';
import type { Attributes } from './attributes.js';
import type { ResourceSchema } from '../schema/resource-schema.js';

/** Returns the attributes with the text of all case-insensitive ones folded, as searches compare them. */
export function foldAttributes(resource: ResourceSchema, attributes: Attributes): Attributes {
  const extensions = new Map(resource.extensions.map((extension) => [extension.urn, extension.attributes]));
  return mapEntries(attributes, (key, value) => {
    const declarations = extensions.get(key);
    if (declarations && isJsonObject(value)) return foldObject(declarations, value);
    const declaration = findAttribute(resource.core.attributes, key);
    return declaration ? foldValue(declaration, value) : value;
  });
}

function foldObject(declarations: readonly AttributeDeclaration[] | undefined, object: JsonObject): JsonObject {
  return mapEntries(object, (key, value) => {
    const declaration = findAttribute(declarations, key);
    return declaration ? foldValue(declaration, value) : value;
  });
}

function foldValue(declaration: AttributeDeclaration, value: JsonValue): JsonValue {
  if (Array.isArray(value)) return (value as readonly JsonValue[]).map((element) => foldValue(declaration, element));
  if (isJsonObject(value)) return foldObject(declaration.subAttributes, value);
  return typeof value === 'string' && !declaration.caseExact ? fold(value) : value;
}

function mapEntries(object: JsonObject, map: (key: string, value: JsonValue) => JsonValue): JsonObject {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, map(key, value)]));
}
