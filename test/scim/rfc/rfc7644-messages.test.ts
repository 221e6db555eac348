import { expect } from '@jest/globals';
import { toErrorResource } from '../../../src/scim/protocol/errors.js';
import { sendRaw, type Wire } from '../../support/scim-client.js';
import { ERROR, LIST, NOBODY, USER, ok, refusal, useProvider } from './provider.js';
import { deviation, notOurs, requirement } from './requirement.js';

/* RFC 7644 §1, §3.1, §3.8, §3.11 to §3.13: URLs, messages, formats, /Me, errors and protocol versions. */

const provider = useProvider();

requirement('7644-1.2-01', 'MUST', 'URLs are percent-encoded', async () => {
  const user = await provider.createUser();
  const { members } = await provider.createGroup({ members: [{ value: user.id }] });
  for (const url of [user.meta.location, members[0].$ref]) expect(url).toMatch(/^[\w:/.~%-]+$/);
  const encoded = encodeURIComponent(`userName eq "${user.userName}"`).replaceAll('.', '%2E');
  const { origin, pathname } = new URL(provider.directory.scimUrl);
  const headers = { authorization: `Bearer ${provider.directory.scimToken}` };
  const answer = await sendRaw(origin, 'GET', `${pathname}/%55sers?filter=${encoded}`, { headers });
  expect(ok(answer).totalResults).toBe(1);
});

requirement('7644-1.3-01', 'MUST', 'The base URI has no query', async () => {
  expect(provider.directory.scimUrl).not.toContain('?');
  const body = { userName: provider.newName() };
  const answer = await provider.scim.send('POST', '/Users', { query: { aadOptscim062020: '' }, body });
  expect(answer.body.meta.location).not.toContain('?');
});

requirement('7644-3.1-01', 'MUST', 'The schema of a message begins with `urn:ietf:params:scim:api:`', async () => {
  for (const path of ['/Users', '/Schemas', `/Users/${NOBODY}`, '/Nothing', '/Me']) {
    const { body } = await provider.scim.get(path);
    expect(body.schemas).toEqual([expect.stringMatching(/^urn:ietf:params:scim:api:messages:2\.0:/)]);
  }
});

requirement('7644-3.1-02', 'MUST', 'Schemas of messages are not returned by /Schemas', async () => {
  const { Resources } = await provider.read('/Schemas');
  for (const { id } of Resources) expect(id).not.toMatch(/^urn:ietf:params:scim:api:/);
  for (const urn of [LIST, ERROR]) expect(refusal(await provider.scim.get(`/Schemas/${urn}`))).toEqual([404]);
});

requirement(
  '7644-3.1-03',
  'MUST',
  'Responses contain the state of a resource as interpreted by the provider',
  async () => {
    const user = await provider.createUser({ shoeSize: 7, NICKNAME: 'Al', groups: [{ value: NOBODY }], title: '' });
    const { schemas: _schemas, id: _id, userName: _userName, meta: _meta, active: _active, ...rest } = user;
    expect(rest).toEqual({ nickName: 'Al' });
    expect(await provider.read(`/Users/${user.id}`)).toEqual(user);
  },
);

notOurs('7644-3.1-04', 'SHOULD', 'A client does not expect to get back exactly what it sent', 'It binds clients.');

requirement('7644-3.8-01', 'MUST', 'JSON in UTF-8 is accepted and returned', async () => {
  const displayName = 'Zoë Größmann 山田 🙂 e\u0301';
  const user = await provider.createUser({ displayName });
  expect(user.displayName).toBe(displayName);
  expect((await provider.read(`/Users/${user.id}`)).displayName).toBe(displayName);
});

requirement('7644-3.8-02', 'MUST', 'UTF-8 is the default encoding', async () => {
  const displayName = 'Größe';
  const body = Buffer.from(JSON.stringify({ userName: provider.newName(), displayName }), 'utf8');
  const answer = await provider.scim.send('POST', '/Users', { body });
  expect(answer.body.displayName).toBe(displayName);
  const latin1 = Buffer.from(JSON.stringify({ userName: provider.newName(), displayName }), 'latin1');
  expect(refusal(await provider.scim.send('POST', '/Users', { body: latin1 }))).toEqual([400, 'invalidSyntax']);
});

notOurs('7644-3.8-03', 'MUST', 'A client that uses another encoding specifies it', 'It binds clients.');

requirement('7644-3.8-04', 'MUST', '`Accept: application/scim+json` is supported', async () => {
  const headers = { accept: 'application/scim+json' };
  const answer = await provider.scim.send('GET', '/Users', { headers });
  expect([answer.status, answer.headers['content-type']]).toEqual([200, 'application/scim+json']);
});

deviation(
  '7644-3.8-05',
  'SHOULD',
  '`Accept: application/json` is supported',
  'The response is the same JSON with the type application/scim+json: Entra’s validator requires it in every response.',
  async () => {
    const answer = await provider.scim.send('GET', '/Users', { headers: { accept: 'application/json' } });
    expect([answer.status, answer.headers['content-type']]).toEqual([200, 'application/scim+json']);
    expect(answer.body.schemas).toEqual([LIST]);
  },
);

requirement('7644-3.11-01', 'SHOULD', 'If /Me is not supported, it returns 501', async () => {
  for (const method of ['GET', 'DELETE']) expect(refusal(await provider.scim.send(method, '/Me'))).toEqual([501]);
  for (const method of ['POST', 'PUT', 'PATCH']) {
    expect(refusal(await provider.scim.send(method, '/Me', { body: {} }))).toEqual([501]);
  }
});

notOurs(
  '7644-3.11-02',
  'MUST',
  'A response of /Me has the permanent location of the resource in Location',
  '/Me is not supported: a token stands for a service, not for a user.',
);

requirement('7644-3.12-01', 'MUST', 'Errors are JSON in the body of the response', async () => {
  const token = provider.directory.scimToken;
  const answers = [
    await provider.scim.get(`/Users/${NOBODY}`),
    await provider.scim.get('/Nothing/at/all'),
    await provider.scim.post('/Users', '{'),
    await provider.scim.send('DELETE', '/Users'),
    await provider.scim.get('/Users', { filter: 'x' }),
    await sendRaw(provider.server.url, 'GET', '/scim/v2/nowhere/Users', {
      headers: { authorization: `Bearer ${token}` },
    }),
    await provider.scim.send('POST', '/Users', { body: 'a=b', headers: { 'content-type': 'text/plain' } }),
  ];
  for (const answer of answers) {
    expect(answer.headers['content-type']).toBe('application/scim+json');
    expect(answer.body).toMatchObject({ schemas: [ERROR], detail: expect.any(String) });
  }
  expect(answers.map(({ status }) => status)).toEqual([404, 404, 400, 405, 400, 401, 415]);
});

requirement('7644-3.12-02', 'MUST', '`status` of an error is the HTTP status as a string', async () => {
  const { status, body } = await provider.scim.get(`/Groups/${NOBODY}`);
  expect([status, body.status]).toEqual([404, '404']);
});

requirement('7644-3.12-03', 'SHOULD', 'Statuses and scimTypes are used as tables 8 and 9 describe', async () => {
  const { scim } = provider;
  const { id, userName } = await provider.createUser();
  const path = `/Users/${id}`;
  const stale = { body: { userName }, headers: { 'if-match': 'W/"99"' } };
  const large = JSON.stringify({ userName, title: 'x'.repeat(6 * 1024 * 1024) });
  expect(refusal(await scim.get('/Users', { filter: 'title like "x"' }))).toEqual([400, 'invalidFilter']);
  expect(refusal(await scim.post('/Users', { userName }))).toEqual([409, 'uniqueness']);
  expect(refusal(await scim.patch(path, { op: 'remove', path: 'id' }))).toEqual([400, 'mutability']);
  expect(refusal(await scim.post('/Users', '[]'))).toEqual([400, 'invalidSyntax']);
  expect(refusal(await scim.patch(path, { op: 'add', path: '!', value: 'x' }))).toEqual([400, 'invalidPath']);
  expect(refusal(await scim.patch(path, { op: 'remove' }))).toEqual([400, 'noTarget']);
  expect(refusal(await scim.post('/Users', { schemas: [USER] }))).toEqual([400, 'invalidValue']);
  expect(refusal(await sendRaw(provider.server.url, 'GET', '/scim/v2/x/Users'))).toEqual([401]);
  expect(refusal(await scim.get('/Schemas', { filter: 'id pr' }))).toEqual([403]);
  expect(refusal(await scim.get(`/Users/${NOBODY}`))).toEqual([404]);
  expect(refusal(await scim.send('PUT', path, stale))).toEqual([412]);
  expect(refusal(await scim.get('/Me'))).toEqual([501]);
  expect(refusal(await scim.send('POST', '/Users', { body: large }))).toEqual([413]);
});

deviation(
  '7644-3.12-04',
  'SHOULD',
  'An internal error comes with advice for debugging',
  'It has no details, which could be secret. The log has its cause, under the X-Request-Id of the response.',
  async () => {
    const { status, body } = toErrorResource(new Error('password of the database'));
    expect(status).toBe(500);
    expect(JSON.stringify(body)).not.toContain('password');
    expect((await provider.scim.get('/Users')).headers['x-request-id']).toEqual(expect.any(String));
  },
);

notOurs(
  '7644-3.12-05',
  'SHOULD',
  'A client repeats a request after 307 and 308, and stores the location of 308 only',
  'It binds clients, and no request is redirected.',
);

notOurs('7644-3.12-06', 'MUST', 'Personal information is not in the URI of a request', 'It binds clients.');

deviation(
  '7644-3.13-01',
  'MUST',
  'A version in the URL directly precedes the endpoint',
  'It precedes the directory, as in `/scim/v2/{directory}/Users`: the part before the endpoint is the Tenant URL.',
  async () => {
    const { pathname } = new URL((await provider.createUser()).meta.location);
    expect(pathname).toMatch(new RegExp(`^/scim/v2/${provider.directory.slug}/Users/`));
    const headers = { authorization: `Bearer ${provider.directory.scimToken}` };
    const other = await sendRaw(provider.server.url, 'GET', `/scim/${provider.directory.slug}/v2/Users`, { headers });
    expect(other.status).toBe(404);
  },
);

requirement('7644-3.13-02', 'MUST', 'A request for another protocol version is rejected', async () => {
  const headers = { authorization: `Bearer ${provider.directory.scimToken}` };
  for (const version of ['v1', 'v3', 'v2.1', 'V1']) {
    const path = `/scim/${version}/${provider.directory.slug}/Users`;
    expect((await sendRaw(provider.server.url, 'GET', path, { headers })).status).toBe(404);
  }
});

deviation(
  '7644-3.13-03',
  'SHOULD',
  'Without a version in the URL the newest one is used',
  'The version is a fixed part of the Tenant URL and cannot be omitted.',
  async () => {
    const headers = { authorization: `Bearer ${provider.directory.scimToken}` };
    const path = `/scim/${provider.directory.slug}/Users`;
    const { status, body } = (await sendRaw(provider.server.url, 'GET', path, { headers })) as Wire;
    expect([status, body?.Resources]).toEqual([404, undefined]);
  },
);
