import type { JsonObject, JsonValue } from '../../../src/domain/kernel/json.js';
import type { AttributeDeclaration, AttributePath } from '../../../src/domain/schema/attribute.js';

/*
 * A second, simple implementation of filters: evaluates RFC 7644 §3.4.2.2 over the JSON of one resource at a time. It shares
 * only the attribute declarations with the product. Where the RFC leaves a choice:
 *
 * - An attribute without a value is equal to `null` only; `ne` is the negation of `eq`. For a multi-valued attribute, `ne`
 *   requires that no value is equal, and any other operator that some value matches.
 * - `pr` on a complex attribute requires any value in it.
 * - Text that is not `caseExact` is compared after full Unicode case folding, by code points.
 * - An element without `primary` is not primary (RFC 7643 §2.4).
 */

export type Operator = 'eq' | 'ne' | 'co' | 'sw' | 'ew' | 'gt' | 'ge' | 'lt' | 'le';
export type Literal = string | number | boolean | null;

/** A filter with resolved paths; an undeclared attribute has no `path`. */
export type Filter =
  | { readonly kind: 'and' | 'or'; readonly operands: readonly Filter[] }
  | { readonly kind: 'not'; readonly operand: Filter }
  | { readonly kind: 'present'; readonly path: AttributePath | undefined }
  | {
      readonly kind: 'compare';
      readonly path: AttributePath | undefined;
      readonly operator: Operator;
      readonly value: Literal;
    }
  | { readonly kind: 'element'; readonly path: AttributePath | undefined; readonly where: Filter };

/** The subject of a filter: a resource with the URN of its core schema, or an element within brackets. */
type Subject = { readonly resource: JsonObject; readonly coreUrn: string } | { readonly element: JsonValue };

/** Returns whether a full representation matches a valid filter. */
export function matches(filter: Filter, resource: JsonObject, coreUrn: string): boolean {
  return passes(filter, { resource, coreUrn });
}

/** Returns whether an element matches the filter within the brackets of a value path. */
export function matchesElement(where: Filter, element: JsonValue): boolean {
  return passes(where, { element });
}

function passes(filter: Filter, subject: Subject): boolean {
  switch (filter.kind) {
    case 'and':
      return filter.operands.every((operand) => passes(operand, subject));
    case 'or':
      return filter.operands.some((operand) => passes(operand, subject));
    case 'not':
      return !passes(filter.operand, subject);
    case 'present':
      return valuesAt(filter.path, subject).length > 0;
    case 'element':
      return valuesAt(filter.path, subject).some((element) => passes(filter.where, { element }));
    case 'compare': {
      const { operator, value } = filter;
      const path = filter.path && significant(filter.path);
      if (operator === 'ne') return !passes({ ...filter, operator: 'eq' }, subject);
      if (value === null) return operator === 'eq' && valuesAt(path, subject).length === 0;
      if (!path) return false;
      const declaration = path.subAttribute ?? path.attribute;
      const found = isPrimary(path) ? elementsAt(path, subject).map(primaryOf) : valuesAt(path, subject);
      return found.some((one) => holds(declaration, one, operator, value));
    }
  }
}

/** Returns all values of a path, through lists on both levels. */
function valuesAt(path: AttributePath | undefined, subject: Subject): JsonValue[] {
  if (!path) return [];
  const { subAttribute } = path;
  const elements = elementsAt(path, subject);
  return subAttribute ? elements.flatMap((one) => toList((one as JsonObject)[subAttribute.name])) : elements;
}

function elementsAt({ urn, attribute }: AttributePath, subject: Subject): JsonValue[] {
  if ('element' in subject) return [subject.element];
  const { resource, coreUrn } = subject;
  const holder = (urn === coreUrn ? resource : (resource[urn] ?? {})) as JsonObject;
  return toList(holder[attribute.name]);
}

function toList(value: JsonValue | undefined): JsonValue[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? [...(value as readonly JsonValue[])] : [value];
}

function isPrimary({ attribute, subAttribute }: AttributePath): boolean {
  return attribute.multiValued && subAttribute?.name === 'primary';
}

function primaryOf(element: JsonValue): JsonValue {
  return (element as JsonObject)['primary'] ?? false;
}

/** `emails eq "x"` means the value of an e-mail address (RFC 7643 §2.4). */
function significant(path: AttributePath): AttributePath {
  const value = path.attribute.subAttributes?.find(({ name }) => name === 'value');
  return path.subAttribute || !value ? path : { ...path, subAttribute: value };
}

function holds(declaration: AttributeDeclaration, left: JsonValue, operator: Operator, literal: Literal): boolean {
  switch (declaration.type) {
    case 'string':
    case 'reference':
    case 'binary': {
      const form = (text: string): string => (declaration.caseExact ? text : folded(text));
      return holdsOfText(form(left as string), operator, form(literal as string));
    }
    case 'boolean':
      return left === (typeof literal === 'string' ? literal.toLowerCase() === 'true' : literal);
    case 'integer':
    case 'decimal':
      return ordered(operator, Math.sign((left as number) - Number(literal)));
    case 'dateTime': {
      const [a, b] = [microseconds(left as string), microseconds(literal as string)];
      return ordered(operator, a < b ? -1 : a > b ? 1 : 0);
    }
    case 'complex':
      throw new Error('A complex value cannot be compared');
  }
}

function holdsOfText(left: string, operator: Operator, right: string): boolean {
  if (operator === 'co') return left.includes(right);
  if (operator === 'sw') return left.startsWith(right);
  if (operator === 'ew') return left.endsWith(right);
  const [a, b] = [left, right].map((text) => Array.from(text, (character) => character.codePointAt(0) ?? 0));
  return ordered(operator, compareLists(a ?? [], b ?? []));
}

function compareLists(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((point, index) => point !== b[index]);
  if (at < 0) return a.length === b.length ? 0 : -1;
  return at >= b.length || (a[at] ?? 0) > (b[at] ?? 0) ? 1 : -1;
}

function ordered(operator: Operator, sign: number): boolean {
  switch (operator) {
    case 'eq':
      return sign === 0;
    case 'gt':
      return sign > 0;
    case 'ge':
      return sign >= 0;
    case 'lt':
      return sign < 0;
    case 'le':
      return sign <= 0;
    case 'ne':
    case 'co':
    case 'sw':
    case 'ew':
      throw new Error(`${operator} is no order`);
  }
}

/** Returns the instant of a dateTime in any time zone. */
function microseconds(text: string): bigint {
  const [, seconds = '', fraction = '', zone = ''] = /^(.{19})(?:\.(\d+))?(.+)$/.exec(text) ?? [];
  return BigInt(Date.parse(seconds + zone)) * 1_000n + BigInt(fraction.padEnd(6, '0').slice(0, 6));
}

/** The mappings of Unicode's CaseFolding.txt (C and F) for the letters of random texts. */
const CASE_FOLDING = new Map([
  ['É', 'é'],
  ['ß', 'ss'],
  ['ẞ', 'ss'],
  ['Σ', 'σ'],
  ['ς', 'σ'],
  ['İ', 'i\u0307'],
  ['𐐀', '𐐨'],
  ['ﬁ', 'fi'],
]);

const FOLDS_TO_ITSELF = new Set(['é', 'σ', 'ı', '\u0301', '\u0307', '𐐨', '😀', '\ud7ff', '\ue000', '\u{10ffff}']);

function folded(text: string): string {
  const letters = Array.from(text.normalize('NFC'), (letter) => {
    if (letter <= '\x7f') return letter.toLowerCase();
    const other = CASE_FOLDING.get(letter);
    if (other === undefined && !FOLDS_TO_ITSELF.has(letter)) throw new Error(`How does ${letter} fold?`);
    return other ?? letter;
  });
  return letters.join('').normalize('NFC');
}

/** Returns whether a filter must be rejected with 400 invalidFilter because of the types of its attributes. */
export function isRefused(filter: Filter): boolean {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return filter.operands.some(isRefused);
    case 'not':
      return isRefused(filter.operand);
    case 'present':
      return filter.path !== undefined && isHidden(filter.path);
    case 'element':
      if (!filter.path) return false;
      return !filter.path.attribute.multiValued || filter.path.subAttribute !== undefined || isRefused(filter.where);
    case 'compare': {
      const path = filter.path && significant(filter.path);
      return path !== undefined && (isHidden(path) || !allows(path.subAttribute ?? path.attribute, filter));
    }
  }
}

/** Returns whether an attribute is never returned. A filter on it would let a client guess its value letter by letter. */
function isHidden({ attribute, subAttribute }: AttributePath): boolean {
  return attribute.returned === 'never' || subAttribute?.returned === 'never';
}

const ORDER: readonly Operator[] = ['gt', 'ge', 'lt', 'le'];
const PARTS: readonly Operator[] = ['co', 'sw', 'ew'];

function allows({ type }: AttributeDeclaration, { operator, value }: { operator: Operator; value: Literal }): boolean {
  if (type === 'complex') return false;
  const isText = type === 'string' || type === 'reference';
  if (ORDER.includes(operator) && (type === 'boolean' || type === 'binary')) return false;
  if (PARTS.includes(operator) && !isText) return false;
  if (value === null) return operator === 'eq' || operator === 'ne';
  switch (type) {
    case 'string':
    case 'reference':
    case 'binary':
      return typeof value === 'string';
    // Entra sends booleans and numbers in quotes.
    case 'boolean':
      return typeof value === 'boolean' || (typeof value === 'string' && /^(true|false)$/i.test(value));
    case 'integer':
    case 'decimal':
      return typeof value === 'number' || (typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value));
    case 'dateTime':
      return typeof value === 'string' && isDateTime(value);
  }
}

/** Returns whether a text is an XML Schema dateTime with a time zone of at most 14 hours. */
function isDateTime(text: string): boolean {
  const parts = /^(\d{4}-\d{2}-)(\d{2})T\d{2}:\d{2}:\d{2}(\.\d+)?(?:Z|[+-](\d{2}):(\d{2}))$/.exec(text);
  if (!parts || Number.isNaN(Date.parse(text))) return false;
  const [, month = '', day = '', , hours = '0', minutes = '0'] = parts;
  const isInCalendar = new Date(`${month}${day}T00:00:00Z`).getUTCDate() === Number(day);
  return isInCalendar && !text.startsWith('0000') && Number(hours) * 60 + Number(minutes) <= 14 * 60;
}
