import { DomainError } from '../kernel/errors.js';
import type { Effort, Expression } from '../search/expression.js';
import { isJsonObject, jsonEquals, type JsonObject, type JsonValue } from '../kernel/json.js';
import { findAttribute, pathName, type AttributeDeclaration, type AttributePath } from '../schema/attribute.js';
import type { Attributes } from './attributes.js';
import { ElementList, isPrimary } from './element-list.js';
import { parseSingle, parseValue, assertElementCount, assertSinglePrimary } from './parse-value.js';

/**
 * One change of one attribute, with the semantics of RFC 7644 §3.5.2. A SCIM PATCH and a GraphQL input are both
 * translated to a list of operations, so both façades change resources by the same rules.
 */
export interface AttributeOperation {
  readonly op: 'add' | 'replace' | 'remove';
  readonly path: AttributePath;
  /** Selects elements of a multi-valued attribute; its paths are sub-attributes of `path.attribute`. */
  readonly where?: Expression;
  /**
   * The action when `where` selects nothing, chosen by the façade; `create` builds the element that `where` describes.
   */
  readonly whenMissing?: 'create' | 'fail' | 'ignore';
  /**
   * The value as the client sent it. For `remove` on a multi-valued attribute: the elements to remove, or all if
   * omitted.
   */
  readonly value?: JsonValue;
}

/**
 * The budget of comparisons and changes for one list of operations: about 50 ms, far more than any real client needs.
 */
const EFFORT = 1_200_000;

/**
 * Applies operations in order and returns the changed attributes; the input is not modified. Required attributes are
 * not checked here, because a later operation may set what an earlier one removed.
 *
 * @param coreUrn the URN of the schema whose attributes are at the top level
 * @throws DomainError READ_ONLY, IMMUTABLE, INVALID_VALUE, TOO_MANY or NO_TARGET, without applying any operation
 */
export function applyOperations(
  attributes: Attributes,
  operations: readonly AttributeOperation[],
  coreUrn: string,
): Attributes {
  const effort: Effort = { left: EFFORT };
  const lists = new Map<string, { readonly path: AttributePath; readonly list: ElementList }>();
  let current = attributes;
  for (const operation of operations) {
    const { path } = operation;
    if (path.attribute.mutability === 'readOnly' || path.subAttribute?.mutability === 'readOnly') {
      throw new DomainError('READ_ONLY', `${pathName(path)} is read-only`, pathName(path));
    }
    if (!path.attribute.multiValued) {
      current = withAttribute(current, path, coreUrn, change(attributeOf(current, path, coreUrn), operation));
      continue;
    }
    const name = `${path.urn}:${path.attribute.name}`;
    let known = lists.get(name);
    if (!known) {
      known = { path, list: new ElementList(path.attribute, attributeOf(current, path, coreUrn), effort) };
      lists.set(name, known);
    }
    changeList(known.list, operation);
  }
  for (const { path, list } of lists.values()) current = withAttribute(current, path, coreUrn, list.toValue());
  return current;
}

function attributeOf(
  attributes: Attributes,
  { urn, attribute }: AttributePath,
  coreUrn: string,
): JsonValue | undefined {
  if (urn === coreUrn) return attributes[attribute.name];
  const extension = attributes[urn];
  return isJsonObject(extension) ? extension[attribute.name] : undefined;
}

function withAttribute(
  attributes: Attributes,
  { urn, attribute }: AttributePath,
  coreUrn: string,
  value: JsonValue | undefined,
): Attributes {
  if (urn === coreUrn) return withValue(attributes, attribute.name, value);
  const extension = attributes[urn];
  return withValue(
    attributes,
    urn,
    emptyToUndefined(withValue(isJsonObject(extension) ? extension : {}, attribute.name, value)),
  );
}

function withValue(object: JsonObject, name: string, value: JsonValue | undefined): JsonObject {
  const { [name]: _previous, ...rest } = object;
  return value === undefined ? rest : { ...rest, [name]: value };
}

/** Changes a single-valued attribute. */
function change(current: JsonValue | undefined, operation: AttributeOperation): JsonValue | undefined {
  const { attribute, subAttribute } = operation.path;
  if (subAttribute) {
    const object = isJsonObject(current) ? current : {};
    return emptyToUndefined(withValue(object, subAttribute.name, parseSubAttribute(operation, subAttribute)));
  }
  if (operation.op === 'remove') return undefined;
  const value = parseSingle(attribute, operation.value ?? null);
  // RFC 7644 §3.5.2.3: both add and replace leave the sub-attributes that the value does not name unchanged.
  return isJsonObject(current) && isJsonObject(operation.value) && Object.keys(operation.value).length > 0
    ? emptyToUndefined(mergeObject(attribute, current, operation.value, asObject(value ?? {})))
    : value;
}

/** Merges a parsed complex value into the current one. Sub-attributes that were sent without a value are cleared. */
function mergeObject(
  { subAttributes }: AttributeDeclaration,
  current: JsonObject,
  sent: JsonObject,
  value: JsonObject,
): JsonObject {
  const replaced = new Set(
    Object.keys(sent).flatMap((key) => {
      const found = findAttribute(subAttributes, key);
      return found && found.mutability !== 'readOnly' ? [found.name] : [];
    }),
  );
  const kept = Object.entries(current).filter(([name]) => !replaced.has(name));
  return { ...Object.fromEntries(kept), ...value };
}

function parseSubAttribute(operation: AttributeOperation, subAttribute: AttributeDeclaration): JsonValue | undefined {
  if (operation.op === 'remove') return undefined;
  return parseValue(subAttribute, operation.value ?? null, pathName(operation.path));
}

function emptyToUndefined(object: JsonObject): JsonObject | undefined {
  return Object.keys(object).length > 0 ? object : undefined;
}

/** Changes a multi-valued attribute. */
function changeList(list: ElementList, operation: AttributeOperation): void {
  const { attribute } = operation.path;
  if (operation.where) changeSelected(list, operation, operation.where);
  else changeElements(list, operation);
  // The limit applies to existing and added elements together.
  assertElementCount(list.elements.length, attribute.name);
  assertSinglePrimary(list.countPrimaries(), attribute.name);
}

/** Changes a multi-valued attribute as a whole, without a filter. */
function changeElements(list: ElementList, operation: AttributeOperation): void {
  const { attribute, subAttribute } = operation.path;
  if (subAttribute) {
    if (list.elements.length === 0 && operation.op !== 'remove') list.add([{}]);
    setSubAttribute(list, list.elements, operation, subAttribute);
    list.dropEmpty();
    return;
  }
  if (operation.op === 'remove' && operation.value === undefined) {
    list.clear();
    return;
  }
  const value = parseValue(attribute, operation.op === 'remove' ? operation.value : (operation.value ?? null));
  const sent = Array.isArray(value) ? (value as readonly JsonValue[]) : [];
  if (operation.op === 'remove') {
    list.removeListed(sent);
    return;
  }
  if (operation.op === 'replace') list.clear();
  list.add(sent);
}

function setSubAttribute(
  list: ElementList,
  elements: ElementList['elements'],
  operation: AttributeOperation,
  subAttribute: AttributeDeclaration,
): void {
  const value = elements.length > 0 ? parseSubAttribute(operation, subAttribute) : undefined;
  for (const element of elements) {
    refuseImmutable(subAttribute, element.fields[subAttribute.name], value, operation);
    list.set(element, subAttribute.name, value);
  }
}

/**
 * Checks that an immutable sub-attribute keeps its value. Whole elements may still be added and removed. Throws
 * DomainError IMMUTABLE.
 */
function refuseImmutable(
  { mutability }: AttributeDeclaration,
  present: JsonValue | undefined,
  value: JsonValue | undefined,
  { path }: AttributeOperation,
): void {
  if (mutability !== 'immutable' || present === undefined || jsonEquals(present, value)) return;
  throw new DomainError('IMMUTABLE', `${pathName(path)} cannot be changed once it has a value`, pathName(path));
}

/** Changes the elements that `where` selects. */
function changeSelected(list: ElementList, operation: AttributeOperation, where: Expression): void {
  const selected = list.select(where);
  if (selected.length === 0) {
    changeMissing(list, operation, where);
    return;
  }
  const { subAttribute } = operation.path;
  if (subAttribute) setSubAttribute(list, selected, operation, subAttribute);
  else changeWhole(list, selected, operation, where);
  // If several elements become primary, the first one wins, so that repeating the operation changes nothing.
  const primary = selected.find(isPrimary);
  if (primary) list.keepPrimary(primary);
  list.dropEmpty();
}

/**
 * Replaces each selected element, or merges the sent element into it for `add`. A replaced element still matches the
 * filter.
 */
function changeWhole(
  list: ElementList,
  selected: ElementList['elements'],
  operation: AttributeOperation,
  where: Expression,
): void {
  const value = operation.op === 'remove' ? undefined : parseElement(operation);
  if (value === undefined) {
    const gone = new Set(selected);
    list.keep((element) => !gone.has(element));
    return;
  }
  if (operation.op === 'replace') {
    list.replace(selected, describedBy(where, value, operation));
    return;
  }
  const fields = Object.entries(value);
  for (const element of selected) for (const [name, field] of fields) list.set(element, name, field);
}

function parseElement({ path, value }: AttributeOperation): JsonObject | undefined {
  const parsed = parseSingle(path.attribute, value ?? null);
  return parsed === undefined ? undefined : asObject(parsed);
}

/** Builds an element from the sent value and the values that the filter implies. */
function describedBy(where: Expression, value: JsonObject, { path: { attribute } }: AttributeOperation): JsonObject {
  // A simple element consists of its value alone, so the filter implies nothing more.
  return attribute.type === 'complex'
    ? asObject(parseSingle(attribute, { ...impliedBy(where), ...value }) ?? {})
    : value;
}

function changeMissing(list: ElementList, operation: AttributeOperation, where: Expression): void {
  if (operation.op === 'remove' || operation.whenMissing === 'ignore') return;
  const implied = impliedBy(where);
  if (operation.whenMissing === 'fail' || !implied) {
    const path = pathName(operation.path);
    throw new DomainError('NO_TARGET', `No element of ${operation.path.attribute.name} matches the filter`, path);
  }
  const { attribute, subAttribute } = operation.path;
  if (!subAttribute) {
    const value = parseElement(operation);
    if (value === undefined) return;
    const created = operation.op === 'add' ? value : describedBy(where, value, operation);
    list.add([attribute.type === 'complex' ? created : (created['value'] ?? null)]);
    return;
  }
  const value = parseSubAttribute(operation, subAttribute);
  if (value === undefined) return;
  const created = parseSingle(attribute, { ...implied, [subAttribute.name]: value });
  if (created !== undefined) list.add([created]);
}

/**
 * Returns the element that a filter of equalities describes: `type eq "work" and primary eq true` is `{ type, primary
 * }`.
 *
 * @returns undefined for any other filter, from which no element can be built
 */
function impliedBy(where: Expression): JsonObject | undefined {
  if (where.kind === 'compare' && where.operator === 'eq' && where.value !== null) {
    const { subAttribute } = where.path;
    return { [subAttribute?.name ?? 'value']: subAttribute?.multiValued ? [where.value] : where.value };
  }
  if (where.kind !== 'and') return undefined;
  const parts = where.operands.map(impliedBy);
  return parts.every((part) => part !== undefined)
    ? parts.reduce<JsonObject>((implied, part) => ({ ...implied, ...part }), {})
    : undefined;
}

function asObject(value: JsonValue): JsonObject {
  return isJsonObject(value) ? value : { value };
}
