import {
  toElementTest,
  type Comparison,
  type ComparisonOperator,
  type Expression,
  type Literal,
} from '../../domain/search/expression.js';
import {
  findAttribute,
  pathName,
  type AttributeDeclaration,
  type AttributePath,
} from '../../domain/schema/attribute.js';
import { isDateTime } from '../../domain/schema/date-time.js';
import { COMMON_ATTRIBUTES, type ResourceSchema } from '../../domain/schema/resource-schema.js';
import { ScimError } from '../protocol/errors.js';
import type { FilterLimits } from '../protocol/limits.js';
import { findDeclaredPath } from './attribute-path.js';
import type { FilterNode } from './filter-node.js';
import { parseFilterSyntax } from './parse-filter-syntax.js';
import { resolveUri } from './resolve-uri.js';

/** The context in which the names of a filter are resolved. */
export interface FilterScope {
  /** Resolves a path; undefined means an attribute without a value. */
  readonly find: (path: string) => AttributePath | undefined;
  /** The Tenant URL, with which the URI of every resource begins. */
  readonly baseUrl: string;
  /** The resource type whose `schemas` can be compared; undefined inside brackets, where there is no such attribute. */
  readonly resource?: ResourceSchema;
}

/**
 * Turns the text of a `filter` parameter into the search tree of the domain: resolves its paths against the declarations
 * and checks that each value can be compared with its attribute. An undeclared attribute is no error: it has no value, so
 * `eq` is false and `ne` true (RFC 7644 §3.4.2.1).
 *
 * @param baseUrl the Tenant URL, which URIs of resources begin with; left out, they begin with their endpoint
 * @throws ScimError 400 invalidFilter of `parseFilterSyntax`, or for a comparison that the attribute's type does not allow
 */
export function parseFilter(text: string, resource: ResourceSchema, limits?: FilterLimits, baseUrl = ''): Expression {
  const node = parseFilterSyntax(text, limits);
  return resolve(node, { find: (path) => findDeclaredPath(path, resource), baseUrl, resource });
}

/** Resolves a filter in another context, such as the brackets of a PATCH path. */
export function resolve(node: FilterNode, scope: FilterScope): Expression {
  const { find, baseUrl, resource } = scope;
  switch (node.kind) {
    case 'and':
    case 'or':
      return { kind: node.kind, operands: node.operands.map((operand) => resolve(operand, scope)) };
    case 'not':
      return { kind: 'not', operand: resolve(node.operand, scope) };
    case 'present': {
      const path = find(node.path);
      if (path && isAlwaysThere(path)) return { kind: 'constant', value: true };
      return path ? { kind: 'present', path: visible(path) } : { kind: 'constant', value: false };
    }
    case 'compare': {
      const path = find(node.path);
      if (!path) return resolveAbsent(node.operator, node.value);
      const comparison = resolveComparison(path, node.operator, node.value);
      if (declarationOf(comparison.path).derived) return resolveUri(comparison, baseUrl);
      if (!resource || !isSchemas(path)) return comparison;
      // `ne` is true if no schema equals the value, not if some schema differs from it.
      return comparison.operator === 'ne'
        ? { kind: 'not', operand: resolveSchemas({ ...comparison, operator: 'eq' }, resource) }
        : resolveSchemas(comparison, resource);
    }
    case 'element': {
      const path = find(node.path);
      if (!path) return { kind: 'constant', value: false };
      if (!path.attribute.multiValued || path.subAttribute) {
        throw invalid(`${node.path} is not multi-valued, so no brackets may follow it`);
      }
      const where = resolve(node.where, { find: (name) => findInElement(path, name), baseUrl });
      return resource && isSchemas(path) ? resolveSchemas(where, resource) : { kind: 'some', path, where };
    }
  }
}

/** Finds a sub-attribute of an element. Elements of a simple multi-valued attribute have only `value`. */
export function findInElement({ urn, attribute }: AttributePath, name: string): AttributePath | undefined {
  if (attribute.type !== 'complex') return name.toLowerCase() === 'value' ? { urn, attribute } : undefined;
  const subAttribute = findAttribute(attribute.subAttributes, name);
  return subAttribute && { urn, attribute, subAttribute };
}

function resolveAbsent(operator: ComparisonOperator, value: Literal): Expression {
  const equal = value === null;
  return { kind: 'constant', value: (operator === 'eq' && equal) || (operator === 'ne' && !equal) };
}

/** Whether a path is the common attribute `schemas`, and not an attribute of that name in an extension. */
function isSchemas({ attribute }: AttributePath): boolean {
  return attribute.name === 'schemas' && COMMON_ATTRIBUTES.includes(attribute);
}

/** Whether a path is a common attribute that every resource has and that is not stored in a column. */
function isAlwaysThere({ attribute, subAttribute }: AttributePath): boolean {
  return COMMON_ATTRIBUTES.includes(attribute) && ['schemas', 'meta'].includes(attribute.name) && !subAttribute;
}

/**
 * Resolves a filter on `schemas`, which RFC 7644 §3.4.2.2 allows. The attribute is not stored: a resource has its core
 * schema, and each extension of which it has an attribute.
 */
function resolveSchemas(where: Expression, { core, extensions }: ResourceSchema): Expression {
  // A resource type has few schemas, so the effort need not be limited.
  const test = toElementTest(where, { left: Infinity });
  const fits = (urn: string): boolean => test({ fields: { value: urn }, folded: new Map() });
  if (fits(core.urn)) return { kind: 'constant', value: true };
  const operands = extensions
    .filter(({ urn }) => fits(urn))
    .flatMap(({ urn, attributes }) =>
      attributes.map((attribute) => ({ kind: 'present' as const, path: { urn, attribute } })),
    );
  return operands.length > 0 ? { kind: 'or', operands } : { kind: 'constant', value: false };
}

function resolveComparison(found: AttributePath, operator: ComparisonOperator, value: Literal): Comparison {
  const path = visible(withDefaultSubAttribute(found));
  const declaration = declarationOf(path);
  if (!operatorsOf(declaration).has(operator))
    throw invalid(`${pathName(path)} does not support the operator ${operator}`);
  if (value !== null) return { kind: 'compare', path, operator, value: fitLiteral(path, declaration, value) };
  if (operator !== 'eq' && operator !== 'ne') throw invalid('null can only be compared with eq and ne');
  return { kind: 'compare', path, operator, value };
}

/**
 * Refuses attributes that are never returned: filters would disclose them bit by bit. RFC 7643 §7 leaves it to the
 * server.
 */
function visible(path: AttributePath): AttributePath {
  const hidden = path.attribute.returned === 'never' || path.subAttribute?.returned === 'never';
  if (hidden) throw invalid(`${pathName(path)} is never returned and cannot be used in a filter`);
  return path;
}

/**
 * Adds `value`, the significant sub-attribute (RFC 7643 §2.4): `emails eq "x"` and Entra's `manager eq "…"` omit it.
 */
function withDefaultSubAttribute(path: AttributePath): AttributePath {
  if (path.subAttribute || path.attribute.type !== 'complex') return path;
  const subAttribute = findAttribute(path.attribute.subAttributes, 'value');
  if (!subAttribute) throw invalid(`${path.attribute.name} is complex; compare one of its sub-attributes`);
  return { ...path, subAttribute };
}

function declarationOf(path: AttributePath): AttributeDeclaration {
  return path.subAttribute ?? path.attribute;
}

const EQUALITY = new Set<ComparisonOperator>(['eq', 'ne']);
const ORDER = new Set<ComparisonOperator>([...EQUALITY, 'gt', 'ge', 'lt', 'le']);
const TEXT = new Set<ComparisonOperator>([...ORDER, 'co', 'sw', 'ew']);

/**
 * Returns the operators that RFC 7644 §3.4.2.2, table 3, allows for a type: no order for booleans, substrings for
 * strings only.
 */
function operatorsOf({ type }: AttributeDeclaration): ReadonlySet<ComparisonOperator> {
  switch (type) {
    case 'string':
    case 'reference':
      return TEXT;
    case 'integer':
    case 'decimal':
    case 'dateTime':
      return ORDER;
    case 'boolean':
    case 'binary':
    case 'complex':
      return EQUALITY;
  }
}

function fitLiteral(path: AttributePath, { type }: AttributeDeclaration, value: string | number | boolean): Literal {
  switch (type) {
    case 'boolean':
      return booleanLiteral(path, value);
    case 'integer':
    case 'decimal':
      return numberLiteral(path, value);
    case 'dateTime':
      if (typeof value !== 'string' || !isDateTime(value)) {
        throw invalid(`${pathName(path)} must be compared with a date and time such as "2026-01-31T12:00:00Z"`);
      }
      return value;
    case 'string':
    case 'reference':
    case 'binary':
    case 'complex':
      if (typeof value !== 'string') throw invalid(`${pathName(path)} must be compared with a string in double quotes`);
      return value;
  }
}

/**
 * Converts a literal for a boolean attribute. Entra sends strings, as in `roles[primary eq "True"]`.
 * https://github.com/pingidentity/scim2/issues/239
 */
function booleanLiteral(path: AttributePath, value: string | number | boolean): boolean {
  if (typeof value === 'boolean') return value;
  const text = String(value).toLowerCase();
  if (text !== 'true' && text !== 'false') throw invalid(`${pathName(path)} must be compared with true or false`);
  return text === 'true';
}

/** Converts a literal for a numeric attribute. Entra quotes all values, numbers too. */
function numberLiteral(path: AttributePath, value: string | number | boolean): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'string' && /^-?\d{1,15}(\.\d{1,15})?$/.test(value)) return Number(value);
  throw invalid(`${pathName(path)} must be compared with a number`);
}

function invalid(detail: string): ScimError {
  return new ScimError(400, detail, 'invalidFilter');
}
