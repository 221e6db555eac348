import { DomainError } from '../kernel/errors.js';
import { isJsonObject, jsonEquals, type JsonObject, type JsonValue } from '../kernel/json.js';
import type { AttributeDeclaration, AttributeType, SchemaDeclaration } from '../schema/attribute.js';
import { ENTERPRISE_URN } from '../schema/enterprise-user.js';
import { assertStorableText } from '../attributes/parse-value.js';

/** The maximum sizes in a registered schema. Real schemas have dozens of attributes. */
const LIMITS = { urn: 200, name: 100, description: 1_000, attributes: 300, listed: 500, listedText: 500 } as const;

/** RFC 8141, without the characters that end a URN in a PATCH path, a filter or the parameter `attributes`. */
const URN = /^urn:[a-z0-9][a-z0-9-]{0,31}(:[a-z0-9._~@%+*!/$-]+)+$/i;

/** RFC 7643 §2.1, plus the dots that gallery applications use in names (`emergencyContact.name`). */
const NAME = /^(\$ref|[a-z][a-z0-9$_-]*(\.[a-z0-9$_-]+)*)$/i;

/** Names with a special meaning in JavaScript objects. */
const FORBIDDEN_NAMES = new Set(['constructor', 'prototype', '__proto__']);

const TYPES = [
  'string',
  'boolean',
  'decimal',
  'integer',
  'dateTime',
  'binary',
  'reference',
  'complex',
] as const satisfies readonly AttributeType[];
const MUTABILITIES = ['readWrite', 'readOnly', 'immutable', 'writeOnly'] as const;
const RETURNED = ['default', 'always', 'never', 'request'] as const;
const UNIQUENESS = ['none', 'server', 'global'] as const;

/**
 * Parses a Schema resource of RFC 7643 §7, in the form in which service providers return it at `/Schemas`. Omitted
 * characteristics have the defaults of §2.2; unknown keys are ignored.
 *
 * @throws DomainError INVALID_VALUE with the location as path (`attributes.0.type`), also for a schema of the RFC,
 *   which cannot be replaced
 */
export function parseSchema(value: JsonValue | undefined): SchemaDeclaration {
  if (!isJsonObject(value)) throw invalid('schema', 'must be an object: a Schema resource of RFC 7643 §7');
  const urn = parseSchemaUrn(read(value, 'id'));
  const attributes = parseAttributeList(read(value, 'attributes'), 'attributes', true);
  refuseAmbiguous(attributes);
  return {
    urn,
    name: readText(value, 'name', 'name', LIMITS.name) ?? urn.slice(-LIMITS.name),
    description: readText(value, 'description', 'description', LIMITS.description) ?? '',
    attributes,
  };
}

function parseSchemaUrn(id: JsonValue | undefined): string {
  if (typeof id !== 'string' || id.length > LIMITS.urn || !URN.test(id)) {
    throw invalid('id', `must be a URN of at most ${LIMITS.urn} characters, such as urn:example:scim:2.0:User`);
  }
  const urn = `urn:${id.slice('urn:'.length)}`;
  const lower = urn.toLowerCase();
  const isReserved =
    lower.startsWith('urn:ietf:params:scim:schemas:core:') || lower.startsWith('urn:ietf:params:scim:api:');
  if (isReserved || lower === ENTERPRISE_URN.toLowerCase()) {
    throw invalid('id', `must not be ${urn}, which is defined by RFC 7643 or RFC 7644`);
  }
  return urn;
}

function parseAttributeList(value: JsonValue | undefined, path: string, top: boolean): AttributeDeclaration[] {
  if (!Array.isArray(value) || value.length === 0) throw invalid(path, 'must be a non-empty list of attributes');
  if (value.length > LIMITS.attributes) throw invalid(path, `must have at most ${LIMITS.attributes} attributes`);
  const names = new Set<string>();
  return (value as readonly JsonValue[]).map((one, index) => {
    const parsed = parseAttribute(one, `${path}.${index}`, top);
    const key = parsed.name.toLowerCase();
    if (names.has(key)) throw invalid(`${path}.${index}.name`, `must be unique: ${parsed.name} is declared twice`);
    names.add(key);
    return parsed;
  });
}

function parseAttribute(value: JsonValue, path: string, top: boolean): AttributeDeclaration {
  if (!isJsonObject(value)) throw invalid(path, 'must be an object');
  const type = readWord(value, 'type', path, TYPES);
  if (type === 'complex' && !top)
    throw invalid(`${path}.type`, 'must not be complex: a sub-attribute cannot have sub-attributes');
  const mutability = readWord(value, 'mutability', path, MUTABILITIES);
  const declaration: AttributeDeclaration = {
    name: parseName(read(value, 'name'), `${path}.name`),
    description: readText(value, 'description', `${path}.description`, LIMITS.description) ?? '',
    type,
    multiValued: readFlag(value, 'multiValued', path),
    required: readFlag(value, 'required', path),
    // Case folding would change the meaning of these types (RFC 7643 §2.3.6 and §2.3.7).
    caseExact: type === 'binary' || type === 'reference' || readFlag(value, 'caseExact', path),
    mutability,
    returned: parseReturned(value, path, mutability),
    uniqueness: parseUniqueness(value, path, type),
    ...readList(value, 'canonicalValues', path),
    ...readList(value, 'referenceTypes', path),
  };
  const subAttributes = read(value, 'subAttributes');
  if (type === 'complex') {
    return { ...declaration, subAttributes: parseAttributeList(subAttributes, `${path}.subAttributes`, false) };
  }
  if (Array.isArray(subAttributes) && subAttributes.length > 0) {
    throw invalid(`${path}.subAttributes`, 'must be absent unless the type is complex');
  }
  return declaration;
}

function parseName(value: JsonValue | undefined, path: string): string {
  const fits = typeof value === 'string' && value.length <= LIMITS.name && NAME.test(value);
  if (!fits || FORBIDDEN_NAMES.has(value.toLowerCase())) {
    throw invalid(
      path,
      `must start with a letter and contain only letters, digits, $, -, _ and dots, at most ${LIMITS.name} characters`,
    );
  }
  return value;
}

/** RFC 7643 §7: a `writeOnly` attribute is never returned. */
function parseReturned(
  value: JsonObject,
  path: string,
  mutability: AttributeDeclaration['mutability'],
): AttributeDeclaration['returned'] {
  const isSaid = read(value, 'returned') !== undefined;
  if (mutability !== 'writeOnly') return readWord(value, 'returned', path, RETURNED);
  if (isSaid && readWord(value, 'returned', path, RETURNED) !== 'never') {
    throw invalid(`${path}.returned`, 'must be never because the attribute is writeOnly');
  }
  return 'never';
}

function parseUniqueness(value: JsonObject, path: string, type: AttributeType): AttributeDeclaration['uniqueness'] {
  const uniqueness = readWord(value, 'uniqueness', path, UNIQUENESS);
  if (uniqueness !== 'none' && (type === 'complex' || type === 'boolean')) {
    throw invalid(`${path}.uniqueness`, `must be none for the type ${type}`);
  }
  return uniqueness;
}

/** Checks that `a.b` is not both an attribute with a dot and the sub-attribute `b` of `a`. */
function refuseAmbiguous(attributes: readonly AttributeDeclaration[]): void {
  const names = new Set(attributes.map(({ name }) => name.toLowerCase()));
  for (const [index, { name, subAttributes }] of attributes.entries()) {
    const twin = subAttributes?.find((sub) => names.has(`${name}.${sub.name}`.toLowerCase()));
    if (twin)
      throw invalid(
        `attributes.${index}.subAttributes`,
        `must not declare ${twin.name} because there is also an attribute ${name}.${twin.name}`,
      );
  }
}

/** Returns the value of a key; undefined for `null`, which is equivalent to an absent key. */
function read(object: JsonObject, key: string): JsonValue | undefined {
  return Object.hasOwn(object, key) ? (object[key] ?? undefined) : undefined;
}

function readText(object: JsonObject, key: string, path: string, limit: number): string | undefined {
  const value = read(object, key);
  if (value === undefined || value === '') return undefined;
  if (typeof value !== 'string' || value.length > limit) {
    throw invalid(path, `must be a string of at most ${limit} characters`);
  }
  assertStorableText(value, path);
  return value;
}

function readFlag(object: JsonObject, key: string, path: string): boolean {
  const value = read(object, key);
  if (value !== undefined && typeof value !== 'boolean') throw invalid(`${path}.${key}`, 'must be true or false');
  return value ?? false;
}

/** Reads one of several keywords; the first one is the default. */
function readWord<Word extends string>(object: JsonObject, key: string, path: string, words: readonly Word[]): Word {
  const value = read(object, key);
  const word = value === undefined ? words[0] : words.find((one) => one === value);
  if (word === undefined) throw invalid(`${path}.${key}`, `must be one of ${words.join(', ')}`);
  return word;
}

function readList(
  object: JsonObject,
  key: 'canonicalValues' | 'referenceTypes',
  path: string,
): Pick<AttributeDeclaration, 'canonicalValues' | 'referenceTypes'> {
  const value = read(object, key);
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return {};
  const isList = Array.isArray(value) && value.length <= LIMITS.listed;
  const texts = isList ? (value as readonly JsonValue[]).filter((one) => typeof one === 'string') : [];
  if (!isList || texts.length < value.length || texts.some((text) => text.length > LIMITS.listedText)) {
    const size = `at most ${LIMITS.listed} strings of at most ${LIMITS.listedText} characters`;
    throw invalid(`${path}.${key}`, `must be a list of ${size}`);
  }
  for (const text of texts) assertStorableText(text, `${path}.${key}`);
  return key === 'canonicalValues' ? { canonicalValues: texts } : { referenceTypes: texts };
}

/**
 * Returns whether stored values remain valid under a new declaration of their schema: every attribute is still
 * declared, stored, compared and folded as before, and none has become required. New attributes and changed
 * descriptions are allowed.
 */
export function keepsValues(before: SchemaDeclaration, after: SchemaDeclaration): boolean {
  return before.urn === after.urn && keepsAll(before.attributes, after.attributes);
}

function keepsAll(before: readonly AttributeDeclaration[], after: readonly AttributeDeclaration[]): boolean {
  const known = new Map(before.map((declaration) => [declaration.name, declaration]));
  const kept = after.filter((declaration) => known.has(declaration.name));
  if (kept.length < before.length) return false;
  if (after.some(({ name, required }) => required && known.get(name)?.required !== true)) return false;
  return kept.every((declaration) => {
    const previous = known.get(declaration.name);
    return (
      previous !== undefined &&
      jsonEquals(storage(previous), storage(declaration)) &&
      keepsAll(previous.subAttributes ?? [], declaration.subAttributes ?? [])
    );
  });
}

/** Returns the characteristics that determine how values are stored. */
function storage({ type, multiValued, caseExact, uniqueness }: AttributeDeclaration): JsonObject {
  return { type, multiValued, caseExact, unique: uniqueness !== 'none' };
}

function invalid(path: string, expectation: string): DomainError {
  return new DomainError('INVALID_VALUE', `${path} ${expectation}`, path);
}
