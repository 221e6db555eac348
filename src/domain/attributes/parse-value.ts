import { DomainError } from '../kernel/errors.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../kernel/json.js';
import { findAttribute, type AttributeDeclaration } from '../schema/attribute.js';
import { isDateTime } from '../schema/date-time.js';
import { distinctElements } from './element-list.js';

/** The maximum length of a text value, in UTF-16 code units. It leaves room for photos and certificates. */
export const MAX_TEXT_LENGTH = 100_000;

/**
 * The maximum number of elements of a multi-valued attribute. Members of a group are not elements and not limited by
 * it.
 */
export const MAX_ELEMENTS = 1_000;

/**
 * RFC 4648 in either alphabet. Padding may be omitted (RFC 7643 §2.3.6); a single trailing character encodes nothing.
 */
const BASE64 = /^(?:[\w+/-]{4})*(?:[\w+/-]{2}(?:==)?|[\w+/-]{3}=?)?$/;

/**
 * Parses the value that a client sent for one attribute, under the declared names and otherwise unchanged. `null`,
 * `""`, `[]` and `{}` clear the attribute: RFC 7643 §2.5 calls them "unassigned", and Entra's validator sends them.
 * Complex elements with the same type and value are merged.
 *
 * @param path the attribute's path for error messages
 * @returns undefined when the value clears the attribute
 * @throws DomainError INVALID_VALUE (wrong type, text that cannot be stored), TOO_MANY (more than 1,000 elements)
 */
export function parseValue(
  declaration: AttributeDeclaration,
  value: JsonValue | undefined,
  path = declaration.name,
): JsonValue | undefined {
  if (!declaration.multiValued) return parseSingle(declaration, value, path);
  if (value === undefined || value === null || value === '') return undefined;
  if (!Array.isArray(value)) throw invalid(path, 'must be a list');
  assertElementCount(value.length, path);
  const parsed = (value as readonly JsonValue[])
    .map((element) => parseSingle(declaration, element, path))
    .filter((element) => element !== undefined);
  const elements = declaration.type === 'complex' ? distinctElements(declaration, parsed) : parsed;
  assertSinglePrimary(elements.filter((one) => isJsonObject(one) && one['primary'] === true).length, path);
  return elements.length > 0 ? elements : undefined;
}

/** Parses one element of a multi-valued attribute, or the value of a single-valued one. See `parseValue`. */
export function parseSingle(
  declaration: AttributeDeclaration,
  value: JsonValue | undefined,
  path = declaration.name,
): JsonValue | undefined {
  if (value === undefined) return undefined;
  if (value === null || value === '') {
    if (declaration.clearable === false) throw invalid(path, 'cannot be cleared');
    return undefined;
  }
  switch (declaration.type) {
    case 'boolean':
      return parseBoolean(value, path);
    case 'complex':
      return parseComplex(declaration, value, path);
    case 'integer':
    case 'decimal':
      return parseNumber(declaration.type, value, path);
    case 'dateTime':
      return parseText(value, path, 'must be a date and time such as 2026-01-31T12:00:00Z', isDateTime);
    case 'binary':
      return parseText(value, path, 'must be base64', (text) => BASE64.test(text));
    case 'string':
    case 'reference':
      return parseText(value, path, 'must be a string', () => true);
  }
}

function parseBoolean(value: JsonValue, path: string): boolean {
  if (typeof value === 'boolean') return value;
  throw invalid(path, 'must be true or false');
}

function parseNumber(type: 'integer' | 'decimal', value: JsonValue, path: string): number {
  const fits = typeof value === 'number' && (type === 'integer' ? Number.isSafeInteger(value) : Number.isFinite(value));
  if (!fits) throw invalid(path, type === 'integer' ? 'must be an integer' : 'must be a number');
  return value;
}

function parseText(value: JsonValue, path: string, expectation: string, accepts: (text: string) => boolean): string {
  if (typeof value !== 'string' || !accepts(value)) throw invalid(path, expectation);
  if (value.length > MAX_TEXT_LENGTH) throw invalid(path, `must be at most ${MAX_TEXT_LENGTH} characters long`);
  assertStorableText(value, path);
  return value;
}

/**
 * Checks that PostgreSQL can store the text: it accepts neither NUL nor unpaired surrogates.
 *
 * @throws DomainError INVALID_VALUE
 */
export function assertStorableText(text: string, path: string): void {
  if (text.includes('\0') || !text.isWellFormed()) throw invalid(path, 'must not contain NUL or an unpaired surrogate');
}

function parseComplex(declaration: AttributeDeclaration, value: JsonValue, path: string): JsonObject | undefined {
  if (!isJsonObject(value)) throw invalid(path, 'must be an object');
  const parsed: Record<string, JsonValue> = {};
  for (const [key, raw] of Object.entries(value)) {
    const subAttribute = findAttribute(declaration.subAttributes, key);
    if (!subAttribute || subAttribute.mutability === 'readOnly') continue;
    const subValue = parseValue(subAttribute, raw, `${path}.${subAttribute.name}`);
    if (subValue !== undefined) parsed[subAttribute.name] = subValue;
  }
  return Object.keys(parsed).length > 0 ? parsed : undefined;
}

/**
 * Checks the number of elements of an attribute.
 *
 * @throws DomainError TOO_MANY
 */
export function assertElementCount(elements: number, path: string): void {
  if (elements > MAX_ELEMENTS) {
    throw new DomainError('TOO_MANY', `${path} must have at most ${MAX_ELEMENTS} elements`, path);
  }
}

/**
 * Checks that at most one element is primary (RFC 7643 §2.4).
 *
 * @throws DomainError INVALID_VALUE
 */
export function assertSinglePrimary(primaries: number, path: string): void {
  if (primaries > 1) throw invalid(path, 'must have at most one primary element');
}

function invalid(path: string, expectation: string): DomainError {
  return new DomainError('INVALID_VALUE', `${path} ${expectation}`, path);
}
