import type { SchemaStore } from '../../src/domain/schema-registry/schema-change.js';
import fc from 'fast-check';
import { fold } from '../../src/domain/kernel/fold.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../../src/domain/kernel/json.js';
import {
  attribute,
  complex,
  type AttributeDeclaration,
  type AttributeType,
  type SchemaDeclaration,
} from '../../src/domain/schema/attribute.js';
import { GROUP_SCHEMA, USER_SCHEMA, type ResourceSchema } from '../../src/domain/schema/resource-schema.js';
import { importSchemas } from '../../src/domain/schema-registry/resource-type-commands.js';

type Characteristics = NonNullable<Parameters<typeof attribute>[2]>;

const of = (type: AttributeType, name: string, more: Characteristics = {}): AttributeDeclaration =>
  attribute(name, `A ${type}.`, { type, caseExact: type === 'binary' || type === 'reference', ...more });
const text = (name: string, more: Characteristics = {}): AttributeDeclaration => of('string', name, more);

const MANY = { multiValued: true } as const;
const EXACT = { caseExact: true } as const;

/** Returns attributes of every type, single, multi-valued and as sub-attributes, with names that are difficult to parse. */
function everyType(): AttributeDeclaration[] {
  return [
    text('label'),
    text('Code', EXACT),
    text('first-name.last_name'),
    text('or'),
    of('boolean', 'flag'),
    of('integer', 'count'),
    of('decimal', 'ratio'),
    of('dateTime', 'since'),
    of('binary', 'seal'),
    of('reference', 'link'),
    text('labels', MANY),
    text('codes', { ...MANY, ...EXACT }),
    of('boolean', 'flags', MANY),
    of('integer', 'counts', MANY),
    of('decimal', 'ratios', MANY),
    of('dateTime', 'dates', MANY),
    of('binary', 'seals', MANY),
    of('reference', 'links', MANY),
    complex('desk', 'One complex value.', [
      text('room'),
      text('Code', EXACT),
      of('integer', 'floor'),
      of('boolean', 'primary'),
      of('dateTime', 'since'),
      of('binary', 'seal'),
      text('tags', MANY),
      of('boolean', 'flags', MANY),
      of('decimal', 'ratios', MANY),
      of('dateTime', 'dates', MANY),
      text('mark', { returned: 'always' }),
    ]),
    complex(
      'badges',
      'Complex values with the sub-attributes of RFC 7643 §2.4 and more.',
      [
        text('value'),
        text('type'),
        text('display', EXACT),
        of('boolean', 'primary'),
        of('boolean', 'valid'),
        of('integer', 'level'),
        of('decimal', 'ratio'),
        of('dateTime', 'until'),
        of('binary', 'seal'),
        of('reference', 'link'),
        text('tags', MANY),
        of('integer', 'counts', MANY),
        text('mark', { returned: 'always' }),
        text('pin', { returned: 'never' }),
      ],
      MANY,
    ),
    complex('pairs', 'Complex values without a value.', [text('key', EXACT), of('decimal', 'amount')], MANY),
    text('always', { returned: 'always' }),
    text('asked', { returned: 'request' }),
    text('hidden', { returned: 'never' }),
    text('secret', { mutability: 'writeOnly', returned: 'never' }),
  ];
}

const KIT: SchemaDeclaration = {
  urn: 'urn:example:scim:kit:2.0:User',
  name: 'Kit',
  description: 'Of users',
  attributes: everyType(),
};

/** Its URN begins with that of another schema, and some of its attributes have the same names. */
const KIT_SIZES: SchemaDeclaration = {
  urn: `${KIT.urn}:sizes`,
  name: 'Sizes',
  description: 'Of users',
  attributes: [of('decimal', 'shoe'), text('label', EXACT), text('department'), text('schemas'), text('meta')],
};

const TEAM: SchemaDeclaration = {
  urn: 'urn:example:scim:team:2.0:Group',
  name: 'Team',
  description: 'Of groups',
  attributes: everyType(),
};

const DEVICE: SchemaDeclaration = {
  urn: 'urn:example:scim:device:2.0:Device',
  name: 'Device',
  description: 'A type of its own',
  attributes: everyType(),
};

const LEASE: SchemaDeclaration = {
  urn: 'urn:example:scim:lease:2.0:Device',
  name: 'Lease',
  description: 'Of devices',
  attributes: everyType(),
};

/** The resource types of a directory after `registerRandomSchemas`: users, groups and a custom type. */
export const RANDOM_TYPES = {
  user: { ...USER_SCHEMA, extensions: [...USER_SCHEMA.extensions, KIT, KIT_SIZES] },
  group: { ...GROUP_SCHEMA, extensions: [TEAM] },
  device: {
    name: 'Device',
    endpoint: '/Devices',
    description: 'Devices',
    core: DEVICE,
    extensions: [LEASE],
    requiredExtensions: [],
  },
} as const satisfies Record<string, ResourceSchema>;

export type RandomType = keyof typeof RANDOM_TYPES;

/** Registers the schemas and the resource type of `RANDOM_TYPES`. */
export async function registerRandomSchemas(store: SchemaStore, directoryId: string): Promise<void> {
  const { name, endpoint, core, extensions } = RANDOM_TYPES.device;
  const schemas = [KIT, KIT_SIZES, TEAM, DEVICE, LEASE].map(({ urn, ...rest }) => ({
    schema: JSON.parse(JSON.stringify({ id: urn, ...rest })) as JsonObject,
  }));
  const schemaExtensions = extensions.map(({ urn }) => ({ schema: urn, required: false }));
  await importSchemas(store, directoryId, schemas, [{ name, endpoint, schema: core.urn, schemaExtensions }]);
}

/** Parts of texts: letters with all kinds of case folding, characters that SQL or JSON escape, and limits of code points. */
const PIECES = [
  ...['a', 'A', 'b', 'kim', 'KIM', 'é', 'É', 'e\u0301', 'ß', 'ẞ', 'ss', 'SS', 'σ', 'ς', 'Σ', 'i', 'I', 'ı', 'İ'],
  ...['\u212a', '𐐀', '𐐨', 'ﬁ', 'fi', '😀', '\ud7ff', '\ue000', '\u{10ffff}', '%', '_', '\\', '"', "'", '$1', '#1'],
  ...[' ', '\n', '\u007f', '.', '@', '[', ']', '(', ')', ':', '/', '0', '{', ','],
];

const pieces = fc.array(fc.constantFrom(...PIECES), { minLength: 1, maxLength: 3 }).map((parts) => parts.join(''));

const FRACTIONS = ['', '.0', '.000', '.5', '.123', '.123456', '.999999'];
const ZONES = ['Z', '+00:00', '-00:00', '+01:00', '-11:30', '+14:00', '-14:00'];

const instants = fc
  .record({
    day: fc.constantFrom('2026-01-31', '2026-02-01', '2024-02-29', '0001-01-01', '9999-12-31', '1969-12-31'),
    time: fc.constantFrom('00:00:00', '12:00:00', '12:00:01', '23:59:59'),
    fraction: fc.constantFrom(...FRACTIONS),
    zone: fc.constantFrom(...ZONES),
  })
  .map(({ day, time, fraction, zone }) => `${day}T${time}${fraction}${zone}`);

/** The words that the resources of one run have in common, so that random filters match random data. */
export interface Topic {
  /** The names of attributes that most resources have. */
  readonly names: ReadonlySet<string>;
  readonly texts: fc.Arbitrary<string>;
  readonly dateTimes: fc.Arbitrary<string>;
}

/** Generates topics of some attributes, texts and instants. */
export const topics: fc.Arbitrary<Topic> = fc
  .record({
    names: fc.uniqueArray(fc.constantFrom(...namesOf(Object.values(RANDOM_TYPES))), { minLength: 6, maxLength: 10 }),
    texts: fc.array(pieces, { minLength: 3, maxLength: 6 }),
    dateTimes: fc.array(instants, { minLength: 2, maxLength: 4 }),
  })
  .map(({ names, texts, dateTimes }) => ({
    names: new Set(names),
    texts: mostly(fc.constantFrom(...texts), pieces),
    dateTimes: mostly(fc.constantFrom(...dateTimes), instants),
  }));

function mostly<T>(usual: fc.Arbitrary<T>, other: fc.Arbitrary<T>): fc.Arbitrary<T> {
  return fc.oneof({ weight: 4, arbitrary: usual }, { weight: 1, arbitrary: other });
}

function namesOf(types: readonly ResourceSchema[]): string[] {
  const schemas = types.flatMap(({ core, extensions }) => [core, ...extensions]);
  const writable = schemas.flatMap(({ attributes }) => attributes.filter(isWritable));
  return [...new Set(writable.map(({ name }) => name))];
}

function isWritable({ mutability, name }: AttributeDeclaration): boolean {
  return mutability !== 'readOnly' && name !== '$ref';
}

const LABELS = ['work', 'home', 'Work', 'other'];

export const integers = fc.oneof(
  fc.integer({ min: -3, max: 3 }),
  fc.constantFrom(Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 1_000_000),
);

export const decimals = fc.oneof(
  fc.constantFrom(0, 0.5, -0.5, 0.1, 1, 1.5, 2, -3, 1e-7, 1e21, 123456.789),
  fc.constantFrom(Number.MAX_VALUE, Number.MIN_VALUE, Number.EPSILON, 0.30000000000000004),
);

export const binaries = fc.constantFrom('YQ==', 'YQ', 'yq==', 'AAAA', 'aaaa', '-_-_', '+/+/', 'c2VhbA==');

export const references = fc.constantFrom(
  'https://example.com/a',
  'https://EXAMPLE.com/a',
  'https://example.com/A',
  'urn:example:1',
  '../Users/1',
  'https://example.com/%C3%A9?q=_%25',
);

/** Generates values of an attribute; lists if it is multi-valued. */
export function valuesOf(declaration: AttributeDeclaration, topic: Topic): fc.Arbitrary<JsonValue> {
  const single = singleValuesOf(declaration, topic);
  if (!declaration.multiValued) return single;
  return fc.uniqueArray(single, { minLength: 1, maxLength: 3, selector: identity }).map(withOnePrimary);
}

/** Generates elements of a multi-valued attribute, or values of a single-valued one. */
export function singleValuesOf(declaration: AttributeDeclaration, topic: Topic): fc.Arbitrary<JsonValue> {
  switch (declaration.type) {
    case 'string':
      return declaration.name === 'type' ? mostly(fc.constantFrom(...LABELS), topic.texts) : topic.texts;
    case 'boolean':
      return fc.boolean();
    case 'integer':
      return integers;
    case 'decimal':
      return decimals;
    case 'dateTime':
      return topic.dateTimes;
    case 'binary':
      return binaries;
    case 'reference':
      return references;
    case 'complex':
      return entriesOf((declaration.subAttributes ?? []).filter(isWritable), topic, 1);
  }
}

function entriesOf(
  declarations: readonly AttributeDeclaration[],
  topic: Topic,
  minLength = 0,
): fc.Arbitrary<JsonObject> {
  if (declarations.length === 0) return fc.constant({});
  const entries = declarations.map((one) =>
    valuesOf(one, topic).map((value): [string, JsonValue] => [one.name, value]),
  );
  const most = Math.min(4, declarations.length);
  return fc
    .uniqueArray(fc.oneof(...entries), { minLength, maxLength: most, selector: ([name]) => name })
    .map((list) => Object.fromEntries(list));
}

/** Returns a key that is equal for elements with the same value and type (RFC 7643 §2.4), or equal elements without a value. */
function identity(element: JsonValue): string {
  if (!isJsonObject(element)) return fold(JSON.stringify(element));
  const { value, type } = element;
  const sorted = Object.entries(element).sort(([a], [b]) => (a < b ? -1 : 1));
  return fold(JSON.stringify(value === undefined ? sorted : [value, type]));
}

function withOnePrimary(elements: readonly JsonValue[]): JsonValue[] {
  let seen = false;
  return elements.map((element) => {
    if (!isJsonObject(element) || element['primary'] !== true) return element;
    const isFirst = !seen;
    seen = true;
    return isFirst ? element : { ...element, primary: false };
  });
}

/** Generates values of the writable attributes of a schema; attributes of the topic are more frequent. */
function attributesOf(declarations: readonly AttributeDeclaration[], topic: Topic): fc.Arbitrary<JsonObject> {
  const writable = declarations.filter(isWritable);
  const ofTopic = writable.filter(({ name }) => topic.names.has(name));
  const likely = Object.fromEntries(
    ofTopic.map((one) => [one.name, fc.option(valuesOf(one, topic), { nil: undefined, freq: 3 })]),
  );
  return fc
    .tuple(fc.record(likely), fc.oneof({ weight: 3, arbitrary: fc.constant({}) }, entriesOf(writable, topic)))
    .map(([usual, others]) => withoutUndefined({ ...others, ...usual }));
}

function withoutUndefined(object: Readonly<Record<string, JsonValue | undefined>>): JsonObject {
  return Object.fromEntries(
    Object.entries(object).filter((entry): entry is [string, JsonValue] => entry[1] !== undefined),
  );
}

const SET_APART = new Set(['userName', 'members', 'manager']);

/** Generates request bodies for a resource of a type, without unique attributes and references to other resources. */
export function bodiesOf({ core, extensions }: ResourceSchema, topic: Topic): fc.Arbitrary<JsonObject> {
  const free = ({ name, uniqueness }: AttributeDeclaration): boolean => !SET_APART.has(name) && uniqueness === 'none';
  const externalId = attribute('externalId', 'Of the client');
  const blocks = extensions.map(({ urn, attributes }) =>
    attributesOf(attributes.filter(free), topic).map((values): JsonObject => ({ [urn]: values })),
  );
  return fc
    .tuple(attributesOf([...core.attributes.filter(free), externalId], topic), ...blocks)
    .map((parts) => Object.assign({}, ...parts) as JsonObject);
}
