import { DomainError } from '../../domain/kernel/errors.js';
import type { Expression } from '../../domain/search/expression.js';
import { findKey, isJsonObject, type JsonValue } from '../../domain/kernel/json.js';
import type { AttributeDeclaration, SchemaDeclaration } from '../../domain/schema/attribute.js';
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

/** One path may be as long as a filter; all of a PATCH together may be as long as so many filters. */
const PATHS = 20;

/** An operation as it was sent, with its parts found. `value` is undefined when the key was not there. */
interface SentOperation {
  readonly op: AttributeOperation['op'];
  readonly path: string | undefined;
  readonly value: JsonValue | undefined;
  readonly createsMissing: boolean;
}

/** What a PATCH changes, and how it reads its paths. */
interface PatchScope {
  readonly resource: ResourceSchema;
  readonly parsePath: (text: string) => PatchPath;
}

/**
 * Parses the body of a PATCH (RFC 7644 §3.5.2) in any of Entra's and Okta's dialects into operations on attributes, in
 * order. An object without a path, or at the path of a schema, becomes one operation for each attribute. Whether values
 * fit their attributes is decided when the operations are applied.
 *
 * @param body the parsed JSON; `schemas` may be missing, keys may be in any case, unknown keys are ignored
 * @param baseUrl the Tenant URL, which URIs in value paths begin with; left out, they begin with their endpoint
 * @throws ScimError 400 invalidSyntax (no list of operations, unknown op), tooMany, noTarget (remove without a path),
 *   invalidValue (no value), invalidPath or invalidFilter (path), mutability (read-only target)
 * @throws DomainError UNKNOWN_SCHEMA for values under an unregistered URN
 */
export function parsePatch(
  body: unknown,
  resource: ResourceSchema,
  limits: ScimLimits = DEFAULT_LIMITS,
  baseUrl = '',
): AttributeOperation[] {
  const operations = isJsonObject(body) ? findKey(body, 'Operations') : undefined;
  if (!Array.isArray(operations)) throw invalidSyntax('The body of a PATCH holds a list of Operations');
  if (operations.length > limits.patchOperations) {
    throw new ScimError(400, `A PATCH takes at most ${limits.patchOperations} operations`, 'tooMany');
  }
  const sent = (operations as readonly JsonValue[]).map(readOperation);
  const pathLength = sent.reduce((length, { path }) => length + (path?.length ?? 0), 0);
  if (pathLength > PATHS * limits.filter.length) {
    const most = PATHS * limits.filter.length;
    throw new ScimError(400, `The paths of a PATCH are longer than ${most} characters together`, 'tooMany');
  }
  const parsePath = (text: string): PatchPath => parsePatchPath(text, resource, limits.filter, baseUrl);
  return sent.flatMap((operation) => parseOperation(operation, { resource, parsePath }));
}

function readOperation(operation: JsonValue): SentOperation {
  if (!isJsonObject(operation)) throw invalidSyntax('Each operation is an object');
  const sent = findKey(operation, 'op');
  const op = typeof sent === 'string' ? normalizeOp(sent) : undefined;
  if (op !== 'add' && op !== 'replace' && op !== 'remove') throw invalidSyntax('op is one of add, replace and remove');
  const path = findKey(operation, 'path');
  if (path !== undefined && path !== null && typeof path !== 'string') {
    throw new ScimError(400, 'path is a string', 'invalidPath');
  }
  const value = findKey(operation, 'value');
  if (op !== 'remove' && value === undefined) throw invalidValue(`${op} needs a value`);
  const createsMissing = op === 'add' || isDefaultDialectReplace(sent as string);
  return { op, path: path || undefined, value, createsMissing };
}

function parseOperation(operation: SentOperation, scope: PatchScope): AttributeOperation[] {
  const { resource } = scope;
  if (operation.path === undefined) {
    if (operation.op === 'remove') throw new ScimError(400, 'remove needs a path', 'noTarget');
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

/** The URN of a schema as the path: all attributes under it that the value names, or, removed, all that there are. */
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
 * One operation for each key of the value. Keys are attribute names, dotted paths, URN-qualified paths, or the URN of a
 * schema with an object of its attributes. Entra and Okta send `id` and the like along, so what is read-only is
 * passed over.
 *
 * @param schema the schema the keys belong to, where the core schema or its absence means the whole resource
 */
function expand(operation: SentOperation, scope: PatchScope, schema = scope.resource.core): AttributeOperation[] {
  const { resource } = scope;
  if (!isJsonObject(operation.value)) throw invalidValue('The value is an object of attributes');
  return Object.entries(operation.value).flatMap(([key, value]) => {
    const path = schema === resource.core ? normalizeUrn(key, resource) : `${schema.urn}:${key}`;
    if (isPassword(path, resource)) return [];
    const nested = schema === resource.core ? findSchema(resource, path) : undefined;
    if (nested) return expandSchema({ ...operation, value }, nested, scope);
    if (isUnregistered(path, resource)) return refuseUnregistered(path, value, resource);
    const target = scope.parsePath(path);
    return isReadOnly(target, resource) ? [] : toOperations({ ...operation, value }, target);
  });
}

function expandSchema(operation: SentOperation, schema: SchemaDeclaration, scope: PatchScope): AttributeOperation[] {
  const isCore = schema === scope.resource.core;
  // The core URN inside the core URN would let a body nest without end.
  if (
    isCore &&
    isJsonObject(operation.value) &&
    Object.keys(operation.value).some((key) => findSchema(scope.resource, key))
  ) {
    throw new ScimError(400, 'A schema cannot stand inside a schema', 'invalidPath');
  }
  if (isCore && (operation.value === null || operation.value === '')) return [];
  if (operation.op === 'add' && (operation.value === null || operation.value === '')) return [];
  return parseSchemaOperation(operation, schema, scope);
}

function isUnregistered(path: string, resource: ResourceSchema): boolean {
  return isUrn(path) && !findSchemaOfPath(path, resource);
}

/** As `parseAttributes` of the domain has it: an unregistered URN is refused when it carries a value. */
function refuseUnregistered(urn: string, value: JsonValue, resource: ResourceSchema): [] {
  if (value === null || value === '' || (isJsonObject(value) && Object.keys(value).length === 0)) return [];
  throw new DomainError('UNKNOWN_SCHEMA', `The schema of ${urn} is not registered for ${resource.name}`, urn);
}

/** `schemas` follows from the attributes a resource has; clients cannot write it. */
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
  // readOperation has refused an add or a replace without a value.
  const sent = value ?? null;
  if (subAttribute) return [{ ...base, value: normalizeSubAttribute(subAttribute, sent) }];
  return [{ ...base, value: where ? elementOf(attribute, sent) : normalizeValue(attribute, sent) }];
}

/** The value at `emails[type eq "work"]` is one element, which may come as a list of one. */
function elementOf(attribute: AttributeDeclaration, value: JsonValue): JsonValue {
  const list = normalizeValue(attribute, value);
  if (Array.isArray(list) && list.length === 1) return (list as readonly JsonValue[])[0] as JsonValue;
  return normalizeElement(attribute, list);
}

/**
 * What becomes of a value path that selects nothing. Entra and its validator expect `emails[type eq "work"].value` to
 * create the element; RFC 7644 §3.5.2.3 asks for `noTarget`, which remains for filters that describe no element of a
 * usual kind. https://github.com/sourcegraph/sourcegraph-public-snapshot/pull/49200
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
