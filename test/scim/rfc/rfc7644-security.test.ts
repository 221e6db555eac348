import { createHmac } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect } from '@jest/globals';
import { readConfig } from '../../../src/config.js';
import { newSecret } from '../../../src/domain/token/secret.js';
import { queryGraphQL } from '../../support/graphql-client.js';
import { ScimClient, sendRaw, type ScimAnswer } from '../../support/scim-client.js';
import { Provider, refusal, useProvider } from './provider.js';
import { deviation, notOurs, requirement } from './requirement.js';

/* RFC 7644 §2 and §5 to §8: authentication, comparison of text, security. */

const lines: string[] = [];
const provider = useProvider({ log: (line) => lines.push(line) });
const behindTls = new Provider();

beforeAll(() => behindTls.start({ environment: { PORTICO_PUBLIC_URL: 'https://directory.fabrikam.example' } }));
afterAll(() => behindTls.stop());

function get(authorization?: string, path = '/Users'): Promise<ScimAnswer> {
  const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
  const { origin, pathname } = new URL(provider.directory.scimUrl);
  return sendRaw(origin, 'GET', pathname + path, { headers });
}

requirement('7644-2-01', 'SHOULD', 'No token is issued on weak or no authentication', async () => {
  const mutation = `mutation { createToken(input: { directory: "${provider.directory.slug}", kind: SCIM, name: "x" })
    { secret errors { code } } }`;
  for (const token of ['', provider.directory.scimToken, provider.directory.graphqlToken]) {
    const url = provider.server.url;
    const outcome = await queryGraphQL({ url, token }, mutation).catch((error: unknown) => ({ error: String(error) }));
    const refused = outcome.error !== undefined || outcome.createToken.errors.length > 0;
    expect([refused, outcome.createToken?.secret ?? null]).toEqual([true, null]);
  }
});

requirement('7644-2-02', 'SHOULD', 'Basic authentication is not the only scheme', async () => {
  for (const pair of ['admin:admin', `:${provider.directory.scimToken}`, `${provider.directory.scimToken}:`]) {
    expect(refusal(await get(`Basic ${Buffer.from(pair).toString('base64')}`))).toEqual([401]);
  }
});

requirement('7644-2-03', 'MUST', 'WWW-Authenticate names the authentication schemes', async () => {
  for (const authorization of [undefined, 'Bearer nonsense', 'Basic YTpi']) {
    const answer = await get(authorization);
    expect(refusal(answer)).toEqual([401]);
    expect(answer.headers['www-authenticate']).toMatch(/^Bearer realm="/);
  }
});

requirement('7644-2-04', 'MUST', 'The access rights of a client depend on its identity', async () => {
  const other = await provider.openTenant();
  const { id } = await provider.createUser();
  const stranger = new ScimClient(provider.directory.scimUrl, other.directory.scimToken);
  for (const answer of [
    await stranger.get(`/Users/${id}`),
    await stranger.post('/Users', { userName: provider.newName() }),
    await stranger.patch(`/Users/${id}`, { op: 'add', path: 'title', value: 'Boss' }),
    await stranger.delete(`/Users/${id}`),
  ]) {
    expect(refusal(answer)).toEqual([401]);
  }
  expect(refusal(await other.scim.get(`/Users/${id}`))).toEqual([404]);
});

requirement('7644-2-05', 'MUST', 'A client is mapped to one security subject', async () => {
  const url = provider.server.url;
  const { directory, scim } = await provider.openTenant();
  await scim.post('/Users', { userName: 'anna' });
  const query = '{ directory { events(first: 5) { nodes { source actor } } } }';
  const { nodes } = (await queryGraphQL({ url, token: directory.graphqlToken }, query)).directory.events;
  expect(nodes).toHaveLength(1);
  expect(nodes[0]).toMatchObject({ source: 'SCIM', actor: expect.stringContaining(directory.scimTokenId) });
});

requirement('7644-2-06', 'SHOULD', 'Authorization of an action considers its subject and its resource', async () => {
  const other = await provider.openTenant();
  const { id } = (await other.scim.post('/Users', { userName: 'guest' })).body;
  const { id: group, displayName } = await provider.createGroup();
  const members = [{ value: id }];
  const add = { op: 'add', path: 'members', value: members };
  expect(refusal(await provider.scim.patch(`/Groups/${group}`, add))).toEqual([400, 'invalidValue']);
  expect(refusal(await provider.scim.put(`/Groups/${group}`, { displayName, members }))).toEqual([400, 'invalidValue']);
});

requirement('7644-2.1-01', 'SHOULD', 'Type, scopes and subject of a token determine its access rights', async () => {
  const { directory } = provider;
  const { secret } = await provider.server.createToken({ directory, kind: 'graphql', scopes: ['directory:write'] });
  expect(refusal(await get(`Bearer ${secret}`))).toEqual([401]);
  expect((await get(`Bearer ${provider.server.adminToken}`)).status).toBe(200);
});

requirement('7644-2.1-02', 'MUST', 'With OAuth tokens, the threats of RFC 7521 §8 are considered', async () => {
  // Assertions are not accepted, neither as a token nor in exchange for one, so forged and stolen ones are useless.
  const { directory, server } = provider;
  const claims = { iss: 'https://login.microsoftonline.com/x/v2.0', sub: directory.scimTokenId, exp: 4_102_444_800 };
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');
  for (const [alg, key] of [
    ['none', ''],
    ['HS256', directory.scimToken],
    ['HS256', server.adminToken],
  ] as const) {
    const signed = `${encode({ alg, typ: 'JWT' })}.${encode(claims)}`;
    const signature = key === '' ? '' : createHmac('sha256', key).update(signed).digest('base64url');
    const assertion = `${signed}.${signature}`;
    expect(refusal(await get(`Bearer ${assertion}`))).toEqual([401]);
    const type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
    const body = new URLSearchParams({
      grant_type: 'client_credentials',
      client_assertion_type: type,
      client_assertion: assertion,
    });
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const answer = await sendRaw(server.url, 'POST', '/oauth/token', { body: body.toString(), headers });
    expect([answer.status, JSON.stringify(answer.body)]).toEqual([404, expect.not.stringContaining('token')]);
  }
});

requirement('7644-2.1-03', 'MUST', 'With other tokens, similar threats are considered', async () => {
  const { directory } = provider;
  const expired = await provider.server.createToken({ directory, kind: 'scim', expiresAt: new Date(Date.now() + 50) });
  await setTimeout(100);
  const { scimToken } = directory;
  const altered = scimToken.slice(0, -1) + (scimToken.endsWith('0') ? '1' : '0');
  for (const token of [expired.secret, altered, scimToken.slice(0, -6), `${scimToken} x`]) {
    expect(refusal(await get(`Bearer ${token}`))).toEqual([401]);
  }
  expect(refusal(await get(undefined, `/Users?access_token=${scimToken}`))).toEqual([401]);
});

deviation(
  '7644-5-01',
  'MUST',
  'userName is prepared and compared by the PRECIS profiles of RFC 7613',
  'It is compared in NFC with full case folding, in every script, but no name is rejected and full-width letters are not ' +
    'mapped: values from Entra must be accepted and returned unchanged.',
  async () => {
    const names = ['É́mile Größmann', 'ＫＩＭ'];
    for (const userName of names) expect((await provider.createUser({ userName })).userName).toBe(userName);
    const taken = await provider.scim.post('/Users', { userName: 'é́mile GRÖSSMANN'.normalize('NFD') });
    expect(refusal(taken)).toEqual([409, 'uniqueness']);
    expect((await provider.createUser({ userName: 'kim' })).userName).toBe('kim');
  },
);

notOurs('7644-7.1-01', 'MUST', 'A client does not put a user name and password into a URI', 'It binds clients.');

deviation(
  '7644-7.2-01',
  'MUST',
  'Transport-layer security is required',
  'Portico serves HTTP, by default on the loopback address only; a proxy in front of it terminates TLS. URIs in responses ' +
    'begin with PORTICO_PUBLIC_URL, an https origin.',
  async () => {
    const config = readConfig({});
    expect(config.host).toBe('127.0.0.1');
    const origin = behindTls.server.url;
    const { slug, scimToken } = behindTls.directory;
    const headers = { authorization: `Bearer ${scimToken}` };
    const body = { userName: 'anna' };
    const answer = await sendRaw(origin, 'POST', `/scim/v2/${slug}/Users`, { headers, body });
    const location = `https://directory.fabrikam.example/scim/v2/${slug}/Users/${answer.body.id}`;
    expect([answer.status, answer.headers.location, answer.body.meta.location]).toEqual([201, location, location]);
  },
);

notOurs('7644-7.2-02', 'MUST', 'TLS 1.2 is supported', 'TLS is terminated by the proxy in front of Portico.');

notOurs('7644-7.2-03', 'MUST', 'A client checks the identity of the TLS server', 'It binds clients.');

requirement(
  '7644-7.3-01',
  'MUST',
  'With authorization tokens such as those of OAuth, the threats of RFC 7521 §8 are considered',
  async () => {
    const { directory, server } = provider;
    const { scimToken, scimTokenId, slug, id } = directory;
    // Forged: a well-formed token that was not issued is rejected.
    expect(refusal(await get(`Bearer ${newSecret('scim')}`))).toEqual([401]);
    expect(refusal(await get(`Bearer ${newSecret('admin')}`))).toEqual([401]);
    // Stolen: a token is only in one header, and neither in the log nor in the database.
    const { origin, pathname } = new URL(directory.scimUrl);
    for (const [method, path, sent] of [
      ['GET', `/Users?access_token=${scimToken}`, {}],
      ['GET', '/Users', { headers: { cookie: `access_token=${scimToken}` } }],
      ['POST', '/Users', { body: { access_token: scimToken, userName: 'thief' } }],
      ['GET', '/Users', { headers: { authorization: scimToken } }],
    ] as const) {
      expect(refusal(await sendRaw(origin, method, pathname + path, sent))).toEqual([401]);
    }
    expect((await get(`Bearer ${scimToken}`)).status).toBe(200);
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.join('\n')).not.toContain(scimToken.slice(0, -6));
    expect(await provider.dump()).not.toContain(scimToken);
    // A token that is known to be stolen, or has expired, is rejected.
    const [stolen, expired] = [
      await server.createToken({ directory, kind: 'scim' }),
      await server.createToken({ directory, kind: 'scim', expiresAt: new Date(Date.now() + 50) }),
    ];
    const connection = { url: server.url, token: server.adminToken };
    await queryGraphQL(connection, `mutation { revokeToken(input: { id: "${stolen.id}" }) { errors { code } } }`);
    await setTimeout(100);
    for (const { secret } of [stolen, expired]) expect(refusal(await get(`Bearer ${secret}`))).toEqual([401]);
    // Disclosed: a token is random and contains no information.
    const random = scimToken.replace('ptc_scim_', '');
    const readings = (['base64', 'hex', 'latin1'] as const).map((as) => Buffer.from(random, as).toString('latin1'));
    for (const said of [slug, id, scimTokenId]) {
      for (const reading of [random, ...readings]) expect(reading).not.toContain(said);
    }
  },
);

requirement('7644-7.4-01', 'MUST', 'A token has too much entropy to be guessed', async () => {
  const { directory } = provider;
  const make = () => provider.server.createToken({ directory, kind: 'scim' });
  const secrets = (await Promise.all([make(), make(), make()])).map(({ secret }) => secret);
  expect(new Set(secrets.map((secret) => secret.slice(0, 20))).size).toBe(3);
  // 32 characters of an alphabet of 62 are 190 bits; prefix and checksum are additional.
  for (const secret of secrets) expect(secret).toMatch(/^ptc_scim_[0-9A-Za-z]{38}$/);
});

notOurs('7644-7.4-02', 'MUST', 'Tokens are exchanged over TLS', 'TLS is terminated by the proxy in front of Portico.');

deviation(
  '7644-7.4-03',
  'MUST',
  'A token has a limited lifetime',
  'It is optional. By default a token is valid until it is revoked: Entra stores a long-lived token, and stops ' +
    'provisioning at once when it is rejected.',
  async () => {
    const { directory, server } = provider;
    const soon = await server.createToken({ directory, kind: 'scim', expiresAt: new Date(Date.now() + 60_000) });
    const past = await server.createToken({ directory, kind: 'scim', expiresAt: new Date(Date.now() + 50) });
    const never = await server.createToken({ directory, kind: 'scim' });
    await setTimeout(100);
    const statuses = await Promise.all(
      [soon, past, never].map(async ({ secret }) => (await get(`Bearer ${secret}`)).status),
    );
    expect(statuses).toEqual([200, 401, 200]);
    // A token in use may be accepted for another second, because lookups are cached.
    const revoked = await server.createToken({ directory, kind: 'scim' });
    const connection = { url: server.url, token: server.adminToken };
    await queryGraphQL(connection, `mutation { revokeToken(input: { id: "${revoked.id}" }) { errors { code } } }`);
    expect(refusal(await get(`Bearer ${revoked.secret}`))).toEqual([401]);
  },
);

notOurs('7644-7.4-04', 'SHOULD', 'A cookie is limited to the session of the browser', 'There are no cookies.');

requirement('7644-7.5.1-01', 'MUST', 'The privacy of personal information is considered: none is logged', async () => {
  const { id } = await provider.createUser({ userName: 'secret.person@x.example', displayName: 'Secret Person' });
  await provider.read('/Users', { filter: 'userName eq "secret.person@x.example"' });
  await provider.scim.post('/Users', { userName: 'secret.person@x.example', title: 'Secret Person' });
  await provider.scim.patch(`/Users/${id}`, { op: 'add', path: 'nickName', value: 'Secret Person' });
  expect(lines.length).toBeGreaterThan(3);
  expect(lines.join('\n')).not.toMatch(/secret.{0,3}person/i);
  expect(lines.join('\n')).not.toContain(provider.directory.scimToken);
});

notOurs(
  '7644-7.5.2-01',
  'SHOULD',
  'A client considers the information that a filter in a URI discloses',
  'It binds clients.',
);

notOurs('7644-7.5.2-02', 'SHOULD', 'A client sends sensitive filters by POST', 'It binds clients.');

deviation(
  '7644-7.5.2-03',
  'SHOULD',
  'A GET with personal information in its filter is rejected with 403',
  'It is executed: Entra searches for users by GET only. Filters are not logged, and POST to /.search is supported.',
  async () => {
    const { userName } = await provider.createUser();
    const filter = `userName eq "${userName}"`;
    expect((await provider.read('/Users', { filter })).totalResults).toBe(1);
    expect((await provider.scim.post('/Users/.search', { filter })).body.totalResults).toBe(1);
  },
);

requirement('7644-7.7-01', 'SHOULD', 'Stored credentials are protected, and injection is prevented', async () => {
  const stored = await provider.dump();
  expect(stored).toContain(provider.directory.scimTokenId);
  expect(stored).not.toContain(provider.directory.scimToken);
  const before = (await provider.read('/Users')).totalResults;
  for (const text of [`x' or '1'='1`, `x'; delete from "user"; --`, '%', '_', '\\']) {
    const found = await provider.read('/Users', { filter: `title eq ${JSON.stringify(text)}` });
    expect([text, found.totalResults]).toEqual([text, 0]);
  }
  expect((await provider.read('/Users')).totalResults).toBe(before);
});

notOurs(
  '7644-7.7-02',
  'SHOULD',
  'Secrets are protected against online attacks, by password policies and the like',
  'It binds administrators; there are no passwords, and tokens cannot be guessed.',
);

requirement(
  '7644-7.7-03',
  'SHOULD',
  'The access control model distinguishes client applications and their needs',
  async () => {
    const { directory, server } = provider;
    const reader = await server.createToken({ directory, kind: 'graphql', scopes: ['directory:read'] });
    const mutation = 'mutation { createUser(input: { userName: "intruder" }) { user { id } errors { code } } }';
    const url = server.url;
    const outcome = await queryGraphQL({ url, token: reader.secret }, mutation).catch(String);
    expect(JSON.stringify(outcome)).toContain('FORBIDDEN');
    expect((await provider.read('/Users', { filter: 'userName eq "intruder"' })).totalResults).toBe(0);
  },
);

requirement(
  '7644-7.8-01',
  'MUST',
  'Text is prepared before it is compared, in filters and for uniqueness',
  async () => {
    const userName = 'Zoe\u0308 Straße ΟΔΟΣ';
    const { id } = await provider.createUser({ userName, displayName: userName });
    for (const same of ['Zoë Straße ΟΔΟΣ', 'ZOË STRASSE οδος', 'zoe\u0308 strasse οδοσ']) {
      for (const attribute of ['userName', 'displayName']) {
        const { Resources } = await provider.read('/Users', { filter: `${attribute} eq "${same}"` });
        expect([same, attribute, Resources.length, Resources[0]?.id]).toEqual([same, attribute, 1, id]);
      }
      expect(refusal(await provider.scim.post('/Users', { userName: same }))).toEqual([409, 'uniqueness']);
    }
  },
);

requirement('7644-8.1-01', 'SHOULD', 'The media type is application/scim+json', async () => {
  const { id } = await provider.createUser();
  for (const path of ['/Users', `/Users/${id}`, '/Schemas', '/ServiceProviderConfig', '/Nothing']) {
    expect((await provider.scim.get(path)).headers['content-type']).toBe('application/scim+json');
  }
});
