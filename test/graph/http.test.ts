import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Wire } from '../support/scim-client.js';
import { Harness, send } from './harness.js';

let harness: Harness;

beforeAll(async () => {
  harness = await Harness.start();
});

afterAll(() => harness.stop());

async function post(body: string): Promise<[number, string]> {
  const { status, errors } = await send(harness.url, harness.directory.graphqlToken, body);
  return [status, errors[0]?.extensions?.code ?? 'no error'];
}

function operation(query: string): string {
  return JSON.stringify({ query });
}

describe('GraphQL over HTTP', () => {
  test.each([
    ['{"query":', 400, 'BAD_REQUEST'],
    ['[]', 400, 'BAD_REQUEST'],
    ['"text"', 400, 'BAD_REQUEST'],
    ['{}', 400, 'BAD_REQUEST'],
    ['{"query":7}', 400, 'BAD_REQUEST'],
    ['{"query":"{ directory { id }"}', 400, 'GRAPHQL_PARSE_FAILED'],
    ['{"query":"{ nothing }"}', 400, 'GRAPHQL_VALIDATION_FAILED'],
    ['{"query":"{ directory { id } }","variables":[]}', 400, 'BAD_REQUEST'],
    ['{"query":"query ($id: ID!) { node(id: $id) { id } }"}', 400, 'BAD_USER_INPUT'],
    ['{"query":"subscription { directoryEvents { id } }"}', 400, 'BAD_REQUEST'],
    ['{"query":"{ directory { id } } query A { directory { id } }"}', 400, 'GRAPHQL_VALIDATION_FAILED'],
  ])('%s gives %i %s', async (body, status, code) => {
    expect(await post(body)).toEqual([status, code]);
  });

  test('a body over the limit gives 413', async () => {
    expect(await post(operation(`{ ${' '.repeat(1024 * 1024)} directory { id } }`))).toEqual([413, 'BAD_REQUEST']);
  });

  test('documents of too many tokens, too deep ones and too many aliases are refused', async () => {
    expect(await post(operation(`{ ${'__typename '.repeat(10_001)} }`))).toEqual([400, 'GRAPHQL_PARSE_FAILED']);
    const deep = 'nodes { groups(first: 1) { nodes { members(first: 1) { nodes { ... on Group { ';
    const query = `{ directory { users(first: 1) { ${deep} ${'members(first: 1) { nodes { ... on Group { '.repeat(4)} id ${'} } } '.repeat(4)} } } } } } } } } }`;
    const tooDeep = await harness.send(query);
    expect(tooDeep.errors.map(({ message }) => message)).toEqual([
      'An operation may be 12 fields deep; this one is 16 deep',
    ]);
    const aliases = Array.from({ length: 101 }, (_, index) => `a${index}: __typename`).join(' ');
    expect(await post(operation(`{ ${aliases} }`))).toEqual([400, 'GRAPHQL_VALIDATION_FAILED']);
  });

  test('a fragment that contains itself is refused, not followed', async () => {
    const query = `{ directory { users(first: 1) { nodes { ...A } } } } fragment A on User { manager { ...A } }`;
    expect(await post(operation(query))).toEqual([400, 'GRAPHQL_VALIDATION_FAILED']);
  });

  test('introspection is open to those with a token', async () => {
    const { data } = await harness.send('{ __schema { queryType { name } } }');
    expect(data.__schema.queryType.name).toBe('Query');
  });

  test('a simple request that a browser would send across origins is refused', async () => {
    const response = await fetch(`${harness.url}/graphql`, {
      method: 'POST',
      headers: { authorization: `Bearer ${harness.directory.graphqlToken}`, 'content-type': 'text/plain' },
      body: operation('{ directory { id } }'),
    });
    expect(response.status).toBe(400);
  });

  test('queries may come by GET, mutations may not', async () => {
    const get = (query: string): Promise<Response> =>
      fetch(`${harness.url}/graphql?query=${encodeURIComponent(query)}`, {
        headers: {
          authorization: `Bearer ${harness.directory.graphqlToken}`,
          'apollo-require-preflight': 'true',
        },
      });
    expect(((await (await get('{ directory { id } }')).json()) as Wire).data.directory.id).toBe(harness.directory.id);
    expect((await get('mutation { deleteUser(input: { id: "x" }) { deletedUserId } }')).status).toBe(405);
  });

  test('a fault of ours is masked and reported', async () => {
    const lines: string[] = [];
    const broken = await Harness.start({ log: (line) => lines.push(line) });
    const { directory } = broken;
    await broken.query('{ directory { id } }');
    await broken.server.database.pool.query('alter table users rename to hidden');
    const { errors } = await broken.send('{ directory { user(userName: "x") { id } } }');
    expect(errors[0]).toMatchObject({
      message: 'Internal server error',
      extensions: { code: 'INTERNAL_SERVER_ERROR' },
      path: ['directory', 'user'],
    });
    expect(JSON.stringify(errors)).not.toContain('hidden');
    expect(lines.some((line) => line.includes('relation') && line.includes('users'))).toBe(true);
    expect(lines.some((line) => line.includes(directory.graphqlToken))).toBe(false);
    await broken.stop();
  });
});
