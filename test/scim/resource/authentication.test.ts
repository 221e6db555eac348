import { setTimeout } from 'node:timers/promises';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { ScimClient, sendRaw, type ScimAnswer } from '../../support/scim-client.js';
import { startTestServer, type TestDirectory, type TestServer } from '../../support/server.js';
import { recordStatements } from '../../support/statements.js';

const recorder = recordStatements();
let server: TestServer;
let directory: TestDirectory;
let other: TestDirectory;

beforeAll(async () => {
  server = await startTestServer({ clientClass: recorder.clientClass });
  directory = await server.createDirectory('acme');
  other = await server.createDirectory('other');
  for (const { scimUrl, scimToken, slug } of [directory, other]) {
    const answer = await new ScimClient(scimUrl, scimToken).post('/Users', { userName: `secret@${slug}.example` });
    expect(answer.status).toBe(201);
  }
});

afterAll(async () => {
  await server.stop();
});

function send(path: string, token?: string, method = 'GET'): Promise<ScimAnswer> {
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return sendRaw(server.url, method, path, { headers });
}

function expectUnauthorized({ status, headers, body }: ScimAnswer): void {
  expect(status).toBe(401);
  expect(headers['www-authenticate']).toMatch(/^Bearer /);
  expect(headers['content-type']).toBe('application/scim+json');
  expect(body).toMatchObject({ schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'], status: '401' });
}

/** Spellings of `/scim/v2/acme/Users` that are equivalent. */
const SAME = [
  '/scim/v2/acme',
  '/scim/v2/acme/',
  '/scim/v2/acme/Users',
  '/scim/v2/acme/Users/',
  '/scim/v2/acme/Users//',
  '/scim/v2/acme//Users',
  '//scim//v2//acme//Users',
  '//scim//v2/acme/Users?aadOptscim062020',
  '/scim/v2/acme/Users?aadOptscim062020&startIndex=1',
  '/scim/v2/%61cme/Users',
  '/scim/v2/acme/%55sers',
  '/scim/v2/acme/users',
];

/** Spellings that must not return data, however they are decoded. */
const NOWHERE = [
  '/scim/v2/acme/Users/..%2f..%2fother%2fUsers',
  '/scim/v2/acme/Users/..%2f..',
  '/scim/v2/acme/..%2fother/Users',
  '/scim/v2/acme/../other/Users',
  '/scim/v2/acme/%2e%2e/other/Users',
  '/scim/v2/acme/./Users',
  '/scim/v2/acme%2fUsers',
  '/scim/v2/other%2f..%2facme/Users',
  '/scim/v2/acme%00/Users',
  '/scim/v2/acme;x=/Users',
  '/scim/v2/%/Users',
  '/scim/v2/%C0%AE/Users',
  '/scim/v2/acme/Users%3ffilter=',
  '/scim/v2/acme/Users/x/y/z',
  '/scim/v2/',
  '/scim/v2',
];

describe('authentication', () => {
  test.each([...SAME, ...NOWHERE])('is required at %s', async (path) => {
    expectUnauthorized(await send(path));
    expectUnauthorized(await send(path, 'nonsense'));
  });

  test.each([...SAME, '/scim/v2/acme/Schemas', '/scim/v2/acme/Nothing', '/scim/v2/nothing/Users'])(
    "does not accept another directory's token at %s",
    async (path) => {
      for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE']) {
        expectUnauthorized(await send(path, other.scimToken, method));
      }
    },
  );

  test.each(SAME)("accepts the directory's token at %s", async (path) => {
    const { status, body } = await send(path, directory.scimToken);
    expect([status, body.Resources?.[0].userName]).toEqual([200, 'secret@acme.example']);
  });

  test.each(NOWHERE)('with any token returns no data at %s', async (path) => {
    for (const token of [directory.scimToken, other.scimToken]) {
      const { status, body } = await send(path, token);
      expect([401, 404]).toContain(status);
      expect(JSON.stringify(body)).not.toContain('secret@');
    }
  });

  test.each(['/scim%2fv2/acme/Users', '/%73cim/v2/acme/Users', '/SCIM/V2/acme/Users', '/scim/v2/../v2/acme/Users'])(
    'is not skipped at %s',
    async (path) => {
      for (const token of [undefined, 'nonsense', other.scimToken]) {
        const { status, body } = await send(path, token);
        expect([401, 404]).toContain(status);
        expect(JSON.stringify(body)).not.toContain('secret@');
      }
    },
  );

  test.each([
    ['nothing', undefined],
    ['an empty header', ''],
    ['another scheme', 'Basic a2ltOnNlY3JldA=='],
    ['no token', 'Bearer'],
    ['a blank token', 'Bearer  '],
    ['two tokens', 'Bearer a, Bearer b'],
    ['an unknown token of the right format', `Bearer ptc_scim_${'A'.repeat(43)}`],
    ['a very long token', `Bearer ${'x'.repeat(8_000)}`],
  ])('rejects %s', async (_title, authorization) => {
    const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
    expectUnauthorized(await sendRaw(server.url, 'GET', '/scim/v2/acme/Users', { headers }));
  });

  test.each([
    ['own and foreign', () => [directory.scimToken, other.scimToken]],
    ['foreign and own', () => [other.scimToken, directory.scimToken]],
    ['twice the same', () => [directory.scimToken, directory.scimToken]],
    ['two unknown ones', () => ['nonsense', 'none']],
  ])('rejects two Authorization header lines with 400: %s', async (_title, tokens) => {
    const headers = { authorization: tokens().map((token) => `Bearer ${token}`) };
    const answer = await sendRaw(server.url, 'GET', '/scim/v2/acme/Users', { headers });
    expect(answer.status).toBe(400);
    expect(answer.headers['content-type']).toBe('application/scim+json');
    expect(answer.headers['www-authenticate']).toBe('Bearer realm="portico", error="invalid_request"');
    expect(answer.body).toEqual({
      schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
      status: '400',
      detail: expect.stringContaining('Authorization'),
    });
  });

  test('accepts the scheme in any case', async () => {
    const headers = { authorization: `bearer ${directory.scimToken}` };
    expect((await sendRaw(server.url, 'GET', '/scim/v2/acme/Users', { headers })).status).toBe(200);
  });

  test('rejects a token in the query, a damaged one, a GraphQL one and an expired one', async () => {
    const expired = await server.createToken({ directory, kind: 'scim', expiresAt: new Date(Date.now() + 200) });
    await setTimeout(300);
    const damaged = directory.scimToken.slice(0, -1) + (directory.scimToken.endsWith('A') ? 'B' : 'A');
    for (const token of [directory.graphqlToken, expired.secret, damaged, directory.scimToken.toUpperCase()]) {
      expectUnauthorized(await send('/scim/v2/acme/Users', token));
    }
    expectUnauthorized(await send(`/scim/v2/acme/Users?access_token=${directory.scimToken}`));
  });

  test('accepts an admin token in every directory, with 404 for unknown ones', async () => {
    expect((await send('/scim/v2/acme/Users', server.adminToken)).status).toBe(200);
    expect((await send('/scim/v2/other/Users', server.adminToken)).status).toBe(200);
    expect((await send('/scim/v2/nothing/Users', server.adminToken)).status).toBe(404);
  });

  test('precedes the lookup of the directory, and a malformed slug is rejected without a statement', async () => {
    // Tokens are cached for a second, and with one of them its own directory.
    await send('/scim/v2/other/Users?count=0', other.scimToken);
    recorder.take();
    for (const slug of ['acme', 'nothing', 'x'.repeat(63), 'x'.repeat(60_000)]) {
      for (const token of [undefined, 'nonsense', other.scimToken, directory.graphqlToken]) {
        expectUnauthorized(await send(`/scim/v2/${slug}/Users`, token));
      }
    }
    for (const slug of ['x'.repeat(64), 'x'.repeat(60_000), 'Acme', '-acme', 'acme%00']) {
      expect((await send(`/scim/v2/${slug}/Users`, server.adminToken)).status).toBe(404);
    }
    expect(recorder.take().filter(({ text }) => text.includes('where slug = $1'))).toEqual([]);
  });

  test('precedes reading the body', async () => {
    const headers = { authorization: `Bearer ${other.scimToken}`, 'content-type': 'application/scim+json' };
    expectUnauthorized(await sendRaw(server.url, 'POST', '/scim/v2/acme/Users', { headers, body: '{' }));
  });

  test('does not allow access to another directory by the ids of its users', async () => {
    const own = new ScimClient(directory.scimUrl, directory.scimToken);
    const [foreignUser] = (await new ScimClient(other.scimUrl, other.scimToken).get('/Users')).body.Resources;
    expect((await own.get(`/Users/${foreignUser.id}`)).status).toBe(404);
    expect((await own.patch(`/Users/${foreignUser.id}`, { op: 'replace', path: 'title', value: 'x' })).status).toBe(
      404,
    );
    expect((await own.delete(`/Users/${foreignUser.id}`)).status).toBe(404);
    const group = await own.post('/Groups', { displayName: 'Strangers', members: [{ value: foreignUser.id }] });
    expect([group.status, group.body.scimType]).toEqual([400, 'invalidValue']);
    expect((await send(`/scim/v2/other/Users/${foreignUser.id}`, other.scimToken)).body).toEqual(foreignUser);
  });
});
