import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { getIntrospectionQuery } from 'graphql';
import { Harness } from '../harness.js';
import { TRANSPORTS } from './transports.js';

let harness: Harness;

beforeAll(async () => {
  harness = await Harness.start();
});

afterAll(() => harness.stop());

function repeat(count: number, toText: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => toText(index)).join(' ');
}

/** A path of so many fields: what is wide in it lies beneath aliases of the first. */
function deep(depth: number): string {
  const down = ['directory {', 'users(first: 1) {', 'nodes {', ...Array.from({ length: depth - 4 }, () => 'manager {')];
  return `{ ${down.join(' ')} id ${'}'.repeat(down.length)} }`;
}

/** By limit: how much is allowed, a document that asks for a certain amount, and what it is told when that is too much. */
const LIMITS: Readonly<Record<string, readonly [number, (count: number) => string, string]>> = {
  // A selection of one field is three tokens; the description of a variable's type makes up the rest.
  tokens: [
    10_000,
    (count) => `query (${'$a: Int '.repeat((count - 6) >> 2)}) { __typename ${'a '.repeat((count - 6) & 3)}}`,
    'A document must have at most 10000 tokens; this one has more',
  ],
  nesting: [
    100,
    (count) => '{ ...'.repeat(count - 1) + '{ __typename' + ' }'.repeat(count),
    'Brackets must be nested at most 100 levels deep; in this document they are nested deeper',
  ],
  depth: [12, deep, 'An operation must be at most 12 fields deep; this one is 13 fields deep'],
  fields: [
    1_000,
    // A fragment of ten fields, spread as often as it takes, and the rest beside it.
    (count) =>
      `{ directory { ${'...F '.repeat((count - 1) / 10)} ${'slug '.repeat((count - 1) % 10)} } }
       fragment F on Directory { ...G ...G } fragment G on Directory { ${'slug '.repeat(5)} }`,
    'An operation must select at most 1000 fields, including those of its fragments; this one selects 1001',
  ],
  rootFields: [
    50,
    (count) => `{ ${'...F '.repeat(count - 1)} __typename } fragment F on Query { ... { __typename } }`,
    'An operation must have at most 50 root fields; this one has 51',
  ],
  aliases: [
    100,
    (count) => `{ directory { ${repeat(count, (index) => `a${index}: slug`)} } }`,
    'A document must have at most 100 aliases; this one has 101',
  ],
  directives: [
    100,
    (count) => `{ directory { ${repeat(count, () => '... @include(if: true) { slug }')} } }`,
    'A document must have at most 100 directives; this one has 101',
  ],
  fragments: [
    100,
    (count) =>
      `{ directory { ${repeat(count, (index) => `...F${index}`)} } } ${repeat(count, (index) => `fragment F${index} on Directory { slug }`)}`,
    'A document must have at most 100 fragments; this one has 101',
  ],
};

describe('a document is refused for too many', () => {
  test.each(Object.entries(LIMITS))('%s, and told how many there may be', async (name, [limit, ask, message]) => {
    const within = await harness.send(ask(limit));
    expect(within.errors.map(({ extensions }) => extensions.code)).not.toContain('LIMIT_EXCEEDED');
    const asked = limit + 1;
    const { data, errors } = await harness.send(ask(asked));
    expect(data).toBeUndefined();
    expect(errors).toEqual([
      {
        message,
        extensions: { code: 'LIMIT_EXCEEDED', limit: { name, limit, asked: name === 'tokens' ? limit + 1 : asked } },
      },
    ]);
  });

  test.each(Object.keys(TRANSPORTS))('aliases over %s as well', async (transport) => {
    const [limit, ask] = LIMITS['aliases']!;
    const { data, errors } = await TRANSPORTS[transport]!(
      harness,
      { query: ask(limit + 1) },
      harness.directory.graphqlToken,
    );
    expect([data, errors[0].extensions.code]).toEqual([undefined, 'LIMIT_EXCEEDED']);
  });
});

test('fragments that contain each other are measured, and then refused for that', async () => {
  const query = '{ directory { ...A } } fragment A on Directory { slug ...B } fragment B on Directory { ...A }';
  expect(await harness.code(query)).toBe('GRAPHQL_VALIDATION_FAILED');
});

test("a document nested deeply enough to overflow the parser's stack is a client error", async () => {
  for (const opening of ['{...', '{a', '{a(b:[', '{a(b:{c:', 'query($a:[[[']) {
    expect(await harness.code(opening.repeat(5_000))).toMatch(/^(LIMIT_EXCEEDED|GRAPHQL_PARSE_FAILED)$/);
  }
});

test('introspection as tools do it is within all limits, and costs little', async () => {
  const { errors, extensions } = await harness.send(
    getIntrospectionQuery({ inputValueDeprecation: true, oneOf: true, specifiedByUrl: true }),
  );
  expect(errors).toEqual([]);
  expect(extensions.cost.requested).toBeLessThan(500);
});
