import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Scope } from '../../src/domain/token/scope.js';
import { sendRaw } from '../support/scim-client.js';
import type { TestDirectory } from '../support/server.js';
import { Harness, send } from './harness.js';

let harness: Harness;
let other: TestDirectory;
let user: string;
let group: string;
const tokens: Record<string, string> = {};

beforeAll(async () => {
  harness = await Harness.start();
  other = await harness.server.createDirectory();
  user = await harness.createUser({ userName: 'user' });
  group = await harness.createGroup('Group', [user]);
  const scopes: Record<string, Scope[]> = {
    reader: ['directory:read'],
    writer: ['directory:write'],
    listener: ['events:read'],
  };
  for (const [name, some] of Object.entries(scopes)) {
    const { directory } = harness;
    tokens[name] = (await harness.server.createToken({ directory, kind: 'graphql', scopes: some })).secret;
  }
});

afterAll(() => harness.stop());

describe('authentication', () => {
  test.each([
    ['no token', undefined],
    ['an arbitrary word', 'word'],
    ['an unknown token', 'ptc_gql_0000000000000000000000000000000000000000'],
  ])('%s gets 401 with WWW-Authenticate', async (_name, token) => {
    const { status, headers, errors } = await send(harness.url, token, '{"query":"{ __typename }"}');
    expect(status).toBe(401);
    expect(headers.get('www-authenticate')).toMatch(/^Bearer/);
    expect(errors[0].extensions.code).toBe('UNAUTHENTICATED');
  });

  test.each(['/graphql', '/graphql/stream'])('two Authorization header lines get 400 at %s', async (path) => {
    const token = `Bearer ${harness.directory.graphqlToken}`;
    for (const authorization of [
      [token, token],
      [token, 'Bearer word'],
      ['Bearer word', token],
    ]) {
      const headers = { authorization, accept: '*/*', 'content-type': 'application/json' };
      const body = '{"query":"{ __typename }"}';
      const answer = await sendRaw(harness.url, 'POST', path, { headers, body });
      expect([answer.status, answer.body.errors[0].extensions.code]).toEqual([400, 'BAD_REQUEST']);
      expect(answer.headers['www-authenticate']).toBe('Bearer realm="portico", error="invalid_request"');
    }
  });

  test('a SCIM token is rejected', async () => {
    const { status, errors } = await send(harness.url, harness.directory.scimToken, '{"query":"{ __typename }"}');
    expect([status, errors[0].extensions.code]).toEqual([401, 'UNAUTHENTICATED']);
  });

  test('the body of an unauthenticated request is not parsed', async () => {
    expect((await send(harness.url, undefined, '{{{')).status).toBe(401);
  });

  test('a token in use is rejected immediately after its revocation, despite the cache', async () => {
    const { directory, server } = harness;
    const [graphql, scim] = [
      await server.createToken({ directory, kind: 'graphql' }),
      await server.createToken({ directory, kind: 'scim' }),
    ];
    const ask = async (): Promise<number[]> => {
      const headers = { authorization: `Bearer ${scim.secret}` };
      const answers = await Promise.all([
        send(harness.url, graphql.secret, '{"query":"{ __typename }"}'),
        fetch(`${directory.scimUrl}/ServiceProviderConfig`, { headers }),
      ]);
      return answers.map(({ status }) => status);
    };
    // Use the token continuously, so that its cache entry is always fresh.
    const stop = new AbortController();
    const using = (async () => {
      while (!stop.signal.aborted) await ask();
    })();
    expect(await ask()).toEqual([200, 200]);
    for (const { id } of [graphql, scim]) await harness.mutate('revokeToken', { id }, '', server.adminToken);
    expect(await ask()).toEqual([401, 401]);
    stop.abort();
    await using;
  });

  test('an expired and a revoked token are rejected', async () => {
    const { directory } = harness;
    const expiresAt = new Date(Date.now() + 300);
    const expiring = await harness.server.createToken({ directory, kind: 'graphql', expiresAt });
    const revoked = await harness.server.createToken({ directory, kind: 'graphql' });
    await harness.mutate('revokeToken', { id: revoked.id }, '', harness.server.adminToken);
    await new Promise((resolve) => setTimeout(resolve, 350));
    for (const { secret } of [expiring, revoked]) {
      expect((await send(harness.url, secret, '{"query":"{ __typename }"}')).status).toBe(401);
    }
  });
});

describe('scopes', () => {
  const READS = [
    'users(first: 1) { nodes { id } }',
    'groups(first: 1) { nodes { id } }',
    'user(userName: "user") { id }',
    'group(displayName: "Group") { id }',
  ];
  const EVENTS = ['events(first: 1) { nodes { id } }', 'eventCursor'];

  test.each(READS)('directory:read allows %s', async (field) => {
    const query = `{ directory { ${field} } }`;
    expect(await harness.code(query, {}, tokens['reader'])).toBe('no error');
    expect(await harness.code(query, {}, tokens['writer'])).toBe('FORBIDDEN');
    expect(await harness.code(query, {}, tokens['listener'])).toBe('FORBIDDEN');
  });

  test.each(EVENTS)('events:read allows %s', async (field) => {
    const query = `{ directory { ${field} } }`;
    expect(await harness.code(query, {}, tokens['listener'])).toBe('no error');
    expect(await harness.code(query, {}, tokens['reader'])).toBe('FORBIDDEN');
  });

  test('events:read alone does not show users through their events', async () => {
    const query = `{ directory { events(first: 1) { nodes { id ... on UserProvisioned { userName user { title } } } } } }`;
    const { data, errors } = await harness.send(query, {}, tokens['listener']);
    expect(data.directory.events.nodes[0]).toMatchObject({ userName: 'user', user: null });
    expect(errors[0].extensions.code).toBe('FORBIDDEN');
    expect((await harness.query(query)).directory.events.nodes[0].user).toEqual({ title: null });
  });

  test('only directory:write allows mutations', async () => {
    for (const name of ['reader', 'listener']) {
      const { errors } = await harness.mutate('deactivateUser', { id: user }, '', tokens[name]);
      expect(errors[0].code).toBe('FORBIDDEN');
    }
    expect((await harness.mutate('updateUser', { id: user, title: 'T' }, '', tokens['writer'])).errors).toEqual([]);
  });

  test.each([
    ['createDirectory', { slug: 'x' }],
    ['updateDirectory', { directory: 'x', name: 'x' }],
    ['deleteDirectory', { directory: 'x' }],
    ['createToken', { kind: 'ADMIN' }],
    ['revokeToken', { id: 'x' }],
  ])('%s requires an admin', async (name, input) => {
    const { errors } = await harness.mutate(name, input);
    expect(errors[0].code).toBe('FORBIDDEN');
  });
});

describe('another directory', () => {
  test('is not found by any query', async () => {
    const token = other.graphqlToken;
    const read = async (query: string): Promise<unknown> => (await harness.query(query, {}, token)) as unknown;
    expect(await read(`{ directory(slug: "${harness.directory.slug}") { id } }`)).toEqual({ directory: null });
    expect(await read(`{ node(id: "${user}") { id } }`)).toEqual({ node: null });
    expect(await read(`{ node(id: "${group}") { id } }`)).toEqual({ node: null });
    expect(await read(`{ node(id: "${harness.directory.id}") { id } }`)).toEqual({ node: null });
    expect(await read(`{ directory { user(id: "${user}") { id } group(id: "${group}") { id } } }`)).toEqual({
      directory: { user: null, group: null },
    });
    expect(
      await read(`{ directory { users(first: 5, filter: { id: { in: ["${user}"] } }) { nodes { id } totalCount } } }`),
    ).toEqual({ directory: { users: { nodes: [], totalCount: 0 } } });
    expect(await read(`{ directory { users(first: 5, filter: { memberOf: "${group}" }) { nodes { id } } } }`)).toEqual({
      directory: { users: { nodes: [] } },
    });
  });

  test('cannot be changed or referred to', async () => {
    const token = other.graphqlToken;
    const code = async (name: string, input: object): Promise<string> =>
      (await harness.mutate(name, input, '', token)).errors[0]?.code;
    for (const name of ['updateUser', 'deactivateUser', 'reactivateUser', 'deleteUser']) {
      expect(await code(name, { id: user })).toBe('NOT_FOUND');
    }
    for (const name of ['updateGroup', 'deleteGroup']) expect(await code(name, { id: group })).toBe('NOT_FOUND');
    for (const name of ['addGroupMembers', 'removeGroupMembers']) {
      expect(await code(name, { groupId: group, memberIds: [] })).toBe('NOT_FOUND');
    }
    expect(await code('createUser', { userName: 'x', directory: harness.directory.slug })).toBe('NOT_FOUND');
    expect(await code('createUser', { userName: 'x', managerId: user })).toBe('INVALID_REFERENCE');
    expect(await code('createGroup', { displayName: 'x', memberIds: [user] })).toBe('INVALID_REFERENCE');
    expect((await harness.query(`{ directory { user(id: "${user}") { active } } }`)).directory.user.active).toBe(true);
  });

  test('is selected by an admin, who must name a directory', async () => {
    const { adminToken } = harness.server;
    const { slug } = harness.directory;
    const selection = 'user { title }';
    const named = await harness.mutate('updateUser', { directory: slug, id: user, title: 'A' }, selection, adminToken);
    expect(named).toEqual({ user: { title: 'A' }, errors: [] });
    const unnamed = await harness.mutate('updateUser', { id: user, title: 'B' }, selection, adminToken);
    expect(unnamed.errors[0]).toMatchObject({ code: 'REQUIRED', path: ['directory'] });
    const { node } = await harness.query(`{ node(id: "${user}") { id } }`, {}, adminToken);
    expect(node).toBeNull();
  });
});
