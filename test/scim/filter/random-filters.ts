import fc from 'fast-check';
import type { AttributeDeclaration, AttributePath } from '../../../src/domain/schema/attribute.js';
import type { ResourceSchema } from '../../../src/domain/schema/resource-schema.js';
import {
  binaries,
  decimals,
  integers,
  references,
  type RandomType,
  type Topic,
} from '../../support/random-resources.js';
import type { Literal, Operator } from './filter-oracle.js';
import { vocabularyOf } from './vocabulary.js';

/** A value that the server assigns when a resource is created: that of the nth resource of a type. */
export interface Fact {
  readonly of: RandomType;
  readonly nth: number;
  readonly fact: 'id' | 'created' | 'lastModified' | 'version' | 'location';
  /** Moves a time by this many milliseconds. For a URI, -1 removes its end and 1 its beginning. */
  readonly shift: number;
  /** The time zone of a printed time, in hours from UTC. */
  readonly zone: number;
}

/** The notation of a literal. */
type Style = 'plain' | 'escaped' | 'bare';

/** A filter for one resource type before its facts are known. */
export type Draft =
  | { readonly kind: 'and' | 'or'; readonly operands: readonly Draft[]; readonly spelling: number }
  | { readonly kind: 'not'; readonly operand: Draft; readonly spelling: number }
  | { readonly kind: 'parentheses'; readonly operand: Draft }
  | { readonly kind: 'present'; readonly named: Named; readonly spelling: number }
  | {
      readonly kind: 'compare';
      readonly named: Named;
      readonly operator: Operator;
      readonly value: Literal | Fact;
      readonly style: Style;
      readonly spelling: number;
    }
  | ValuePath;

/** A filter on elements; `then` is a comparison after the brackets. */
export interface ValuePath {
  readonly kind: 'element';
  readonly named: Named;
  readonly where: Draft;
  readonly then?: Draft;
}

/** A printed path and the intended attribute. For another type the path may resolve to another attribute. */
export class Named {
  constructor(
    readonly text: string,
    readonly path: AttributePath | undefined,
  ) {}

  /** Keeps the attribute declaration out of printed counterexamples. */
  [fc.toStringMethod](): string {
    return this.text;
  }
}

const OPERATORS = ['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le'] as const;
const ORDER = ['eq', 'ne', 'gt', 'ge', 'lt', 'le'] as const;

/** Generates filters for a resource type, mostly on a topic. A few may be invalid for their attributes. */
export function draftsOf(type: ResourceSchema, topic: Topic): fc.Arbitrary<Draft> {
  const paths = [...new Set(vocabularyOf(type).values())];
  const named = (some: readonly AttributePath[]): fc.Arbitrary<Named> => ofTopic(some, topic).chain(spellings);
  const undeclaredPaths = fc.constantFrom('nonsense', 'name.nonsense', 'urn:example:none:a').map(undeclared);
  const anyPath = fc.oneof(fc.constantFrom(...paths).chain(spellings), undeclaredPaths);
  return nested(
    fc.oneof(
      { weight: 12, arbitrary: comparisonsOf(named(paths.filter(isComparable)), topic) },
      { weight: 2, arbitrary: presencesOf(named(paths.filter(isVisible))) },
      { weight: 5, arbitrary: named(paths.filter(isList)).chain((one) => elementsOf(one, topic)) },
      { weight: 1, arbitrary: invalidTestsOf(anyPath, topic) },
      { weight: 1, arbitrary: anyPath.chain((one) => elementsOf(one, topic)) },
    ),
    3,
  );
}

/** Generates value paths of the multi-valued attributes of a type, mostly on a topic. */
export function valuePathsOf(type: ResourceSchema, topic: Topic): fc.Arbitrary<ValuePath> {
  const lists = [...new Set(vocabularyOf(type).values())].filter(isList);
  return ofTopic(lists, topic)
    .chain(spellings)
    .chain((named) => elementsOf(named, topic));
}

function isList({ attribute, subAttribute }: AttributePath): boolean {
  return attribute.multiValued && !subAttribute;
}

function isVisible({ attribute, subAttribute }: AttributePath): boolean {
  return attribute.returned !== 'never' && subAttribute?.returned !== 'never';
}

function isComparable(path: AttributePath): boolean {
  return isVisible(path) && significantOf(path).type !== 'complex';
}

/** Attributes that every resource has, or that other resources determine. */
const ALWAYS = new Set([
  'id',
  'externalId',
  'meta',
  'schemas',
  'userName',
  'displayName',
  'active',
  'groups',
  'members',
  'manager',
]);

/** Chooses an attribute first and then one of its paths, so that attributes with many sub-attributes are not more frequent. */
function ofTopic(paths: readonly AttributePath[], { names }: Topic): fc.Arbitrary<AttributePath> {
  const attributes = [...Map.groupBy(paths, ({ attribute }) => attribute).values()];
  const some = (wanted: (name: string) => boolean, weight: number): fc.WeightedArbitrary<AttributePath> => {
    const found = attributes.filter(([first]) => first && wanted(first.attribute.name));
    const among = found.length > 0 ? found : attributes;
    return { weight, arbitrary: fc.constantFrom(...among).chain((one) => fc.constantFrom(...one)) };
  };
  return fc.oneof(
    some((name) => names.has(name), 6),
    some((name) => ALWAYS.has(name), 3),
    some(() => true, 1),
  );
}

function nested(leaf: fc.Arbitrary<Draft>, maxDepth: number): fc.Arbitrary<Draft> {
  const spelling = fc.nat(7);
  return fc.letrec<{ draft: Draft }>((tie) => ({
    draft: fc.oneof(
      { maxDepth, withCrossShrink: true },
      { weight: 4, arbitrary: leaf },
      {
        weight: 2,
        arbitrary: fc.record({
          kind: fc.constantFrom('and', 'or'),
          operands: fc.array(tie('draft'), { minLength: 2, maxLength: 3 }),
          spelling,
        }),
      },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('not'), operand: tie('draft'), spelling }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('parentheses'), operand: tie('draft') }) },
    ),
  })).draft;
}

/** Generates value paths, sometimes with a comparison after the brackets, as in `emails[…].value eq "x"`. */
function elementsOf(named: Named, topic: Topic): fc.Arbitrary<ValuePath> {
  const { path } = named;
  const plain = path && !path.subAttribute && path.attribute.multiValued ? path : undefined;
  const subPaths = path?.attribute.subAttributes?.map((subAttribute) => ({ ...path, subAttribute })) ?? [];
  const inner =
    subPaths.length > 0
      ? fc.constantFrom(...subPaths).chain((sub) => inAnyCase(sub.subAttribute.name, sub))
      : inAnyCase('value', plain);
  const test = fc.oneof(
    { weight: 12, arbitrary: comparisonsOf(inner, topic) },
    { weight: 2, arbitrary: presencesOf(inner) },
    { weight: 1, arbitrary: invalidTestsOf(fc.oneof(inner, fc.constant(undeclared('nonsense'))), topic) },
  );
  return fc.record(
    { kind: fc.constant('element'), named: fc.constant(named), where: nested(test, 2), then: test },
    { requiredKeys: ['kind', 'named', 'where'] },
  );
}

function presencesOf(named: fc.Arbitrary<Named>): fc.Arbitrary<Draft> {
  return fc.record({ kind: fc.constant('present'), named, spelling: fc.nat(7) });
}

/** Generates comparisons that the type of the attribute allows. */
function comparisonsOf(named: fc.Arbitrary<Named>, topic: Topic): fc.Arbitrary<Draft> {
  return named.chain((one) => {
    const declaration = one.path && significantOf(one.path);
    return fc.record({
      kind: fc.constant('compare'),
      named: fc.constant(one),
      operator: operatorsOf(declaration),
      value: literalsOf(one.path, declaration, topic),
      style: styles,
      spelling: fc.nat(7),
    });
  });
}

/** Generates comparisons that the type of the attribute may not allow. */
function invalidTestsOf(named: fc.Arbitrary<Named>, topic: Topic): fc.Arbitrary<Draft> {
  const odd = fc.constantFrom<Literal>(
    ...[null, true, 5, '5', '5x', 'False', '', 'yesterday'],
    ...['2026-02-30T00:00:00Z', '2026-01-31', '2026-01-31T12:00:00', '2026-01-31T12:00:00+15:00'],
  );
  const comparisons = fc.record({
    kind: fc.constant('compare'),
    named,
    operator: fc.constantFrom(...OPERATORS),
    value: fc.oneof(odd, topic.texts),
    style: styles,
    spelling: fc.nat(7),
  });
  return fc.oneof({ weight: 3, arbitrary: comparisons }, { weight: 1, arbitrary: presencesOf(named) });
}

const styles = fc.constantFrom<Style>('plain', 'plain', 'plain', 'escaped', 'bare');

function significantOf({ attribute, subAttribute }: AttributePath): AttributeDeclaration {
  return subAttribute ?? attribute.subAttributes?.find(({ name }) => name === 'value') ?? attribute;
}

function operatorsOf(declaration: AttributeDeclaration | undefined): fc.Arbitrary<Operator> {
  switch (declaration?.type) {
    case 'boolean':
    case 'binary':
    case 'complex':
      return fc.constantFrom('eq', 'ne');
    case 'integer':
    case 'decimal':
    case 'dateTime':
      return fc.constantFrom(...ORDER);
    case 'string':
    case 'reference':
    case undefined:
      return fc.constantFrom(...OPERATORS);
  }
}

function literalsOf(
  path: AttributePath | undefined,
  declaration: AttributeDeclaration | undefined,
  topic: Topic,
): fc.Arbitrary<Literal | Fact> {
  const fact = factOf(path);
  const values = fact
    ? fc.oneof({ weight: 3, arbitrary: fact }, plainLiteralsOf(declaration, topic))
    : plainLiteralsOf(declaration, topic);
  return fc.oneof({ weight: 12, arbitrary: values }, { weight: 1, arbitrary: fc.constant(null) });
}

function plainLiteralsOf(declaration: AttributeDeclaration | undefined, topic: Topic): fc.Arbitrary<Literal> {
  const { texts, dateTimes } = topic;
  switch (declaration?.type) {
    case 'boolean':
      return fc.oneof(fc.boolean(), fc.constantFrom('True', 'false'));
    case 'integer':
    case 'decimal':
      // Entra sends numbers in quotes and without an exponent.
      return fc.oneof(integers, decimals, fc.constantFrom('2', '-3', '0.5', '1000000'));
    case 'dateTime':
      return fc.oneof(dateTimes, fc.tuple(dateTimes, fc.constantFrom('Z', '+13:30')).map(inZone));
    case 'binary':
      return binaries;
    case 'reference':
      return fc.oneof(references, urns, texts);
    case 'string':
    case 'complex':
    case undefined:
      return fc.oneof(
        { weight: 3, arbitrary: texts },
        { weight: 2, arbitrary: fc.tuple(texts, fc.nat(3), fc.nat(3)).map(cut) },
        { weight: 2, arbitrary: fc.tuple(texts, fc.constantFrom('upper', 'lower', 'NFD')).map(inOtherForm) },
        { weight: 1, arbitrary: fc.tuple(texts, fc.nat(5)).map(([text, nth]) => `${text}#${nth}`) },
        { weight: 1, arbitrary: words },
      );
  }
}

function cut([text, start, length]: [string, number, number]): string {
  return Array.from(text)
    .slice(start, start + length)
    .join('');
}

/** Converts a text to another case or normalization form. */
function inOtherForm([text, form]: [string, 'upper' | 'lower' | 'NFD']): string {
  return form === 'upper' ? text.toUpperCase() : form === 'lower' ? text.toLowerCase() : text.normalize('NFD');
}

/** Prints the same instant in another time zone. */
function inZone([text, zone]: [string, string]): string {
  const [fraction = ''] = /\.\d+/.exec(text) ?? [];
  const shift = zone === 'Z' ? 0 : 13.5 * 3_600_000;
  const written = new Date(Date.parse(text.replace(fraction, '')) + shift).toISOString().slice(0, 19);
  return /^\d{4}-/.test(written) && !written.startsWith('0000') ? written + fraction + zone : text;
}

const words = fc.constantFrom('', 'work', 'WORK', 'home', 'User', 'group', 'Device', 'direct', 'W/"1"', '#', 'm');
const urns = fc.constantFrom(
  'urn:ietf:params:scim:schemas:core:2.0:User',
  'urn:ietf:params:scim:schemas:core:2.0:Group',
  'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User',
  'urn:example:scim:kit:2.0:User',
  'urn:example:scim:team:2.0:Group',
  'urn:example:scim:device:2.0:Device',
  'urn:example:',
);

/** Generates ids, times, versions and URIs of the resources of this run. */
function factOf(path: AttributePath | undefined): fc.Arbitrary<Fact> | undefined {
  if (!path) return undefined;
  const { attribute, subAttribute } = path;
  const name = subAttribute ? `${attribute.name}.${subAttribute.name}` : attribute.name;
  if (subAttribute?.name === '$ref') return facts('location');
  if (attribute.name === 'meta' && subAttribute && subAttribute.name !== 'resourceType') {
    return facts(subAttribute.name as Fact['fact']);
  }
  const isReference = attribute.name === 'groups' || attribute.name === 'members' || attribute.name === 'manager';
  const isId = name === 'id' || (isReference && (!subAttribute || subAttribute.name === 'value'));
  return isId ? facts('id') : undefined;
}

function facts(fact: Fact['fact']): fc.Arbitrary<Fact> {
  return fc.record({
    of: fc.constantFrom('user', 'group', 'device'),
    nth: fc.nat(20),
    fact: fc.constant(fact),
    shift: fc.constantFrom(0, 0, -1, 1),
    zone: fc.constantFrom(0, 14, -11),
  });
}

function undeclared(text: string): Named {
  return new Named(text, undefined);
}

/** Generates the notations of a path: with and without its URN, in any case. Without a URN it may be another attribute. */
function spellings(path: AttributePath): fc.Arbitrary<Named> {
  const { urn, attribute, subAttribute } = path;
  const name = subAttribute ? `${attribute.name}.${subAttribute.name}` : attribute.name;
  const isKeyword = /^(and|or|not)$/i.test(name);
  const full = `${urn}:${name}`;
  return fc.constantFrom(full, isKeyword ? full : name).chain((text) => inAnyCase(text, path));
}

function inAnyCase(text: string, path: AttributePath | undefined): fc.Arbitrary<Named> {
  return fc.constantFrom(text, text, text.toLowerCase(), text.toUpperCase()).map((spelled) => new Named(spelled, path));
}
