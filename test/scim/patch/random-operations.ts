import fc from 'fast-check';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../src/domain/kernel/json.js';
import type { AttributeDeclaration, AttributePath } from '../../../src/domain/schema/attribute.js';
import type { ResourceSchema } from '../../../src/domain/schema/resource-schema.js';
import { singleValuesOf, valuesOf, type Topic } from '../../support/random-resources.js';
import { vocabularyOf } from '../filter/vocabulary.js';

/** An operation of a PATCH in the notation of the RFC. */
export interface RandomOperation {
  readonly op: 'add' | 'replace' | 'remove';
  readonly path?: string;
  readonly value?: JsonValue;
  /** The attribute that changes, with the URN of its schema; undefined if there may be several. */
  readonly about?: string;
}

const SKIPPED = new Set(['schemas', 'id', 'meta', 'groups', 'members', 'manager', 'userName']);

/** Returns the attributes that a client can change independently of other resources; `displayName` of groups is unique. */
function changeable(type: ResourceSchema): AttributePath[] {
  return [...new Set(vocabularyOf(type).values())].filter(
    ({ attribute, subAttribute }) =>
      !subAttribute &&
      attribute.mutability !== 'readOnly' &&
      attribute.uniqueness === 'none' &&
      !SKIPPED.has(attribute.name),
  );
}

/** Generates operations on all kinds of attributes, of the core schema and extensions, mostly on a topic. */
export function operationsOf(type: ResourceSchema, topic: Topic): fc.Arbitrary<RandomOperation> {
  const paths = changeable(type);
  const usual = paths.filter(({ attribute }) => topic.names.has(attribute.name));
  const path = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...(usual.length > 0 ? usual : paths)) },
    { weight: 1, arbitrary: fc.constantFrom(...paths) },
  );
  return fc.oneof(
    { weight: 6, arbitrary: path.chain((one) => ofOne(type, one, topic)) },
    { weight: 1, arbitrary: withoutPath(type, paths, topic) },
  );
}

function ofOne(type: ResourceSchema, path: AttributePath, topic: Topic): fc.Arbitrary<RandomOperation> {
  const { attribute } = path;
  const about = `${path.urn}:${attribute.name}`;
  const parts = (attribute.subAttributes ?? []).filter(({ mutability }) => mutability !== 'readOnly');
  const whole = named(type, path).chain((text) => changes(attribute, text, valuesOf(attribute, topic)));
  const elements = attribute.multiValued
    ? [named(type, path).chain((text) => removals(attribute, text, topic)), ofElements(type, path, topic)]
    : [];
  const ofParts = parts.map((part) =>
    named(type, { ...path, subAttribute: part }).chain((text) => changes(part, text, valuesOf(part, topic))),
  );
  const kinds = [whole, ...elements, ...(ofParts.length > 0 ? [fc.oneof(...ofParts)] : [])];
  return fc.oneof(...kinds).map((operation) => ({ ...operation, about }));
}

function changes(
  { clearable }: AttributeDeclaration,
  path: string,
  values: fc.Arbitrary<JsonValue>,
): fc.Arbitrary<RandomOperation> {
  const set = fc.record({ op: fc.constantFrom('add', 'replace'), path: fc.constant(path), value: values });
  if (clearable === false) return set;
  const clear = fc.record({
    op: fc.constant('replace'),
    path: fc.constant(path),
    value: fc.constantFrom(null, ''),
  });
  const remove = fc.constant<RandomOperation>({ op: 'remove', path });
  return fc.oneof({ weight: 4, arbitrary: set }, { weight: 1, arbitrary: clear }, { weight: 1, arbitrary: remove });
}

/** Generates removals of listed elements, as in Entra's default dialect; an empty list removes none. */
function removals(attribute: AttributeDeclaration, path: string, topic: Topic): fc.Arbitrary<RandomOperation> {
  const listed = fc.array(singleValuesOf(attribute, topic), { maxLength: 3 });
  return fc.record({ op: fc.constant('remove'), path: fc.constant(path), value: listed });
}

/**
 * Generates operations on the elements that a filter of one or two equalities selects, or on a sub-attribute of them. None
 * changes an attribute of its own filter, which would select other elements the next time.
 */
function ofElements(type: ResourceSchema, path: AttributePath, topic: Topic): fc.Arbitrary<RandomOperation> {
  const { attribute } = path;
  const parts = (attribute.subAttributes ?? []).filter(
    ({ mutability, returned, name }) => mutability !== 'readOnly' && returned !== 'never' && name !== '$ref',
  );
  if (parts.length === 0) {
    return fc
      .tuple(named(type, path), singleValuesOf(attribute, topic))
      .chain(([text, value]) => changesOfElement(`${text}[value eq ${JSON.stringify(value)}]`, fc.constant(value)));
  }
  const equality = (part: AttributeDeclaration): fc.Arbitrary<string> =>
    singleValuesOf(part, topic).map((value) => `${part.name} eq ${JSON.stringify(value)}`);
  return fc
    .tuple(
      named(type, path),
      fc.shuffledSubarray(parts, { minLength: 2, maxLength: Math.min(3, parts.length) }),
      singleValuesOf(attribute, topic),
    )
    .chain(([text, [target, ...selecting], element]) =>
      fc.tuple(...selecting.map(equality)).chain((equalities) => {
        const selected = `${text}[${equalities.join(' and ')}]`;
        const ofPart = target ? [changes(target, `${selected}.${target.name}`, valuesOf(target, topic))] : [];
        const names = new Set(selecting.map(({ name }) => name));
        const rest = Object.fromEntries(Object.entries(element as JsonObject).filter(([name]) => !names.has(name)));
        const isEmpty = Object.keys(rest).length === 0;
        return fc.oneof(...ofPart, changesOfElement(selected, isEmpty ? undefined : fc.constant(rest)));
      }),
    );
}

/** @param values if it is undefined, elements are only removed */
function changesOfElement(path: string, values: fc.Arbitrary<JsonValue> | undefined): fc.Arbitrary<RandomOperation> {
  const remove = fc.constant<RandomOperation>({ op: 'remove', path });
  if (!values) return remove;
  return fc.oneof(fc.record({ op: fc.constantFrom('add', 'replace'), path: fc.constant(path), value: values }), remove);
}

/** Generates operations with several attributes in one value: by name, by dotted path, and below the URN of an extension. */
function withoutPath(
  { core, extensions }: ResourceSchema,
  paths: readonly AttributePath[],
  topic: Topic,
): fc.Arbitrary<RandomOperation> {
  const entry = (path: AttributePath): fc.Arbitrary<JsonObject> => {
    const { urn, attribute } = path;
    const isOfCore = urn === core.urn;
    const value = valuesOf(attribute, topic);
    const plain = value.map((one): JsonObject => ({ [isOfCore ? attribute.name : `${urn}:${attribute.name}`]: one }));
    const parts = attribute.multiValued ? [] : (attribute.subAttributes ?? []);
    const dotted = parts.map((part) =>
      valuesOf(part, topic).map((one): JsonObject => ({
        [`${isOfCore ? '' : `${urn}:`}${attribute.name}.${part.name}`]: one,
      })),
    );
    const nested = isOfCore ? [] : [value.map((one): JsonObject => ({ [urn]: { [attribute.name]: one } }))];
    return fc.oneof(plain, ...(dotted.length > 0 ? [fc.oneof(...dotted)] : []), ...nested);
  };
  // One attribute of each schema: the second of two operations on the same attribute would undo the first.
  const ofEach = [core, ...extensions].map(({ urn }) => paths.filter((path) => path.urn === urn));
  return fc.record({
    op: fc.constantFrom('add', 'replace'),
    value: fc
      .tuple(...ofEach.filter(({ length }) => length > 0).map((some) => fc.constantFrom(...some).chain(entry)))
      .map((entries) => Object.assign({}, ...entries) as JsonObject),
  });
}

/** Generates the notations of a path: with its URN or, if it is unambiguous, without it, in any case. */
function named(type: ResourceSchema, path: AttributePath): fc.Arbitrary<string> {
  const { urn, attribute, subAttribute } = path;
  const name = subAttribute ? `${attribute.name}.${subAttribute.name}` : attribute.name;
  const meant = vocabularyOf(type).get(name.toLowerCase());
  const isClear = meant?.attribute === attribute && meant.urn === urn;
  const full = `${urn}:${name}`;
  return fc
    .constantFrom(full, isClear ? name : full)
    .chain((text) => fc.constantFrom(text, text.toUpperCase(), text.toLowerCase()));
}

/** Returns the operation as Entra sends it by default: capitalised operation names, simple values as text, lists of objects. */
export function inDefaultDialect(operation: RandomOperation): JsonObject {
  const { op, path, value } = inRfcDialect(operation);
  return {
    op: (op as string).charAt(0).toUpperCase() + (op as string).slice(1),
    ...(path !== undefined && { path }),
    ...(value !== undefined && { value: asText(value) }),
  };
}

/** Returns the operation as in the RFC, which Entra sends with the flag `aadOptscim062020`. */
export function inRfcDialect({ op, path, value }: RandomOperation): JsonObject {
  return { op, ...(path !== undefined && { path }), ...(value !== undefined && { value }) };
}

function asText(value: JsonValue): JsonValue {
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'number') return /^-?\d{1,15}(\.\d{1,15})?$/.test(String(value)) ? String(value) : value;
  if (Array.isArray(value)) return (value as readonly JsonValue[]).map(inObject);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, asText(one)]));
}

/** Wraps an element of a list of simple values as `{ "value": … }`. */
function inObject(element: JsonValue): JsonValue {
  const text = asText(element);
  return isJsonObject(text) ? text : { value: text };
}
