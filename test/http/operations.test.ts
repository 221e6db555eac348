import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { createTestDatabase, testClusterUrl, type TestDatabase } from '../support/database.js';
import { freePort, until } from '../support/portico-process.js';
import { ScimClient, sendRaw, type Wire } from '../support/scim-client.js';
import { startTestServer, type TestDirectory, type TestServer } from '../support/server.js';

let database: TestDatabase;
let server: TestServer;
let directory: TestDirectory;
let scim: ScimClient;
const lines: string[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  server = await startTestServer({ databaseUrl: database.url, log: (line) => lines.push(line) });
  directory = await server.createDirectory('planted-slug');
  scim = new ScimClient(directory.scimUrl, directory.scimToken);
});
afterAll(async () => {
  await server.stop();
  await database.drop();
});

describe('paths', () => {
  test('the root redirects to /graphql', async () => {
    const { status, headers } = await sendRaw(server.url, 'GET', '/');
    expect([status, headers.location]).toEqual([302, '/graphql']);
  });

  test('that do not exist are 404 for every method, with only an error message', async () => {
    for (const path of ['/nowhere', '/scim', '/scim/v1/x', '/graphqlx', '/admin', '/readyz/x', '/.git/config']) {
      for (const method of ['GET', 'POST', 'DELETE']) {
        const { status, body } = await sendRaw(server.url, method, path);
        expect({ path, method, status, body }).toEqual({
          path,
          method,
          status: 404,
          body: { error: expect.any(String) },
        });
      }
    }
  });

  test('are served on connections that stay open longer than the 60 seconds of load balancers', async () => {
    const { headers } = await sendRaw(server.url, 'GET', '/healthz');
    expect([headers.connection, headers['keep-alive']]).toEqual(['keep-alive', 'timeout=75']);
  });

  test('may have repeated slashes and begin with an origin', async () => {
    const headers = { authorization: `Bearer ${directory.scimToken}` };
    for (const origin of ['', server.url, 'HTTP://directory.example.com']) {
      for (const path of ['/scim/v2/planted-slug/Users', '//scim//v2///planted-slug//Users//']) {
        const { status, body } = await sendRaw(server.url, 'GET', `${origin}${path}?count=0`, { headers });
        expect({ origin, path, status, body }).toMatchObject({ status: 200, body: { itemsPerPage: 0 } });
        expect((await sendRaw(server.url, 'GET', origin + path)).status).toBe(401);
      }
      if (origin) expect((await sendRaw(server.url, 'GET', origin)).status).toBe(302);
    }
  });

  test('that are malformed are rejected, without a server error and without bypassing authentication', async () => {
    const tenant = '/scim/v2/planted-slug';
    const garbage = [
      '%',
      '%zz',
      '%c0%af',
      '%00',
      '%ff%fe',
      '%2e%2e',
      '..;',
      '\\',
      '%25%32%35',
      '//',
      '%2f%2f',
      '?',
      '?%',
      '?=&&=%zz',
    ];
    const prefixes = [
      '/',
      '/graphql/',
      '/healthz/',
      '/scim/v2/',
      `${tenant}/`,
      `${tenant}/Users/`,
      `${tenant}/Users?filter=`,
    ];
    for (const prefix of prefixes) {
      for (const piece of garbage) {
        const path = prefix + piece;
        const { status } = await sendRaw(server.url, 'GET', path);
        const expected = prefix.startsWith('/scim') ? [401] : [200, 302, 400, 401, 404, 405];
        expect({ path, status, fits: expected.includes(status) }).toEqual({ path, status, fits: true });
        const known = await sendRaw(server.url, 'GET', path, {
          headers: { authorization: `Bearer ${server.adminToken}` },
        });
        expect({ path, status: known.status, fault: known.status >= 500 }).toEqual({
          path,
          status: known.status,
          fault: false,
        });
        expect(`${known.body} ${JSON.stringify(known.body)}`).not.toMatch(/\bat .*\.[jt]s:|node_modules|URIError/);
      }
    }
  });
});

describe('metrics', () => {
  let text: string;
  let user: Wire;

  beforeAll(async () => {
    user = (await scim.post('/Users', { schemas: [], userName: 'planted-user' })).body;
    await scim.get(`/Users/${user.id}`);
    await scim.patch(`/Users/${user.id}`, { op: 'replace', path: 'title', value: 'planted-title' });
    await scim.patch(`/Users/${user.id}`, { op: 'replace', path: 'title', value: 'planted-title' });
    await scim.post('/Users', { schemas: [], userName: 'planted-user' });
    await scim.get('/Planted');
    await sendRaw(server.url, 'GET', '/planted-path');
    await new ScimClient(`${server.url}/scim/v2/planted-slug`, 'planted-token').get('/Users');
    const response = await fetch(`${server.url}/metrics`);
    expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    text = await response.text();
  });

  test('count requests by method, route and status', () => {
    const name = 'portico_http_request_duration_seconds_count';
    expect(value(name, { method: 'POST', route: '/scim/v2/{slug}/Users', status: '201' })).toBe(1);
    expect(value(name, { method: 'POST', route: '/scim/v2/{slug}/Users', status: '409' })).toBe(1);
    expect(value(name, { method: 'GET', route: '/scim/v2/{slug}/Users/{id}', status: '200' })).toBe(1);
    expect(value(name, { method: 'PATCH', route: '/scim/v2/{slug}/Users/{id}', status: '200' })).toBe(2);
    expect(value(name, { method: 'GET', route: 'other', status: '404' })).toBeGreaterThan(0);
    expect(text).toMatch(/portico_http_request_duration_seconds_bucket\{le="0\.005",/);
  });

  test('measure commands by outcome and count events by type', () => {
    const name = 'portico_command_duration_seconds_count';
    expect(value(name, { command: 'CreateUser', outcome: 'changed' })).toBe(1);
    expect(value(name, { command: 'CreateUser', outcome: 'failed' })).toBe(1);
    expect(value(name, { command: 'UpdateUser', outcome: 'changed' })).toBe(1);
    expect(value(name, { command: 'UpdateUser', outcome: 'unchanged' })).toBe(1);
    expect(value('portico_events_total', { type: 'USER_PROVISIONED' })).toBe(1);
    expect(value('portico_events_total', { type: 'USER_UPDATED' })).toBe(1);
  });

  test('include the connection pool, WebSockets, event lag and process', () => {
    expect(value('portico_database_connections', { state: 'open' })).toBeGreaterThan(0);
    expect(value('portico_database_connections', { state: 'idle' })).toBeGreaterThan(0);
    expect(value('portico_database_connections', { state: 'waiting' })).toBe(0);
    expect(value('portico_websockets', {})).toBe(0);
    expect(text).toContain('# TYPE portico_event_lag_seconds histogram');
    expect(text).toContain('process_cpu_seconds_total');
  });

  test('contain no ids, slugs, names, tokens and paths', () => {
    for (const planted of ['planted', user.id, directory.id, 'ptc_', 'acme']) expect(text).not.toContain(planted);
  });

  function value(name: string, labels: Readonly<Record<string, string>>): number | undefined {
    const wanted = Object.entries(labels).map(([label, content]) => `${label}="${content}"`);
    const line = text.split('\n').find((each) => {
      const [, found, inside = ''] = /^(\w+)(?:\{(.*)\})? /.exec(each) ?? [];
      return found === name && wanted.every((label) => inside.split(',').includes(label));
    });
    return line === undefined ? undefined : Number(line.split(' ').at(-1));
  }
});

describe('the log', () => {
  test('has 501 at level info: it is not a fault of the server', async () => {
    for (const method of ['GET', 'POST', 'PATCH']) {
      const { status, body } = await scim.send(method, '/Me', { body: method === 'GET' ? undefined : {} });
      expect([status, body.status]).toEqual([501, '501']);
    }
    const entries = lines.map((line) => JSON.parse(line)).filter(({ status }) => status === 501);
    expect(entries.map(({ level, method, route }) => [level, method, route])).toEqual(
      ['GET', 'POST', 'PATCH'].map((method) => [30, method, '/scim/v2/{slug}/Me']),
    );
  });
});

describe('health', () => {
  const ask = (path: string): Promise<Wire> =>
    sendRaw(server.url, 'GET', path).then(({ status, body }) => ({ status, body }));

  test('requests that arrive before the routes are ready wait for them', async () => {
    const port = await freePort();
    const seen = new Set<number>();
    const starting = startTestServer({ databaseUrl: database.url, environment: { PORT: String(port) } });
    // Without a pause, because the moment is short. Status 0: the port is not open yet.
    const path = `/scim/v2/planted-slug/Users/${directory.id}`;
    while (!seen.has(401)) {
      const { status } = await sendRaw(`http://127.0.0.1:${port}`, 'GET', path).catch(() => ({ status: 0 }));
      seen.add(status);
    }
    await (await starting).stop();
    expect([...seen].filter((status) => ![0, 401].includes(status))).toEqual([]);
  });

  test('is not ready while a migration is missing', async () => {
    const empty = await createTestDatabase({ empty: true });
    const young = await startTestServer({ databaseUrl: empty.url });
    await young.database.pool.query('delete from schema_migrations');
    const { status, body } = await sendRaw(young.url, 'GET', '/readyz');
    expect({ status, body }).toEqual({ status: 503, body: { status: 'migrations are missing' } });
    await young.stop();
    await empty.drop();
  });

  test('without a database the server stays alive but not ready, and becomes ready again with it', async () => {
    expect(await ask('/readyz')).toEqual({ status: 200, body: { status: 'ok' } });
    const name = new URL(database.url).pathname.slice(1);
    await onCluster(`alter database ${name} allow_connections false`);
    await onCluster(`select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`);
    await until('it is not ready', async () => (await ask('/readyz')).status === 503);
    expect((await ask('/readyz')).body.status).toMatch(/^the database does not answer \(\w+\)$/);
    expect(await ask('/healthz')).toEqual({ status: 200, body: { status: 'ok' } });
    expect((await sendRaw(server.url, 'GET', '/metrics')).status).toBe(200);
    const refused = await scim.get('/Users', { filter: 'userName eq "planted-filter"' });
    expect([refused.status, refused.body.schemas]).toEqual([500, ['urn:ietf:params:scim:api:messages:2.0:Error']]);

    await onCluster(`alter database ${name} allow_connections true`);
    await until('it is ready again', async () => (await ask('/readyz')).status === 200);
    expect((await scim.get('/Users')).body.totalResults).toBe(1);
  });

  test('no attribute value, token or path has been logged', () => {
    expect(lines.length).toBeGreaterThan(10);
    expect(lines.filter((line) => /planted|ptc_/.test(line))).toEqual([]);
    for (const line of lines) expect(JSON.parse(line)).toEqual(expect.objectContaining({ msg: expect.any(String) }));
  });
});

async function onCluster(sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: testClusterUrl() });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
