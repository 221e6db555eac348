import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { WebSocket } from 'ws';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { PorticoProcess, until } from '../support/portico-process.js';
import { ScimClient } from '../support/scim-client.js';

const PLANTED = ['planted-user', 'planted-filter', 'planted-title', 'planted-query', 'planted-token', 'planted-group'];

describe('a server on an existing database', () => {
  let database: TestDatabase;
  let servers: PorticoProcess[];
  let tokens: { scim: string; admin: string };

  beforeAll(async () => {
    database = await createTestDatabase({ empty: true });
    const environment = { DATABASE_URL: database.url };
    servers = await Promise.all([PorticoProcess.serve(environment), PorticoProcess.serve(environment)]);
    const first = servers.find((server) => server.secretToken !== undefined)!;
    tokens = { scim: first.secretToken!, admin: first.adminToken! };
  });
  afterAll(async () => {
    await PorticoProcess.killAll();
    await database.drop();
  });

  test('can start at the same time as another on an empty one: one of them creates the first directory', async () => {
    expect(servers.filter((server) => server.secretToken !== undefined)).toHaveLength(1);
    for (const server of servers) {
      const answer = await new ScimClient(`${server.url}/scim/v2/default`, tokens.scim).get('/Users');
      expect(answer.status).toBe(200);
    }
    expect(await select('select slug from directories')).toEqual([{ slug: 'default' }]);
    expect(await select('select kind from tokens order by kind')).toEqual([{ kind: 'admin' }, { kind: 'scim' }]);
  });

  test('logs a line for each request, without tokens, names, filters and queries', async () => {
    const [server] = servers;
    const client = new ScimClient(server!.tenantUrl, tokens.scim);
    // Log lines are buffered: that of the previous request may not have been written yet.
    await until('the previous request is logged', () => server!.log.some(({ msg }) => msg === 'request'));
    const before = server!.log.length;
    const created = await client.send('POST', '/Users', {
      body: { schemas: [], userName: 'planted-user', title: 'planted-title' },
      headers: { 'x-request-id': 'entra:2026-11.23_a' },
    });
    expect([created.status, created.headers['x-request-id']]).toEqual([201, 'entra:2026-11.23_a']);
    const unfit = await client.send('PATCH', `/Users/${created.body.id}`, {
      body: {
        schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
        Operations: [{ op: 'replace', path: 'nickName', value: 'planted-title' }],
      },
      headers: { 'x-request-id': 'two words' },
    });
    const given = unfit.headers['x-request-id'];
    expect([unfit.status, given]).toEqual([200, expect.stringMatching(/^[0-9a-f-]{36}$/)]);
    await client.post('/Groups', { schemas: [], displayName: 'planted-group' });
    await client.get('/Users', { filter: 'userName eq "planted-filter"' });
    await client.post('/Users', '{"userName": "planted-user", broken');
    await client.post('/Users', { schemas: [], userName: 'PLANTED-USER' });
    await new ScimClient(server!.tenantUrl, 'planted-token').get('/Users');
    await client.get('/planted-query/%zz');
    for (const query of ['{ directory { user(userName: "planted-user") { id } } }', '{ planted-query ']) {
      await fetch(`${server!.url}/graphql`, {
        method: 'POST',
        headers: { authorization: `Bearer ${tokens.admin}`, 'content-type': 'application/json' },
        body: JSON.stringify({ query, variables: { filter: 'planted-filter' } }),
      });
    }
    // The error message of PostgreSQL quotes the row; the log must not.
    await select(`alter table users add constraint refuse check (user_name <> 'planted-user-2') not valid`);
    const refused = await client.post('/Users', { schemas: [], userName: 'planted-user-2', title: 'planted-title' });
    expect([refused.status, JSON.stringify(refused.body)]).toEqual([500, expect.not.stringMatching(/planted|refuse/)]);

    await until('all requests are logged', () => server!.log.length >= before + 12);
    const lines = server!.log.slice(before);
    expect(lines.filter(({ msg }) => msg === 'request')).toHaveLength(11);
    expect(lines[0]).toEqual({
      level: 30,
      time: expect.any(Number),
      requestId: 'entra:2026-11.23_a',
      method: 'POST',
      route: '/scim/v2/{slug}/Users',
      status: 201,
      ms: expect.any(Number),
      msg: 'request',
    });
    expect(lines.find(({ msg }) => msg === 'error')).toMatchObject({
      level: 50,
      requestId: refused.headers['x-request-id'],
      error: { code: '23514', constraint: 'refuse', stack: expect.stringContaining(' at ') },
    });
    for (const value of [...PLANTED, ...Object.values(tokens)]) {
      const after = server!.output.slice(server!.output.indexOf('Ctrl-C'));
      expect({ value, leaks: after.toLowerCase().includes(value.toLowerCase()) }).toEqual({ value, leaks: false });
    }
    const events = await select('select type, request_id as "requestId" from events order by sequence limit 2');
    expect(events).toEqual([
      { type: 'USER_PROVISIONED', requestId: 'entra:2026-11.23_a' },
      { type: 'USER_UPDATED', requestId: given },
    ]);
  });

  test('finishes requests in flight on SIGTERM, accepts no new ones, closes sockets with 1001 and exits with 0', async () => {
    const [server] = servers;
    const { port } = new URL(server!.url);
    const agent = new Agent({ keepAlive: true });
    const client = new ScimClient(server!.tenantUrl, tokens.scim);
    const { id } = (await client.post('/Users', { schemas: [], userName: 'slow' })).body;
    const socket = new WebSocket(`${server!.url}/graphql`, 'graphql-transport-ws');
    const closed = new Promise<number>((resolve) => socket.once('close', resolve));
    await new Promise((resolve) => socket.once('open', resolve));
    socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${tokens.admin}` } }));
    await new Promise((resolve) => socket.once('message', resolve));

    const holder = new pg.Client({ connectionString: database.url });
    await holder.connect();
    await holder.query('begin');
    await holder.query('select from users where id = $1 for update', [id]);
    const slow = send(agent, 'PATCH', `${server!.tenantUrl}/Users/${id}`, {
      Operations: [{ op: 'replace', path: 'title', value: 'Slow' }],
    });
    await until('the change waits', async () => {
      const waiting = await select(`select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`); // prettier-ignore
      return waiting.length > 0;
    });

    server!.kill('SIGTERM');
    server!.kill('SIGINT');
    await until('new connections are refused', () => isRefused(Number(port)));
    expect(await closed).toBe(1001);
    await holder.query('commit');
    await holder.end();
    expect(await slow).toBe(200);
    const answered = Date.now();
    const { code, stderr } = await server!.ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    // The client would keep its connection open for 75 seconds; the server does not wait for it.
    expect(Date.now() - answered).toBeLessThan(60_000);
    expect(await select('select title from users where id = $1', [id])).toEqual([{ title: 'Slow' }]);
    agent.destroy();

    const other = new ScimClient(servers[1]!.tenantUrl, tokens.scim);
    expect((await other.get(`/Users/${id}`)).body.title).toBe('Slow');
    expect(await servers[1]!.stop()).toMatchObject({ code: 0, stderr: '' });
  });

  async function select(sql: string, values: unknown[] = []): Promise<object[]> {
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    try {
      return (await client.query<object>(sql, values)).rows;
    } finally {
      await client.end();
    }
  }

  function send(agent: Agent, method: string, url: string, body: object): Promise<number> {
    const headers = { 'content-type': 'application/scim+json', authorization: `Bearer ${tokens.scim}` };
    return new Promise((resolve, reject) => {
      const outgoing = request(url, { method, agent, headers }, (incoming) => {
        incoming.resume().once('end', () => resolve(incoming.statusCode!));
      });
      outgoing.once('error', reject);
      outgoing.end(JSON.stringify({ schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], ...body }));
    });
  }
});

function isRefused(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(false);
    });
    socket.once('error', () => resolve(true));
  });
}
