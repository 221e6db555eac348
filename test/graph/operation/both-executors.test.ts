import 'reflect-metadata';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { validate, parse } from 'graphql';
import { buildGraphSchema } from '../../../src/graph/schema.js';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';
import type { Wire } from '../../support/scim-client.js';
import { Harness, send, type Answer } from '../harness.js';
import { randomQuery, type ArgumentValues } from './random-query.js';

/** Two servers on one database: the first compiles repeated queries, the second executes all of them with graphql-js. */
let database: TestDatabase;
let compiling: Harness;
let plain: Harness;
let user: string;
let group: string;
let reader: string;

beforeAll(async () => {
  database = await createTestDatabase();
  const environment = { PORTICO_PUBLIC_URL: 'https://directory.example.com' };
  compiling = await Harness.start({ databaseUrl: database.url, environment });
  plain = await Harness.start({
    databaseUrl: database.url,
    environment: { ...environment, PORTICO_COMPILE_QUERIES: 'off' },
  });
  const boss = await compiling.createUser({ userName: 'boss', active: false });
  user = await compiling.createUser({
    userName: 'kim',
    externalId: 'same',
    managerId: boss,
    name: { givenName: 'Kim', familyName: 'Moss' },
    displayName: 'Kim "quoted" 🏃',
    emails: [{ value: 'kim@x.example', type: 'work', primary: true }, { value: 'k@home.example' }],
    costCenter: 'C7',
    department: 'Kites',
  });
  const others = [];
  for (const name of ['alex', 'sam', 'robin']) {
    others.push(await compiling.createUser({ userName: name, externalId: 'same', managerId: user }));
  }
  const inner = await compiling.createGroup('Inner', [user, ...others]);
  group = await compiling.createGroup('Outer', [inner, user]);
  await compiling.mutate('updateUser', { id: user, title: 'Pilot' });
  await compiling.mutate('removeGroupMembers', { groupId: inner, memberIds: [others[0]] });
  const { directory, server } = compiling;
  reader = (await server.createToken({ directory, kind: 'graphql', scopes: ['events:read'] })).secret;
});

afterAll(async () => {
  await compiling.stop();
  await plain.stop();
  await database.drop();
});

/** An error, and the path of the null that it caused in the data. */
interface Failure {
  readonly text: string;
  readonly nullPath: string;
}

function toFailures({ data, errors }: Answer): readonly Failure[] {
  return errors.map(({ message, path, extensions }) => ({
    text: `${extensions.code} ${message} ${JSON.stringify(path)}`,
    nullPath: JSON.stringify(nullPathOf(data, path)),
  }));
}

function nullPathOf(data: Wire, path: ReadonlyArray<string | number> = []): ReadonlyArray<string | number> {
  let value = data;
  for (const [depth, key] of path.entries()) {
    if (value === null || value === undefined) return path.slice(0, depth);
    value = value[key];
  }
  return path;
}

/**
 * Sends a query to both servers, to the compiling one until it has compiled it, and expects the same answers. If several
 * fields below one null fail, graphql-js reports those that it has reached, and compiled execution all of them: there may be
 * more errors, but for the same nulls.
 *
 * @returns the answer of graphql-js
 */
async function expectSameAnswer(
  query: string,
  variables: unknown = {},
  token = compiling.directory.graphqlToken,
): Promise<Answer> {
  const body = JSON.stringify({ query, variables });
  const expected = await send(plain.url, token, body);
  const failures = toFailures(expected);
  for (let run = 1; run <= 3; run++) {
    const answer = await send(compiling.url, token, body);
    expect({ run, status: answer.status, data: answer.data }).toEqual({
      run,
      status: expected.status,
      data: expected.data,
    });
    const found = toFailures(answer);
    expect(found.map(({ text }) => text)).toEqual(expect.arrayContaining(failures.map(({ text }) => text)));
    expect(new Set(found.map(({ nullPath }) => nullPath))).toEqual(new Set(failures.map(({ nullPath }) => nullPath)));
  }
  return expected;
}

describe('compiled execution and graphql-js return the same', () => {
  test.each([
    ['one object', 'query ($id: ID!) { directory { slug user(id: $id) { id userName active } } }'],
    [
      'columns, trees and lists, full and empty',
      `query ($id: ID!) { directory { user(id: $id) { displayName title department costCenter nickName version createdAt
        name { familyName middleName } emails { value type primary display } roles { value } addresses { locality } extensions } } }`,
    ],
    [
      'connections in connections',
      `{ directory { users(first: 5) { totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
        edges { cursor node { userName manager { userName } directReports(first: 2) { totalCount nodes { userName } }
        groups(last: 3, transitive: true) { edges { addedAt cursor node { displayName memberCount } } } } } } } }`,
    ],
    [
      'a union, by inline fragments, named ones and its type name',
      `query ($group: ID!) { directory { group(id: $group) { members(first: 10) { edges { addedAt node {
        __typename ... on User { userName ...Names } ... on Group { name: displayName memberCount } ... on Node { id } } } } } } }
       fragment Names on User { full: name { formatted } displayName }`,
    ],
    [
      'an interface',
      `{ directory { events(first: 50) { nodes { __typename id type sequence cursor occurredAt source actor
        ... on UserProvisioned { userId userName active user { userName } } ... on GroupCreated { group { displayName } }
        ... on MembershipAdded { groupId memberId memberType } ... on UserUpdated { changedAttributes } } } } }`,
    ],
    [
      'an object behind an interface',
      'query ($id: ID!) { node(id: $id) { __typename id ... on User { userName emails { value } } } }',
    ],
    [
      'nothing, where nothing is found',
      '{ directory { user(userName: "nobody") { id manager { id } } group(id: "x") { id } } }',
    ],
    [
      'aliases',
      '{ one: directory { a: slug b: slug } two: directory { users(first: 1) { nodes { x: userName y: userName } } } }',
    ],
    [
      'fields that are merged',
      '{ directory { users(first: 2) { nodes { userName } } users(first: 2) { nodes { active name { givenName } } totalCount } } }',
    ],
  ])('for %s', async (_name, query) => {
    const { data, errors } = await expectSameAnswer(query, { id: user, group });
    expect(errors).toEqual([]);
    expect(data).not.toEqual({ directory: null });
  });

  const CONDITIONS = `query ($yes: Boolean!, $maybe: Boolean = true) {
    directory @include(if: $yes) { slug @skip(if: $maybe) name @skip(if: false) @include(if: $maybe)
      ...Users @include(if: $maybe) ... @skip(if: $yes) { scimUrl } } again: directory { ...Users } }
    fragment Users on Directory { users(first: 2) { nodes { userName @include(if: $maybe) active @skip(if: $yes) } } }`;
  test.each([
    [{ yes: true }],
    [{ yes: false }],
    [{ yes: true, maybe: false }],
    [{ yes: false, maybe: false }],
    [{ yes: false, maybe: null }],
    [{}],
  ])('for @skip and @include with %j', (variables) => expectSameAnswer(CONDITIONS, variables));

  test('for fields that are skipped', async () => {
    await expectSameAnswer('{ directory @skip(if: true) { slug } }');
    await expectSameAnswer('{ directory { users(first: 1) { nodes { id @include(if: false) } } } }');
  });

  const VARIABLES = `query ($first: Int = 2, $after: String, $name: String, $since: DateTime = "2020-01-01T00:00:00Z",
      $filter: UserFilter, $direction: OrderDirection! = DESC) {
    directory {
      users(first: $first, after: $after, filter: $filter, orderBy: { field: USER_NAME, direction: $direction }) { nodes { userName } }
      named: users(first: 3, filter: { and: [{ userName: { startsWith: $name } }, { createdAt: { gt: $since } }] }) { totalCount }
    } }`;
  test.each([
    [{}],
    [{ first: 1, direction: 'ASC' }],
    [{ name: 'k' }],
    [{ name: null }],
    [{ filter: { or: [{ active: { eq: false } }, { title: { isNull: false } }] } }],
    [{ filter: { userName: { in: 'kim' } } }],
    [{ since: '2999-01-01T00:00:00Z' }],
    [{ first: null }],
    [{ first: 0 }],
    [{ first: 101 }],
    [{ first: '1' }],
    [{ first: 1.5 }],
    [{ first: 3e9 }],
    [{ after: 'no cursor' }],
    [{ after: 7 }],
    [{ since: 'yesterday' }],
    [{ direction: 'SIDEWAYS' }],
    [{ direction: null }],
    [{ filter: { userName: { eq: 'kim', ne: 'sam' } } }],
    [{ filter: { userName: 'kim' } }],
    [{ filter: { nothing: true } }],
    [{ filter: [] }],
    [{ unknown: 1 }],
  ])('for variables %j', (variables) => expectSameAnswer(VARIABLES, variables));

  test('for a variable with a name that the compiler might use itself', () =>
    expectSameAnswer(
      'query ($literal1: String) { directory { users(first: 9, filter: { userName: { eq: $literal1 } }) { totalCount } } }',
      {
        literal1: 'kim',
      },
    ));

  test.each([
    [
      'what the token may not read',
      '{ directory { slug users(first: 1) { nodes { id } } groups(first: 1) { totalCount } user(id: "x") { id } } }',
      true,
    ],
    [
      'users behind events',
      '{ directory { events(first: 2) { nodes { id ... on UserProvisioned { userName user { id } } } } } }',
      true,
    ],
    [
      'a page size that is missing',
      '{ directory { slug users { totalCount } user(userName: "kim") { userName } } }',
      false,
    ],
    [
      'a nested page size',
      '{ directory { users(first: 3) { nodes { userName groups(first: 0) { totalCount } } } } }',
      false,
    ],
    ['several matches', '{ directory { slug user(externalId: "same") { id } } }', false],
    ['no argument', '{ directory { slug user { id } group { id } } }', false],
    [
      'errors beside each other',
      '{ a: directory { users { totalCount } } b: directory { groups { totalCount } } }',
      false,
    ],
  ])('for errors: %s', async (_name, query, isReader) => {
    const { errors } = await expectSameAnswer(query, {}, isReader ? reader : compiling.directory.graphqlToken);
    expect(errors.length).toBeGreaterThan(0);
  });

  test('for a null in a non-null field, which is a masked internal error', async () => {
    const { pool } = compiling.server.database;
    await pool.query('alter table users alter column active drop not null');
    await pool.query('update users set active = null where id = $1', [user]);
    const { errors } = await expectSameAnswer('{ directory { users(first: 9) { nodes { active } } } }');
    expect(errors).toEqual([expect.objectContaining({ message: 'Internal server error' })]);
    await expectSameAnswer('query ($id: ID!) { directory { slug user(id: $id) { active } } }', { id: user });
    await pool.query('update users set active = true where id = $1', [user]);
  });

  test('for introspection', async () => {
    await expectSameAnswer(
      '{ __schema { queryType { name } types { name kind fields { name } } } directory { slug } }',
    );
    await expectSameAnswer(
      '{ __type(name: "User") { name interfaces { name } fields { name type { kind ofType { name } } } } }',
    );
  });

  test('for several operations of one document with fragments that have their own conditions', async () => {
    const query = `query A($a: Boolean!) { directory { ...F @include(if: $a) } } query B($a: Boolean!) { directory { ...F } }
      fragment F on Directory { slug name @skip(if: $a) }`;
    for (const operationName of ['A', 'B', 'A']) {
      for (const a of [true, false]) {
        const body = JSON.stringify({ query, operationName, variables: { a } });
        const token = compiling.directory.graphqlToken;
        const expected = await send(plain.url, token, body);
        for (let run = 0; run < 2; run++) expect((await send(compiling.url, token, body)).data).toEqual(expected.data);
      }
    }
  });

  test('for random queries', async () => {
    const schema = buildGraphSchema();
    const { directory: page } = await compiling.query('{ directory { users(first: 1) { pageInfo { endCursor } } } }');
    const values: ArgumentValues = {
      first: [1, 3, 100].map((value) => ({ literal: String(value), value })),
      id: [user, group, compiling.directory.id, 'x'].map((value) => ({ literal: JSON.stringify(value), value })),
      userName: [{ literal: '"KIM"', value: 'KIM' }],
      displayName: [{ literal: '"Outer"', value: 'outer' }],
      after: [{ literal: JSON.stringify(page.users.pageInfo.endCursor), value: page.users.pageInfo.endCursor }],
      filter: [
        { literal: '{ not: { externalId: { isNull: true } } }', value: { updatedAt: { gt: '2020-01-01T00:00:00Z' } } },
      ],
      orderBy: [
        { literal: '{ field: CREATED_AT, direction: DESC }', value: { field: 'DISPLAY_NAME', direction: 'ASC' } },
      ],
      transitive: [{ literal: 'true', value: false }],
      types: [{ literal: '[USER_UPDATED]', value: ['USER_PROVISIONED', 'MEMBERSHIP_ADDED'] }],
    };
    let valid = 0;
    await fc.assert(
      fc.asyncProperty(randomQuery(schema, values), async ({ query, variables }) => {
        if (validate(schema, parse(query)).length > 0) return;
        valid++;
        await expectSameAnswer(query, variables);
      }),
      { numRuns: 40, endOnFailure: true },
    );
    expect(valid).toBeGreaterThan(20);
  });
});
