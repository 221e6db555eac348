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

/** Spellings of `/scim/v2/acme/Users` that lead there. */
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

/** Spellings that lead to no data, however they are read. */
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
  test.each([...SAME, ...NOWHERE])('is asked for at %s', async (path) => {
    expectUnauthorized(await send(path));
    expectUnauthorized(await send(path, 'nonsense'));
  });

  test.each([...SAME, '/scim/v2/acme/Schemas', '/scim/v2/acme/Nothing', '/scim/v2/nothing/Users'])(
    "does not take another directory's token at %s",
    async (path) => {
      for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE']) {
        expectUnauthorized(await send(path, other.scimToken, method));
      }
    },
  );

  test.each(SAME)('lets the own token in at %s', async (path) => {
    const { status, body } = await send(path, directory.scimToken);
    expect([status, body.Resources?.[0].userName]).toEqual([200, 'secret@acme.example']);
  });

  test.each(NOWHERE)('leads to no data at %s, whoever asks', async (path) => {
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
    ['a token of the right form that was never made', `Bearer ptc_scim_${'A'.repeat(43)}`],
    ['a very long token', `Bearer ${'x'.repeat(8_000)}`],
  ])('refuses %s', async (_title, authorization) => {
    const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
    expectUnauthorized(await sendRaw(server.url, 'GET', '/scim/v2/acme/Users', { headers }));
  });

  test.each([
    ['own and foreign', () => [directory.scimToken, other.scimToken]],
    ['foreign and own', () => [other.scimToken, directory.scimToken]],
    ['twice the same', () => [directory.scimToken, directory.scimToken]],
    ['two unknown ones', () => ['nonsense', 'none']],
  ])('refuses two Authorization header lines with 400: %s', async (_title, tokens) => {
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

  test('takes the scheme in any case', async () => {
    const headers = { authorization: `bearer ${directory.scimToken}` };
    expect((await sendRaw(server.url, 'GET', '/scim/v2/acme/Users', { headers })).status).toBe(200);
  });

  test('refuses a token in the query, a damaged one, a GraphQL one and an expired one', async () => {
    const expired = await server.createToken({ directory, kind: 'scim', expiresAt: new Date(Date.now() + 200) });
    await setTimeout(300);
    const damaged = directory.scimToken.slice(0, -1) + (directory.scimToken.endsWith('A') ? 'B' : 'A');
    for (const token of [directory.graphqlToken, expired.secret, damaged, directory.scimToken.toUpperCase()]) {
      expectUnauthorized(await send('/scim/v2/acme/Users', token));
    }
    expectUnauthorized(await send(`/scim/v2/acme/Users?access_token=${directory.scimToken}`));
  });

  test("lets an admin's token into every directory, and tells it which there are not", async () => {
    expect((await send('/scim/v2/acme/Users', server.adminToken)).status).toBe(200);
    expect((await send('/scim/v2/other/Users', server.adminToken)).status).toBe(200);
    expect((await send('/scim/v2/nothing/Users', server.adminToken)).status).toBe(404);
  });

  test('comes before the directory is looked up, and a malformed slug costs no statement', async () => {
    // The tokens are known for a second, and with one of them its own directory.
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

  test('comes before the body is read', async () => {
    const headers = { authorization: `Bearer ${other.scimToken}`, 'content-type': 'application/scim+json' };
    expectUnauthorized(await sendRaw(server.url, 'POST', '/scim/v2/acme/Users', { headers, body: '{' }));
  });

  test("writes into another directory neither by its ids nor by its members' ids", async () => {
    const own = new ScimClient(directory.scimUrl, directory.scimToken);
    const [stranger] = (await new ScimClient(other.scimUrl, other.scimToken).get('/Users')).body.Resources;
    expect((await own.get(`/Users/${stranger.id}`)).status).toBe(404);
    expect((await own.patch(`/Users/${stranger.id}`, { op: 'replace', path: 'title', value: 'x' })).status).toBe(404);
    expect((await own.delete(`/Users/${stranger.id}`)).status).toBe(404);
    const group = await own.post('/Groups', { displayName: 'Strangers', members: [{ value: stranger.id }] });
    expect([group.status, group.body.scimType]).toEqual([400, 'invalidValue']);
    expect((await send(`/scim/v2/other/Users/${stranger.id}`, other.scimToken)).body).toEqual(stranger);
  });
});
