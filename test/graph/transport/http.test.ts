import { brotliCompressSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Wire } from '../../support/scim-client.js';
import { Harness, send } from '../harness.js';

let harness: Harness;

beforeAll(async () => {
  harness = await Harness.start();
});

afterAll(() => harness.stop());

const JSON_TYPE = 'application/json';
const GRAPHQL_TYPE = 'application/graphql-response+json';

async function post(body: string, accept = GRAPHQL_TYPE): Promise<[number, string]> {
  const { graphqlToken } = harness.directory;
  const { status, headers, errors } = await send(harness.url, graphqlToken, body, { headers: { accept } });
  expect(headers.get('content-type')).toBe(`${accept === '*/*' ? JSON_TYPE : accept}; charset=utf-8`);
  return [status, errors[0]?.extensions?.code ?? 'no error'];
}

function operation(query: string): string {
  return JSON.stringify({ query });
}

describe('GraphQL over HTTP', () => {
  test.each([
    ['{"query":', 'BAD_REQUEST'],
    ['[]', 'BAD_REQUEST'],
    ['[{"query":"{ directory { id } }"}]', 'BAD_REQUEST'],
    ['"text"', 'BAD_REQUEST'],
    ['', 'BAD_REQUEST'],
    ['{}', 'BAD_REQUEST'],
    ['{"query":7}', 'BAD_REQUEST'],
    ['{"query":""}', 'BAD_REQUEST'],
    ['{"query":"{ directory { id } }","variables":[]}', 'BAD_REQUEST'],
    ['{"query":"{ directory { id } }","operationName":7}', 'BAD_REQUEST'],
  ])('%s is not a GraphQL request: 400 %s in every media type', async (body, code) => {
    expect(await post(body)).toEqual([400, code]);
    expect(await post(body, JSON_TYPE)).toEqual([400, code]);
    expect(await post(body, '*/*')).toEqual([400, code]);
  });

  test.each([
    ['{"query":"{ directory { id }"}', 'GRAPHQL_PARSE_FAILED'],
    ['{"query":"{ nothing }"}', 'GRAPHQL_VALIDATION_FAILED'],
    ['{"query":"query ($id: ID!) { node(id: $id) { id } }"}', 'BAD_USER_INPUT'],
    ['{"query":"subscription { directoryEvents { id } }"}', 'BAD_REQUEST'],
    ['{"query":"{ directory { id } } query A { directory { id } }"}', 'GRAPHQL_VALIDATION_FAILED'],
    ['{"query":"query A { directory { id } } query B { directory { id } }"}', 'OPERATION_RESOLUTION_FAILURE'],
    ['{"query":"query A { directory { id } }","operationName":"B"}', 'OPERATION_RESOLUTION_FAILURE'],
  ])('%s cannot be executed: 400 %s, but 200 in application/json', async (body, code) => {
    expect(await post(body)).toEqual([400, code]);
    expect(await post(body, JSON_TYPE)).toEqual([200, code]);
    expect(await post(body, '*/*')).toEqual([200, code]);
  });

  test('the preferred media type is used, and 406 is returned before execution if none is acceptable', async () => {
    const typeFor = async (accept: string): Promise<[number, string | null, string | undefined]> => {
      const body = operation('mutation { createUser(input: { userName: "once" }) { user { userName } } }');
      const { graphqlToken } = harness.directory;
      const { status, headers, errors } = await send(harness.url, graphqlToken, body, { headers: { accept } });
      return [status, headers.get('content-type'), errors[0]?.extensions.code];
    };
    expect(await typeFor('text/html, image/png')).toEqual([406, `${JSON_TYPE}; charset=utf-8`, 'BAD_REQUEST']);
    expect(await harness.query('{ directory { user(userName: "once") { id } } }')).toEqual({
      directory: { user: null },
    });
    for (const [accept, type] of [
      [`${GRAPHQL_TYPE}, ${JSON_TYPE};q=0.9`, GRAPHQL_TYPE],
      [`${JSON_TYPE}, ${GRAPHQL_TYPE};q=0.9`, JSON_TYPE],
      [`${GRAPHQL_TYPE};q=0, */*`, JSON_TYPE],
      ['application/*', JSON_TYPE],
    ] as const) {
      expect(await typeFor(accept)).toEqual([200, `${type}; charset=utf-8`, undefined]);
    }
  });

  test('an internal error in a field is 200 in every media type, because the operation was executed', async () => {
    const query = operation('{ directory { user(userName: "nobody") { id } users { totalCount } } }');
    expect(await post(query)).toEqual([200, 'BAD_USER_INPUT']);
    expect(await post(query, JSON_TYPE)).toEqual([200, 'BAD_USER_INPUT']);
  });

  test('a body over the limit returns 413', async () => {
    expect(await post(operation(`{ ${' '.repeat(1024 * 1024)} directory { id } }`))).toEqual([413, 'BAD_REQUEST']);
  });

  test('a compressed body is accepted up to the same limit; other encodings are rejected', async () => {
    const { graphqlToken } = harness.directory;
    const packed = async (text: string, encoding: string): Promise<number> => {
      const bytes = Buffer.from(text);
      const body = encoding === 'gzip' ? gzipSync(bytes) : encoding === 'br' ? brotliCompressSync(bytes) : bytes;
      return (await send(harness.url, graphqlToken, body, { headers: { 'content-encoding': encoding } })).status;
    };
    expect(await packed(operation('{ directory { id } }'), 'gzip')).toBe(200);
    expect(await packed(operation(`{ ${' '.repeat(1024 * 1024)} directory { id } }`), 'gzip')).toBe(413);
    for (const encoding of ['zip', 'br', 'constructor', '__proto__']) {
      expect([encoding, await packed(operation('{ directory { id } }'), encoding)]).toEqual([encoding, 415]);
    }
  });

  test.each([
    'text/plain',
    'application/graphql',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
  ])('a body of %s returns 415, also for types that browsers send without a preflight request', async (type) => {
    const body = operation('{ directory { id } }');
    const { status, errors } = await send(harness.url, harness.directory.graphqlToken, body, {
      headers: { 'content-type': type },
    });
    expect([status, errors]).toEqual([
      415,
      [{ message: 'Content-Type must be application/json', extensions: { code: 'BAD_REQUEST' } }],
    ]);
  });

  test.each(['PUT', 'PATCH', 'DELETE', 'OPTIONS'])('%s returns 405 with Allow', async (method) => {
    const { status, headers, errors } = await send(harness.url, harness.directory.graphqlToken, null, { method });
    expect([status, headers.get('allow')]).toEqual([405, 'GET, POST']);
    expect(errors).toEqual([
      {
        message: 'Method not allowed: send operations by POST, or queries by GET',
        extensions: { code: 'BAD_REQUEST' },
      },
    ]);
  });

  test('a malformed request gets JSON without details of the implementation', async () => {
    const bodies = ['{"query":', '\0', '{"query":"{ a"}', '{"query":"{ nothing }"}', '[]', '{"variables":{}}'];
    for (const accept of [JSON_TYPE, GRAPHQL_TYPE]) {
      for (const body of bodies) {
        const answer = await send(harness.url, harness.directory.graphqlToken, body, { headers: { accept } });
        expect(answer.errors).not.toHaveLength(0);
        expect(answer.data).toBeUndefined();
        const told = JSON.stringify(answer.errors);
        expect(told).not.toMatch(/stack|node_modules|\.js\b|SyntaxError|position \d/);
        for (const { extensions } of answer.errors) expect(extensions.code).toMatch(/^[A-Z_]+$/);
      }
    }
  });

  test('a fragment that contains itself is rejected', async () => {
    const query = `{ directory { users(first: 1) { nodes { ...A } } } } fragment A on User { manager { ...A } }`;
    expect(await post(operation(query))).toEqual([400, 'GRAPHQL_VALIDATION_FAILED']);
  });

  test('introspection is allowed with a token', async () => {
    const { data } = await harness.send('{ __schema { queryType { name } } }');
    expect(data.__schema.queryType.name).toBe('Query');
  });

  test('introspection can be switched off', async () => {
    const closed = await Harness.start({ environment: { PORTICO_INTROSPECTION: 'off' } });
    expect(await closed.code('{ __schema { queryType { name } } }')).toBe('GRAPHQL_VALIDATION_FAILED');
    expect(await closed.code('{ __type(name: "User") { name } }')).toBe('GRAPHQL_VALIDATION_FAILED');
    expect(await closed.query('{ __typename directory { __typename } }')).toEqual({
      __typename: 'Query',
      directory: { __typename: 'Directory' },
    });
    await closed.stop();
  });

  test('GET is allowed for queries, not for mutations', async () => {
    const get = (query: string, headers = {}): ReturnType<typeof fetch> =>
      fetch(`${harness.url}/graphql?query=${encodeURIComponent(query)}`, {
        headers: { authorization: `Bearer ${harness.directory.graphqlToken}`, ...headers },
      });
    const preflighted = { 'apollo-require-preflight': 'true' };
    const answer = await get('{ directory { id } }', preflighted);
    expect(((await answer.json()) as Wire).data.directory.id).toBe(harness.directory.id);
    const mutation = 'mutation { deleteUser(input: { id: "x" }) { deletedUserId } }';
    for (const accept of [JSON_TYPE, GRAPHQL_TYPE]) {
      const { status, headers } = await get(mutation, { ...preflighted, accept });
      expect([status, headers.get('allow')]).toEqual([405, 'POST']);
    }
    // Without that header any page could make a browser send the request with the user's credentials.
    expect((await get('{ directory { id } }')).status).toBe(400);
  });

  test('an internal error is masked and logged', async () => {
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
