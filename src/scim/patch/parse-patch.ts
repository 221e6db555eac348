import { DomainError } from '../../domain/kernel/errors.js';
import type { Expression } from '../../domain/search/expression.js';
import { findKey, isJsonObject, type JsonValue } from '../../domain/kernel/json.js';
import { findAttribute, type AttributeDeclaration, type SchemaDeclaration } from '../../domain/schema/attribute.js';
import type { AttributeOperation } from '../../domain/attributes/attribute-operation.js';
import { findSchema, type ResourceSchema } from '../../domain/schema/resource-schema.js';
import { ScimError } from '../protocol/errors.js';
import { DEFAULT_LIMITS, type ScimLimits } from '../protocol/limits.js';
import { findSchemaOfPath, isUrn } from '../filter/attribute-path.js';
import { parsePatchPath, type PatchPath } from '../filter/patch-path.js';
import {
  isDefaultDialectReplace,
  isPassword,
  normalizeElement,
  normalizeOp,
  normalizeRemoval,
  normalizeSubAttribute,
  normalizeUrn,
  normalizeValue,
} from '../provider/entra.js';
import { resolveManagerOperation } from './manager-reference.js';

/** A path may be as long as a filter, and all paths of a PATCH together as long as this many filters. */
const PATHS = 20;

/** An operation as sent by the client. `value` is undefined if the key is missing. */
interface SentOperation {
  readonly op: AttributeOperation['op'];
  readonly path: string | undefined;
  readonly value: JsonValue | undefined;
  readonly createsMissing: boolean;
}

/** The resource type of a PATCH, and the parser of its paths. */
interface PatchScope {
  readonly resource: ResourceSchema;
  readonly parsePath: (text: string) => PatchPath;
}

/**
 * Parses the body of a PATCH (RFC 7644 §3.5.2), in any dialect of Entra and Okta, into operations on attributes, in
 * order. An object without a path, or at the URN of a schema, becomes one operation for each attribute. Values are
 * validated when the operations are applied.
 *
 * @param body the parsed JSON; `schemas` may be missing, keys may be in any case, unknown keys are ignored
 * @param baseUrl the Tenant URL, with which URIs in value paths and in `manager.$ref` begin; by default those in value
 *   paths begin with their endpoint
 * @throws ScimError 400 invalidSyntax (no list of operations, unknown op), tooMany, noTarget (remove without a path),
 *   invalidValue (no value, or a manager that is no user), invalidPath or invalidFilter (path), mutability (read-only target)
 * @throws DomainError UNKNOWN_SCHEMA for values under an unregistered URN
 */
export function parsePatch(
  body: unknown,
  resource: ResourceSchema,
  limits: ScimLimits = DEFAULT_LIMITS,
  baseUrl = '',
): AttributeOperation[] {
  const operations = isJsonObject(body) ? findKey(body, 'Operations') : undefined;
  if (!Array.isArray(operations)) throw invalidSyntax('A PATCH request must have a list named Operations');
  if (operations.length > limits.patchOperations) {
    throw new ScimError(400, `A PATCH request must have at most ${limits.patchOperations} operations`, 'tooMany');
  }
  const sent = (operations as readonly JsonValue[]).map(readOperation);
  const pathLength = sent.reduce((length, { path }) => length + (path?.length ?? 0), 0);
  if (pathLength > PATHS * limits.filter.length) {
    const most = PATHS * limits.filter.length;
    throw new ScimError(400, `The paths of a PATCH request must have at most ${most} characters in total`, 'tooMany');
  }
  const parsePath = (text: string): PatchPath => parsePatchPath(text, resource, limits.filter, baseUrl);
  return sent
    .flatMap((operation) => parseOperation(operation, { resource, parsePath }))
    .map((operation) => resolveManagerOperation(operation, baseUrl));
}

function readOperation(operation: JsonValue): SentOperation {
  if (!isJsonObject(operation)) throw invalidSyntax('Each element of Operations must be an object');
  const sent = findKey(operation, 'op');
  const op = typeof sent === 'string' ? normalizeOp(sent) : undefined;
  if (op !== 'add' && op !== 'replace' && op !== 'remove') throw invalidSyntax('op must be add, replace or remove');
  const path = findKey(operation, 'path');
  if (path !== undefined && path !== null && typeof path !== 'string') {
    throw new ScimError(400, 'path must be a string', 'invalidPath');
  }
  const value = findKey(operation, 'value');
  if (op !== 'remove' && value === undefined) throw invalidValue(`value is required for ${op}`);
  const createsMissing = op === 'add' || isDefaultDialectReplace(sent as string);
  return { op, path: path || undefined, value, createsMissing };
}

function parseOperation(operation: SentOperation, scope: PatchScope): AttributeOperation[] {
  const { resource } = scope;
  if (operation.path === undefined) {
    if (operation.op === 'remove') throw new ScimError(400, 'path is required for remove', 'noTarget');
    return expand(operation, scope);
  }
  const path = normalizeUrn(operation.path, resource);
  if (isPassword(path, resource)) return [];
  const schema = findSchema(resource, path);
  if (schema) return parseSchemaOperation(operation, schema, scope);
  const target = scope.parsePath(path);
  if (isReadOnly(target, resource)) throw new ScimError(400, `${path} is read-only`, 'mutability');
  return toOperations(operation, target);
}

/** Parses an operation at the URN of a schema: on the attributes in the value, or, for a removal, on all attributes. */
function parseSchemaOperation(
  operation: SentOperation,
  schema: SchemaDeclaration,
  scope: PatchScope,
): AttributeOperation[] {
  const { op, value } = operation;
  const clears = op === 'remove' || (op === 'replace' && (value === null || value === ''));
  if (!clears) return expand(operation, scope, schema);
  if (schema === scope.resource.core) throw new ScimError(400, `${schema.urn} cannot be removed`, 'noTarget');
  return schema.attributes
    .filter((attribute) => attribute.mutability !== 'readOnly')
    .map((attribute) => ({ op: 'remove', path: { urn: schema.urn, attribute } }));
}

/**
 * Expands an object into one operation for each key. Keys are attribute names, dotted paths, paths with a URN, or the
 * URN of a schema with an object of its attributes. Entra and Okta include `id` and the like, so read-only attributes
 * are ignored.
 *
 * @param schema the schema of the keys; the core schema means the whole resource
 */
function expand(operation: SentOperation, scope: PatchScope, schema = scope.resource.core): AttributeOperation[] {
  const { resource } = scope;
  if (!isJsonObject(operation.value))
    throw invalidValue('value must be an object of attributes unless path names an attribute');
  return Object.entries(operation.value).flatMap(([key, value]) => {
    const path = schema === resource.core ? normalizeUrn(key, resource) : `${schema.urn}:${key}`;
    if (isPassword(path, resource) || isSchemasOfExtension(key, schema, resource)) return [];
    const nested = schema === resource.core ? findSchema(resource, path) : undefined;
    if (nested) return expandSchema({ ...operation, value }, nested, scope);
    if (isUnregistered(path, resource)) return refuseUnregistered(path, value, resource);
    const target = scope.parsePath(path);
    return isReadOnly(target, resource) ? [] : toOperations({ ...operation, value }, target);
  });
}

/**
 * Whether a key is `schemas` inside an extension, where it means nothing. POST and PUT ignore it there too.
 */
function isSchemasOfExtension(key: string, schema: SchemaDeclaration, { core }: ResourceSchema): boolean {
  return schema !== core && key.toLowerCase() === 'schemas' && !findAttribute(schema.attributes, key);
}

function expandSchema(operation: SentOperation, schema: SchemaDeclaration, scope: PatchScope): AttributeOperation[] {
  const isCore = schema === scope.resource.core;
  // Nested core URNs would allow unlimited nesting.
  if (
    isCore &&
    isJsonObject(operation.value) &&
    Object.keys(operation.value).some((key) => findSchema(scope.resource, key))
  ) {
    throw new ScimError(400, 'value must not contain a schema URN inside the object of another', 'invalidPath');
  }
  if (isCore && (operation.value === null || operation.value === '')) return [];
  if (operation.op === 'add' && (operation.value === null || operation.value === '')) return [];
  return parseSchemaOperation(operation, schema, scope);
}

function isUnregistered(path: string, resource: ResourceSchema): boolean {
  return isUrn(path) && !findSchemaOfPath(path, resource);
}

/** Refuses an unregistered URN if it has a value, as `parseAttributes` of the domain does. */
function refuseUnregistered(urn: string, value: JsonValue, resource: ResourceSchema): [] {
  if (value === null || value === '' || (isJsonObject(value) && Object.keys(value).length === 0)) return [];
  throw new DomainError('UNKNOWN_SCHEMA', `The schema of ${urn} is not registered for ${resource.name}`, urn);
}

/** Whether clients cannot write an attribute. `schemas` is derived from the attributes of a resource. */
function isReadOnly({ path: { urn, attribute, subAttribute } }: PatchPath, { core }: ResourceSchema): boolean {
  if (attribute.mutability === 'readOnly' || subAttribute?.mutability === 'readOnly') return true;
  return urn === core.urn && attribute.name === 'schemas';
}

function toOperations({ op, value, createsMissing }: SentOperation, { path, where }: PatchPath): AttributeOperation[] {
  const { attribute, subAttribute } = path;
  const base = { op, path, ...(where && { where, whenMissing: whenMissing(op, where, attribute, createsMissing) }) };
  if (op === 'remove') {
    if (value === undefined || where || subAttribute || !attribute.multiValued) return [base];
    const elements = normalizeRemoval(attribute, value);
    return elements.length > 0 ? [{ ...base, value: elements }] : [];
  }
  // `readOperation` has refused an add or replace without a value.
  const sent = value ?? null;
  if (subAttribute) return [{ ...base, value: normalizeSubAttribute(subAttribute, sent) }];
  return [{ ...base, value: where ? elementOf(attribute, sent) : normalizeValue(attribute, sent) }];
}

/** Normalizes the value at `emails[type eq "work"]`: one element, which may be sent as an array of one. */
function elementOf(attribute: AttributeDeclaration, value: JsonValue): JsonValue {
  const list = normalizeValue(attribute, value);
  if (Array.isArray(list) && list.length === 1) return (list as readonly JsonValue[])[0] as JsonValue;
  return normalizeElement(attribute, list);
}

/**
 * Decides what to do if a value path selects nothing. Entra and its validator expect `emails[type eq "work"].value` to
 * create the element. RFC 7644 §3.5.2.3 requires `noTarget`, which remains for a lower-case `replace` whose filter
 * names neither `primary` nor a canonical type. https://github.com/sourcegraph/sourcegraph-public-snapshot/pull/49200
 */
function whenMissing(
  op: AttributeOperation['op'],
  where: Expression,
  attribute: AttributeDeclaration,
  createsMissing: boolean,
): 'create' | 'fail' | 'ignore' {
  if (op === 'remove') return 'ignore';
  return createsMissing || namesUsualElement(where, attribute) ? 'create' : 'fail';
}

function namesUsualElement(where: Expression, attribute: AttributeDeclaration): boolean {
  switch (where.kind) {
    case 'and':
    case 'or':
      return where.operands.some((operand) => namesUsualElement(operand, attribute));
    case 'not':
      return namesUsualElement(where.operand, attribute);
    case 'compare': {
      const subAttribute = where.path.subAttribute;
      if (subAttribute?.name === 'primary') return true;
      const sought = String(where.value).toLowerCase();
      const canonical = subAttribute?.name === 'type' ? subAttribute.canonicalValues : undefined;
      return canonical?.some((type) => type.toLowerCase() === sought) ?? false;
    }
    case 'present':
    case 'some':
    case 'constant':
      return false;
  }
}

function invalidSyntax(detail: string): ScimError {
  return new ScimError(400, detail, 'invalidSyntax');
}

function invalidValue(detail: string): ScimError {
  return new ScimError(400, detail, 'invalidValue');
}
