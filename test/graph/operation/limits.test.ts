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

/** Returns a query that is `depth` fields deep. */
function deep(depth: number): string {
  const down = ['directory {', 'users(first: 1) {', 'nodes {', ...Array.from({ length: depth - 4 }, () => 'manager {')];
  return `{ ${down.join(' ')} id ${'}'.repeat(down.length)} }`;
}

/** For each limit: the maximum, a document with a given count, and the error message when the limit is exceeded. */
const LIMITS: Readonly<Record<string, readonly [number, (count: number) => string, string]>> = {
  // A selection of one field is three tokens; variable definitions are the rest.
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
    // A fragment of ten fields, spread as often as needed, and further fields for the remainder.
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

describe('a document is rejected for too many', () => {
  test.each(Object.entries(LIMITS))('%s, and the error has the limit', async (name, [limit, ask, message]) => {
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

  test.each(Object.keys(TRANSPORTS))('aliases over %s', async (transport) => {
    const [limit, ask] = LIMITS['aliases']!;
    const { data, errors } = await TRANSPORTS[transport]!(
      harness,
      { query: ask(limit + 1) },
      harness.directory.graphqlToken,
    );
    expect([data, errors[0].extensions.code]).toEqual([undefined, 'LIMIT_EXCEEDED']);
  });
});

test('measuring a document with cyclic fragments ends, and validation rejects it', async () => {
  const query = '{ directory { ...A } } fragment A on Directory { slug ...B } fragment B on Directory { ...A }';
  expect(await harness.code(query)).toBe('GRAPHQL_VALIDATION_FAILED');
});

test('nesting that could overflow the stack of the parser is rejected', async () => {
  for (const opening of ['{...', '{a', '{a(b:[', '{a(b:{c:', 'query($a:[[[']) {
    expect(await harness.code(opening.repeat(5_000))).toMatch(/^(LIMIT_EXCEEDED|GRAPHQL_PARSE_FAILED)$/);
  }
});

test('the introspection query of tools is within all limits, and its cost is low', async () => {
  const { errors, extensions } = await harness.send(
    getIntrospectionQuery({ inputValueDeprecation: true, oneOf: true, specifiedByUrl: true }),
  );
  expect(errors).toEqual([]);
  expect(extensions.cost.requested).toBeLessThan(500);
});
