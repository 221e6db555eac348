import 'reflect-metadata';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { getVariableValues, parse, validate, type OperationDefinitionNode } from 'graphql';
import { costOf } from '../../../src/graph/operation/cost.js';
import { buildGraphSchema } from '../../../src/graph/schema.js';
import { Harness } from '../harness.js';
import { TRANSPORTS } from './transports.js';

const schema = buildGraphSchema();

function cost(query: string, variables: Record<string, unknown> = {}): number {
  const document = parse(query);
  expect(validate(schema, document)).toEqual([]);
  const [operation] = document.definitions as [OperationDefinitionNode];
  const { coerced } = getVariableValues(schema, operation.variableDefinitions ?? [], variables);
  return costOf(schema, document, operation, coerced!);
}

describe('the cost of an operation', () => {
  test.each([
    ['nothing but names', '{ __typename }', 0],
    ['one object', '{ directory { slug name } }', 1],
    ['objects in objects', '{ directory { user(id: "x") { userName manager { userName } } } }', 3],
    [
      'attributes, however many',
      '{ directory { user(id: "x") { name { familyName } emails { value } addresses { locality } extensions } } }',
      2,
    ],
    // The directory, the page, and its ten users.
    ['a page', '{ directory { users(first: 10) { nodes { userName } } } }', 12],
    ['a page from its end', '{ directory { users(last: 10) { edges { cursor node { userName } } } } }', 12],
    [
      'a page by nodes and edges: it is read once',
      '{ directory { users(first: 10) { nodes { id } edges { node { userName } } pageInfo { hasNextPage } } } }',
      12,
    ],
    ['nothing but where a page lies', '{ directory { users(first: 10) { pageInfo { endCursor } } } }', 12],
    ['a total', '{ directory { users(first: 100) { totalCount } } }', 3],
    ['a total with its page', '{ directory { users(first: 10) { totalCount nodes { id } } } }', 13],
    // The directory, the page of users, and for each of its twenty users: the user, a page of groups and ten groups.
    [
      'pages in pages',
      '{ directory { users(first: 20) { nodes { groups(first: 10) { nodes { id } } } } } }',
      1 + 1 + 20 * (1 + 1 + 10),
    ],
    [
      'pages in both nodes and edges',
      '{ directory { users(first: 20) { nodes { groups(first: 10) { totalCount } } edges { node { groups(first: 5) { nodes { id } } } } } } }',
      1 + 1 + 20 * (1 + 2 + (1 + 5)),
    ],
    ['an object for each of a page', '{ directory { users(first: 20) { nodes { manager { id } } } } }', 1 + 1 + 20 * 2],
    [
      'a hundred of a hundred',
      '{ directory { users(first: 100) { nodes { groups(first: 100) { nodes { id } } } } } }',
      10_202,
    ],
    [
      'a page size that is refused later',
      '{ directory { users(first: 1000000) { nodes { id } } groups { nodes { id } } } }',
      1 + 101 + 1,
    ],
    [
      'the dearest of a union',
      `{ directory { group(id: "x") { members(first: 10) { nodes { __typename
      ... on User { groups(first: 5) { nodes { id } } manager { id } } ... on Group { members(first: 3) { totalCount } } } } } } }`,
      1 + 1 + 1 + 10 * (1 + 6 + 1),
    ],
    [
      'events with their users',
      '{ directory { events(first: 10) { nodes { id ... on UserUpdated { user { id } } ... on GroupUpdated { group { id } } } } } }',
      1 + 1 + 10 * 2,
    ],
    ['aliases', '{ a: directory { slug } b: directory { user(id: "x") { id } } }', 3],
    [
      'fields that are merged',
      '{ directory { users(first: 10) { nodes { id } } } directory { users(first: 10) { nodes { userName } } } }',
      12,
    ],
    [
      'fragments, merged too',
      '{ directory { ...F ...F ... on Node { id } } } fragment F on Directory { users(first: 10) { nodes { ...G } } } fragment G on User { manager { id } }',
      1 + 1 + 10 * 2,
    ],
    [
      'a fragment in two places',
      '{ a: directory { ...F } b: directory { ...F } } fragment F on Directory { users(first: 10) { nodes { id } } }',
      24,
    ],
    [
      'mutations',
      'mutation { a: deleteUser(input: { id: "x" }) { deletedUserId } b: updateUser(input: { id: "x" }) { user { groups(first: 10) { nodes { id } } } } }',
      10 + 1 + 10 + 1 + 11,
    ],
    ['a subscription', 'subscription { directoryEvents { id ... on UserUpdated { user { manager { id } } } } }', 3],
    ['introspection', '{ __schema { types { name fields { name } } } }', 5 * (1 + 5)],
  ])('of %s', (_name, query, expected) => {
    expect(cost(query)).toBe(expected);
  });

  test('depends on variables and their defaults', () => {
    const query = `query ($first: Int = 7, $last: Int, $deep: Boolean = false) { directory {
      users(first: $first) { nodes { id groups(last: $last) @include(if: $deep) { nodes { id } } } } } }`;
    expect(cost(query)).toBe(2 + 7);
    expect(cost(query, { first: 3 })).toBe(2 + 3);
    expect(cost(query, { first: 3, deep: true, last: 4 })).toBe(2 + 3 * (1 + 1 + 4));
    expect(cost(query, { first: 3, deep: true })).toBe(2 + 3 * (1 + 1));
    expect(cost(query, { first: -3, last: 4 })).toBe(2);
  });

  test('does not include skipped fields', () => {
    expect(cost('{ directory { slug users(first: 9) @skip(if: true) { nodes { id } } } }')).toBe(1);
    expect(cost('{ directory { slug ... @include(if: false) { users(first: 9) { nodes { id } } } } }')).toBe(1);
    expect(cost('{ directory { users(first: 9) { nodes @include(if: false) { id } totalCount } } }')).toBe(3);
    const merged =
      '{ directory { users(first: 9) @skip(if: true) { nodes { manager { id } } } users(first: 9) { nodes { id } } } }';
    expect(cost(merged)).toBe(2 + 9);
  });
});

describe('a server', () => {
  let harness: Harness;

  beforeAll(async () => {
    harness = await Harness.start({ environment: { PORTICO_MAX_COST: '100' } });
  });

  afterAll(() => harness.stop());

  const QUERY = 'query ($first: Int!) { directory { users(first: $first) { nodes { id } } } }';

  test.each(Object.keys(TRANSPORTS))(
    'returns the cost of an operation over %s, and rejects an operation that costs too much',
    async (transport) => {
      const ask = TRANSPORTS[transport]!;
      const { graphqlToken } = harness.directory;
      for (const first of [1, 98]) {
        const { data, extensions } = await ask(harness, { query: QUERY, variables: { first } }, graphqlToken);
        expect([data.directory.users.nodes, extensions]).toEqual([[], { cost: { requested: 2 + first, limit: 100 } }]);
      }
      const { data, errors } = await ask(harness, { query: QUERY, variables: { first: 99 } }, graphqlToken);
      expect(data).toBeUndefined();
      expect(errors).toEqual([
        {
          message:
            'The operation costs 101, which is more than the limit of 100. Request smaller pages or fewer nested pages',
          extensions: { code: 'LIMIT_EXCEEDED', limit: { name: 'cost', limit: 100, asked: 101 } },
        },
      ]);
    },
  );

  test('returns the cost of a rejected operation, too', async () => {
    const { extensions } = await harness.send(QUERY, { first: 100 });
    expect(extensions).toEqual({ cost: { requested: 102, limit: 100 } });
  });

  test('by default allows 100 users with 100 groups each, but no further nested page', async () => {
    const generous = await Harness.start();
    const wide = (inner: string): string =>
      `{ directory { users(first: 100) { nodes { groups(first: 100) { nodes { ${inner} } } } } } }`;
    expect((await generous.send(wide('id'))).errors).toEqual([]);
    expect(await generous.code(wide('members(first: 1) { nodes { ... on User { id } } }'))).toBe('LIMIT_EXCEEDED');
    await generous.stop();
  });
});
