import { DomainError } from '../errors.js';
import { comparable, matchesElement, type Expression } from '../expression.js';
import { isJsonObject, jsonEquals, type JsonObject, type JsonValue } from '../json.js';
import { findAttribute, pathName, type AttributeDeclaration, type AttributePath } from './attribute.js';
import type { Attributes } from './attributes.js';
import { parseSingle, parseValue } from './parse-value.js';

/**
 * One change of one attribute, in the words of RFC 7644 §3.5.2. SCIM's PATCH becomes a list of them, and so does a
 * GraphQL input, so that both faces change a resource by the same rules.
 */
export interface AttributeOperation {
  readonly op: 'add' | 'replace' | 'remove';
  readonly path: AttributePath;
  /** Selects elements of a multi-valued attribute; its paths are sub-attributes of `path.attribute`. */
  readonly where?: Expression;
  /** What to do when `where` selects nothing. The façade decides; `create` builds the element that `where` describes. */
  readonly whenMissing?: 'create' | 'fail' | 'ignore';
  /** As the client sent it. Of `remove` on a multi-valued attribute: the elements to remove, else all. */
  readonly value?: JsonValue;
}

/**
 * Applies operations to attributes, one after the other, and returns the changed attributes; the input is left alone.
 * Required attributes are not checked here: a later operation may set what an earlier one removed.
 *
 * @param coreUrn the URN whose attributes lie at the top level
 * @throws DomainError READ_ONLY, IMMUTABLE, INVALID_VALUE, TOO_MANY, NO_TARGET; then nothing has happened
 */
export function applyOperations(
  attributes: Attributes,
  operations: readonly AttributeOperation[],
  coreUrn: string,
): Attributes {
  return operations.reduce((current, operation) => applyOperation(current, operation, coreUrn), attributes);
}

function applyOperation(attributes: Attributes, operation: AttributeOperation, coreUrn: string): Attributes {
  const { urn, attribute, subAttribute } = operation.path;
  if (attribute.mutability === 'readOnly' || subAttribute?.mutability === 'readOnly') {
    throw new DomainError('READ_ONLY', `${pathName(operation.path)} is read-only`, pathName(operation.path));
  }
  if (urn === coreUrn) return withValue(attributes, attribute.name, change(attributes[attribute.name], operation));
  const extension = attributes[urn];
  const values = isJsonObject(extension) ? extension : {};
  const changed = withValue(values, attribute.name, change(values[attribute.name], operation));
  return withValue(attributes, urn, Object.keys(changed).length > 0 ? changed : undefined);
}

function withValue(object: JsonObject, name: string, value: JsonValue | undefined): JsonObject {
  const { [name]: _previous, ...rest } = object;
  return value === undefined ? rest : { ...rest, [name]: value };
}

function change(current: JsonValue | undefined, operation: AttributeOperation): JsonValue | undefined {
  const { attribute } = operation.path;
  if (attribute.multiValued) {
    const elements = Array.isArray(current) ? (current as readonly JsonValue[]) : [];
    const changed = operation.where
      ? changeSelected(elements, operation, operation.where)
      : changeElements(elements, operation);
    // Parsed once more as a whole: the limit on elements holds for what is there together with what is added.
    return parseValue(attribute, changed);
  }
  if (operation.path.subAttribute) {
    const object = isJsonObject(current) ? current : {};
    return emptyToUndefined(changeSubAttribute(object, operation, operation.path.subAttribute));
  }
  if (operation.op === 'remove') return undefined;
  const value = parseSingle(attribute, operation.value ?? null);
  // RFC 7644 §3.5.2.3: sub-attributes that the value does not name are left unchanged, by add and by replace.
  return isJsonObject(current) && isJsonObject(operation.value) && isNotEmpty(operation.value)
    ? emptyToUndefined(mergeObject(current, operation.value, asObject(value ?? {})))
    : value;
}

/** Merges a parsed complex value into the present one; sub-attributes sent as `null` or `""` are cleared. */
function mergeObject(current: JsonObject, sent: JsonObject, value: JsonObject): JsonObject {
  const cleared = Object.keys(sent).filter((key) => sent[key] === null || sent[key] === '');
  const lowered = new Set(cleared.map((key) => key.toLowerCase()));
  const kept = Object.entries(current).filter(([key]) => !lowered.has(key.toLowerCase()));
  return { ...Object.fromEntries(kept), ...value };
}

function changeSubAttribute(
  object: JsonObject,
  operation: AttributeOperation,
  subAttribute: AttributeDeclaration,
): JsonObject {
  const value =
    operation.op === 'remove' ? undefined : parseValue(subAttribute, operation.value ?? null, pathName(operation.path));
  const present = object[subAttribute.name];
  if (subAttribute.mutability === 'immutable' && present !== undefined && !jsonEquals(present, value)) {
    const path = pathName(operation.path);
    throw new DomainError('IMMUTABLE', `${path} cannot be changed once it has a value`, path);
  }
  return withValue(object, subAttribute.name, value);
}

function emptyToUndefined(object: JsonObject): JsonObject | undefined {
  return Object.keys(object).length > 0 ? object : undefined;
}

/** The attribute as a whole: no filter selects elements. */
function changeElements(elements: readonly JsonValue[], operation: AttributeOperation): readonly JsonValue[] {
  const { attribute, subAttribute } = operation.path;
  if (subAttribute) {
    const targets = elements.length > 0 || operation.op === 'remove' ? elements : [{}];
    return targets.map((element) => changeSubAttribute(asObject(element), operation, subAttribute)).filter(isNotEmpty);
  }
  if (operation.op === 'remove') {
    if (operation.value === undefined) return [];
    const unwanted = parseValue(attribute, operation.value);
    return Array.isArray(unwanted) ? withoutElements(elements, unwanted as readonly JsonValue[], attribute) : elements;
  }
  const value = parseValue(attribute, operation.value ?? null);
  const sent = Array.isArray(value) ? (value as readonly JsonValue[]) : [];
  return sent.reduce<readonly JsonValue[]>(addElement, operation.op === 'replace' ? [] : elements);
}

/** Takes out the elements that are listed: the same by `value`, by its case rule, and by `type` where the list names one. */
function withoutElements(
  elements: readonly JsonValue[],
  unwanted: readonly JsonValue[],
  attribute: AttributeDeclaration,
): readonly JsonValue[] {
  const declaration = findAttribute(attribute.subAttributes, 'value') ?? attribute;
  const keyed = (element: JsonValue): JsonValue => {
    const value = asObject(element)['value'];
    return typeof value === 'string' ? { ...asObject(element), value: comparable(declaration, value) } : element;
  };
  const wanted = unwanted.map(keyed);
  return elements.filter((element) => {
    const key = keyed(element);
    return !wanted.some((one) => isSame(key, one) && (asObject(one)['type'] === undefined || sameType(key, one)));
  });
}

/** The elements that `where` selects. */
function changeSelected(
  elements: readonly JsonValue[],
  operation: AttributeOperation,
  where: Expression,
): readonly JsonValue[] {
  const selected = elements.map((element) => matchesElement(where, element));
  if (!selected.includes(true)) return changeMissing(elements, operation, where);
  const { subAttribute } = operation.path;
  const changed = elements.map((element, index) => {
    if (selected[index] !== true) return element;
    if (subAttribute) return changeSubAttribute(asObject(element), operation, subAttribute);
    return operation.op === 'remove' ? {} : changeWhole(asObject(element), operation, where);
  });
  // Of several that become primary the first does, so that the same operation again changes nothing.
  const primary = selected.findIndex((hit, index) => hit && isPrimary(changed[index]));
  return (primary < 0 ? changed : onlyPrimary(changed, primary)).filter(isNotEmpty);
}

/** `replace` puts the sent element in the place of the selected one, `add` merges it in; the selection keeps holding. */
function changeWhole(element: JsonObject, operation: AttributeOperation, where: Expression): JsonObject {
  const value = parseSingle(operation.path.attribute, operation.value ?? null);
  if (value === undefined) return {};
  const object = asObject(value);
  return operation.op === 'add' ? { ...element, ...object } : { ...impliedBy(where), ...object };
}

function changeMissing(
  elements: readonly JsonValue[],
  operation: AttributeOperation,
  where: Expression,
): readonly JsonValue[] {
  if (operation.op === 'remove' || operation.whenMissing === 'ignore') return elements;
  const implied = impliedBy(where);
  if (operation.whenMissing === 'fail' || !implied) {
    const path = pathName(operation.path);
    throw new DomainError('NO_TARGET', `No element of ${operation.path.attribute.name} matches the filter`, path);
  }
  const { subAttribute } = operation.path;
  const created = subAttribute
    ? changeSubAttribute(implied, operation, subAttribute)
    : changeWhole({}, operation, where);
  const clears = subAttribute ? created[subAttribute.name] === undefined : !isNotEmpty(created);
  return clears ? elements : addElement(elements, created);
}

/**
 * The element that a filter of equalities describes: `type eq "work" and primary eq true` is `{ type, primary }`.
 *
 * @returns undefined when the filter says anything else, so that no element could be made from it
 */
function impliedBy(where: Expression): JsonObject | undefined {
  if (where.kind === 'compare' && where.operator === 'eq' && where.value !== null) {
    return { [where.path.subAttribute?.name ?? 'value']: where.value };
  }
  if (where.kind !== 'and') return undefined;
  const parts = where.operands.map(impliedBy);
  return parts.every((part) => part !== undefined)
    ? parts.reduce<JsonObject>((implied, part) => ({ ...implied, ...part }), {})
    : undefined;
}

/**
 * Adds an element. One that is there already by (type, value) is not kept twice (RFC 7643 §2.4); what the new one says
 * beyond is merged in. A new primary element takes the flag from the old one (RFC 7644 §3.5.2).
 */
function addElement(elements: readonly JsonValue[], added: JsonValue): readonly JsonValue[] {
  const place = elements.findIndex((element) => isSame(element, added) && sameType(element, added));
  const present = elements[place];
  const merged = isJsonObject(present) && isJsonObject(added) ? { ...present, ...added } : added;
  const changed = place < 0 ? [...elements, added] : elements.with(place, merged);
  return isPrimary(added) ? onlyPrimary(changed, place < 0 ? elements.length : place) : changed;
}

function onlyPrimary(elements: readonly JsonValue[], primary: number): readonly JsonValue[] {
  return elements.map((element, index) =>
    index !== primary && isJsonObject(element) && isPrimary(element) ? { ...element, primary: false } : element,
  );
}

function isPrimary(element: JsonValue | undefined): boolean {
  return isJsonObject(element) && element['primary'] === true;
}

/** The same by `value`, or wholly the same where elements have none (addresses). */
function isSame(a: JsonValue, b: JsonValue): boolean {
  const left = asObject(a)['value'];
  const right = asObject(b)['value'];
  return left === undefined || right === undefined ? jsonEquals(a, b) : jsonEquals(left, right);
}

function sameType(a: JsonValue, b: JsonValue): boolean {
  return jsonEquals(asObject(a)['type'], asObject(b)['type']);
}

function asObject(value: JsonValue): JsonObject {
  return isJsonObject(value) ? value : { value };
}

function isNotEmpty(value: JsonValue): boolean {
  return !isJsonObject(value) || Object.keys(value).length > 0;
}
