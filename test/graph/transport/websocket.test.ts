import { once } from 'node:events';
import type { Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { WebSocket } from 'ws';
import { deleteDirectory } from '../../../src/domain/directory/directory-commands.js';
import { DroppingProxy } from '../../support/dropping-proxy.js';
import { createTestDatabase } from '../../support/database.js';
import { sequencesBetween } from '../../support/feed-reader.js';
import { readMetric, settledUnsentBytes } from '../../support/metrics.js';
import { until } from '../../support/portico-process.js';
import type { Wire } from '../../support/scim-client.js';
import { startTestServer, type TestDirectory, type TestServer } from '../../support/server.js';
import { CountingClient, statements } from '../counting-client.js';
import { Harness } from '../harness.js';
import { RawSocket } from './raw-socket.js';
import { MOST_UNSENT, WIDE_EVENTS, writeWideEvents } from './wide-events.js';

const EVENTS = 'subscription ($directory: String) { directoryEvents(directory: $directory) { id sequence } }';

let harness: Harness;
let silent: RawSocket;
let watched: { readonly server: TestServer; readonly directory: TestDirectory; readonly lines: string[] };

beforeAll(async () => {
  harness = await Harness.start({ clientClass: CountingClient });
  const lines: string[] = [];
  const server = await startTestServer({ log: (text) => lines.push(text) });
  watched = { server, directory: await server.createDirectory(), lines };
  // Sends nothing during the other tests.
  silent = await RawSocket.open(harness.url);
});

afterAll(async () => {
  await harness.stop();
  await watched.server.stop();
});

/** Returns the log lines of level error. */
function errorsIn(lines: readonly string[]): Wire[] {
  return lines.map((line) => JSON.parse(line)).filter(({ level }) => level >= 40);
}

/** Opens a socket and authenticates. */
async function connect(token = harness.directory.graphqlToken, url = harness.url): Promise<RawSocket> {
  const raw = await RawSocket.open(url);
  await raw.init(token);
  return raw;
}

function subscribe(raw: RawSocket, id = '1', variables: object = {}): void {
  raw.send({ id, type: 'subscribe', payload: { query: EVENTS, variables } });
}

describe('a socket', () => {
  test('executes queries and mutations, with the same errors as HTTP', async () => {
    const raw = await connect();
    const run = async (id: string, query: string): Promise<Wire> => {
      raw.send({ id, type: 'subscribe', payload: { query } });
      return raw.until((message) => message.id === id && message.type !== 'complete');
    };
    expect((await run('q', '{ directory { slug } }')).payload).toEqual({
      data: { directory: { slug: harness.directory.slug } },
      extensions: { cost: { requested: 1, limit: 20_000 } },
    });
    const created = await run(
      'm',
      'mutation { createUser(input: { userName: "by-socket" }) { user { userName } errors { code } } }',
    );
    expect(created.payload.data.createUser).toEqual({ user: { userName: 'by-socket' }, errors: [] });
    const failing = await run('f', '{ directory { users { totalCount } } }');
    expect(failing.payload.errors[0].extensions.code).toBe('BAD_USER_INPUT');
    for (const [id, query, code] of [
      ['p', '{ directory', 'GRAPHQL_PARSE_FAILED'],
      ['v', '{ nothing }', 'GRAPHQL_VALIDATION_FAILED'],
      ['t', `{ ${'__typename '.repeat(10_001)} }`, 'LIMIT_EXCEEDED'],
    ] as const) {
      const { type, payload } = await run(id, query);
      expect([type, payload[0].extensions.code]).toEqual(['error', code]);
    }
    raw.socket.close();
  });

  test('opens on /graphql only', async () => {
    const socket = new WebSocket(`${harness.url.replace('http', 'ws')}/elsewhere`, 'graphql-transport-ws');
    const [error] = (await once(socket, 'error')) as [Error];
    expect(error.message).toContain('404');
  });

  test('that ends, cleanly or not, frees its subscriptions', async () => {
    const polls = async (): Promise<number> => {
      statements.length = 0;
      await new Promise((resolve) => setTimeout(resolve, 1_300));
      return statements.filter((text) => text.includes('join directory_counters counter on')).length;
    };
    const [polite, rude] = await Promise.all([connect(), connect()]);
    for (const raw of [polite, rude]) {
      subscribe(raw, '1');
      subscribe(raw, '2');
    }
    // One poll for all subscriptions, twice a second.
    const idle = await polls();
    expect(idle).toBeGreaterThan(0);
    expect(idle).toBeLessThanOrEqual(3);
    for (const id of ['1', '2']) polite.send({ id, type: 'complete' });
    rude.socket.terminate();
    await polls();
    expect(await polls()).toBe(0);
    polite.socket.close();
  });

  test('that the server has closed starts no more operations', async () => {
    const token = await harness.server.createToken({ directory: harness.directory, kind: 'graphql' });
    const raw = await connect(token.secret);
    // The server closes the socket at the second message; the others have already been sent.
    subscribe(raw, 'same');
    for (let id = 0; id < 50; id++) subscribe(raw, id === 0 ? 'same' : `late-${id}`);
    expect((await raw.closed)[0]).toBe(4409);
    await until('nobody is subscribed', async () => {
      statements.length = 0;
      await new Promise((resolve) => setTimeout(resolve, 1_100));
      return statements.length === 0;
    });
  });
});

describe('a socket is closed with', () => {
  test.each([
    ['no credentials', () => undefined],
    ['bad credentials', () => ({ authorization: 'Bearer nonsense' })],
    ['credentials of another type', () => ({ authorization: { toString: 'x' } })],
    ['a SCIM token', () => ({ authorization: `Bearer ${harness.directory.scimToken}` })],
  ])('4403 for %s', async (_name, payload) => {
    const raw = await RawSocket.open(harness.url);
    raw.send({ type: 'connection_init', payload: payload() });
    expect(await raw.closed).toEqual([4403, 'Forbidden']);
  });

  test('4401 when it subscribes before the acknowledgement', async () => {
    const raw = await RawSocket.open(harness.url);
    subscribe(raw);
    expect((await raw.closed)[0]).toBe(4401);
  });

  test.each([
    ['what is no JSON', '{'],
    ['no type', '{}'],
    ['an unknown type', '{"type":"start"}'],
    ['a subscription without an id', '{"type":"subscribe","payload":{"query":"{ __typename }"}}'],
    ['a subscription without a query', '{"type":"subscribe","id":"1","payload":{}}'],
  ])('4400 for %s', async (_what, message) => {
    const raw = await RawSocket.open(harness.url);
    raw.socket.send(message);
    expect((await raw.closed)[0]).toBe(4400);
  });

  test.each([
    ['next', '{"type":"next","id":"1","payload":{}}'],
    ['error', '{"type":"error","id":"1","payload":[{"message":"x"}]}'],
    ['connection_ack', '{"type":"connection_ack"}'],
  ])('4400 for %s, which only servers may send, and nothing is logged', async (_type, message) => {
    const raw = await connect(watched.directory.graphqlToken, watched.server.url);
    subscribe(raw);
    raw.socket.send(message);
    expect(await raw.closed).toEqual([4400, 'Invalid message received']);
    expect(errorsIn(watched.lines)).toEqual([]);
  });

  test('no code when the client disappears before it gets its answers, and nothing is logged', async () => {
    const { server, directory, lines } = watched;
    for (let round = 0; round < 5; round++) {
      const raw = await connect(directory.graphqlToken, server.url);
      subscribe(raw);
      const payload = { query: '{ directory { slug } }' };
      for (let id = 2; id < 20; id++) raw.send({ id: String(id), type: 'subscribe', payload });
      await new Promise((resolve) => raw.socket.send('{"type":"ping"}', resolve));
      // Like a killed process: its messages are read, and each answer fails.
      (raw.socket as unknown as { _socket: Socket })._socket.resetAndDestroy();
      await until('the socket is gone', async () => (await readMetric(server.url, 'portico_websockets')) === 0);
    }
    expect(errorsIn(lines)).toEqual([]);
  });

  test('1009 for a message of more than 256 KiB', async () => {
    const large = await RawSocket.open(harness.url);
    large.socket.send('x'.repeat(256 * 1024 + 1));
    expect((await large.closed)[0]).toBe(1009);
  });

  test('4406 without the subprotocol', async () => {
    const raw = await RawSocket.open(harness.url, { protocol: '' });
    expect((await raw.closed)[0]).toBe(4406);
  });

  test('4409 for an id in use; an id can be reused after its operation has ended', async () => {
    const raw = await connect();
    subscribe(raw, 'once');
    raw.send({ id: 'once', type: 'complete' });
    subscribe(raw, 'once');
    subscribe(raw, 'twice');
    subscribe(raw, 'twice');
    expect(await raw.closed).toEqual([4409, 'Subscriber for twice already exists']);
  });

  test('4429 for a second initialisation', async () => {
    const raw = await connect();
    raw.send({ type: 'connection_init' });
    expect((await raw.closed)[0]).toBe(4429);
  });

  test('4408 when the client sends nothing', async () => {
    expect((await silent.closed)[0]).toBe(4408);
  });

  test('4500 for an internal error, which is logged, and 1013 while the database is down', async () => {
    const database = await createTestDatabase();
    const proxy = await DroppingProxy.open(database.url);
    const lines: string[] = [];
    const server = await startTestServer({ databaseUrl: proxy.url, log: (text) => lines.push(text) });
    const directory = await server.createDirectory();
    const staying = await connect(directory.graphqlToken, server.url);
    subscribe(staying);
    const deliver = async (sequence: number): Promise<void> => {
      const query = `mutation { createUser(input: { userName: "user-${sequence}" }) { errors { code } } }`;
      staying.send({ id: `write-${sequence}`, type: 'subscribe', payload: { query } });
      await staying.until(({ payload }) => payload?.data?.directoryEvents?.sequence === sequence);
    };
    await deliver(1);
    // A known token would be in the cache.
    const { secret } = await server.createToken({ directory, kind: 'graphql' });
    const init = async (): Promise<number> => {
      const raw = await RawSocket.open(server.url);
      raw.send({ type: 'connection_init', payload: { authorization: `Bearer ${secret}` } });
      return (await raw.closed)[0];
    };
    await server.database.pool.query('alter table tokens rename to mislaid');
    expect(await init()).toBe(4500);
    expect(lines.join()).toContain('42P01');
    await server.database.pool.query('alter table mislaid rename to tokens');
    proxy.drop();
    expect(await init()).toBe(1013);
    // Existing connections stay open.
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    proxy.restore();
    await until('the database is back', async () => (await fetch(`${server.url}/readyz`)).ok);
    await deliver(2);
    await server.stop();
    await proxy.close();
    await database.drop();
  });

  test('4403 within a second when its token expires, or another process revokes it or deletes its directory', async () => {
    const { directory, server } = harness;
    const other = await server.createDirectory();
    const elsewhere = new pg.Client({ connectionString: server.database.url });
    await elsewhere.connect();
    const revoked = await server.createToken({ directory, kind: 'graphql' });
    const admin = await server.createToken({ kind: 'admin' });
    const staying = await connect();
    const watcher = await connect(server.adminToken);
    subscribe(staying);
    subscribe(watcher, '1', { directory: other.slug });
    const closes = async (token: string, cause: () => Promise<unknown>): Promise<void> => {
      const sockets = await Promise.all([connect(token), connect(token)]);
      for (const socket of sockets) subscribe(socket, '1', { directory: directory.slug });
      await cause();
      const began = Date.now();
      for (const socket of sockets) expect(await socket.closed).toEqual([4403, 'Forbidden']);
      // Within a second; a busy machine may take longer.
      expect(Date.now() - began).toBeLessThan(30_000);
    };
    const revoke = ({ id }: { id: string }): Promise<unknown> =>
      elsewhere.query('update tokens set revoked_at = now() where id = $1', [id]);
    await closes(revoked.secret, () => revoke(revoked));
    await closes(admin.secret, () => revoke(admin));
    await closes(other.graphqlToken, () => deleteDirectory(server.database.em, other.slug));
    const expiresAt = new Date(Date.now() + 1_500);
    const expiring = await server.createToken({ directory, kind: 'graphql', expiresAt });
    await closes(
      expiring.secret,
      () => new Promise((resolve) => setTimeout(resolve, expiresAt.getTime() - Date.now())),
    );
    // Other sockets are not affected. The subscription of an admin to the deleted directory ends with an error.
    const { payload } = await watcher.until(({ type }) => type === 'error');
    expect(payload[0].extensions.code).toBe('NOT_FOUND');
    for (const { socket } of [staying, watcher]) {
      expect(socket.readyState).toBe(WebSocket.OPEN);
      socket.close();
    }
    await elsewhere.end();
  });

  test('1013 if its token has too many open connections, each with a limited number of operations', async () => {
    const limited = await startTestServer({
      environment: { PORTICO_MAX_CONNECTIONS: '2', PORTICO_MAX_SOCKET_OPERATIONS: '3' },
    });
    const [one, other] = await Promise.all([limited.createDirectory(), limited.createDirectory()]);
    const first = await connect(one.graphqlToken, limited.url);
    const second = await connect(one.graphqlToken, limited.url);
    const third = await RawSocket.open(limited.url);
    third.send({ type: 'connection_init', payload: { authorization: `Bearer ${one.graphqlToken}` } });
    expect(await third.closed).toEqual([1013, 'A token can keep at most 2 connections open']);
    // Another token has its own limit, and a closed connection no longer counts.
    await connect(other.graphqlToken, limited.url);
    first.socket.close();
    await first.closed;
    await connect(one.graphqlToken, limited.url);

    for (const id of ['1', '2', '3', '4']) subscribe(second, id);
    const refused = await second.until(({ type }) => type === 'error');
    expect(refused).toMatchObject({ id: '4', payload: [{ extensions: { code: 'TOO_MANY_OPERATIONS' } }] });
    expect(refused.payload[0].message).toContain('3 operations');
    second.send({ id: '1', type: 'complete' });
    second.send({ id: '5', type: 'subscribe', payload: { query: '{ directory { slug } }' } });
    expect(await second.until(({ id }) => id === '5')).toMatchObject({ type: 'next' });
    await limited.stop();
  });

  test('1001 when the server stops, staggered in time, and new connections are rejected', async () => {
    const stopping = await Harness.start();
    const sockets = await Promise.all(
      Array.from({ length: 60 }, () => connect(stopping.directory.graphqlToken, stopping.url)),
    );
    const unknown = await RawSocket.open(stopping.url);
    const times: number[] = [];
    const closed = [...sockets, unknown].map(async (raw) => {
      const [code] = await raw.closed;
      times.push(Date.now());
      return code;
    });
    const stopped = stopping.stop();
    expect(new Set(await Promise.all(closed))).toEqual(new Set([1001]));
    expect(times.at(-1)! - times[0]!).toBeGreaterThan(300);
    await stopped;
  });
});

describe('a handshake', () => {
  const allowed = 'https://console.example.com';
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer({
      environment: { PORTICO_PUBLIC_URL: 'https://directory.example.com', PORTICO_ALLOWED_ORIGINS: allowed },
    });
  });
  afterAll(() => server.stop());

  const statusOf = async (origin: string, url = server.url): Promise<string> => {
    try {
      const raw = await RawSocket.open(url, { origin });
      raw.socket.close();
      return 'open';
    } catch (error) {
      return String(error);
    }
  };

  test('is accepted without an origin, from any name of the service, and from the allowed origins', async () => {
    for (const origin of ['', 'https://directory.example.com', server.url, allowed]) {
      expect([origin, await statusOf(origin)]).toEqual([origin, 'open']);
    }
  });

  test('is rejected with 403 from any other page', async () => {
    const strangers = ['https://evil.example', 'null', `${allowed}.evil.example`, 'http://127.0.0.1:1', 'x'];
    for (const origin of strangers) expect(await statusOf(origin)).toContain('403');
    expect(await statusOf('https://evil.example', harness.url)).toContain('403');
  });

  test('is accepted from any origin with *', async () => {
    const open = await startTestServer({ environment: { PORTICO_ALLOWED_ORIGINS: '*' } });
    expect(await statusOf('https://anybody.example', open.url)).toBe('open');
    await open.stop();
  });
});

describe('a client that does not read', () => {
  let server: TestServer;
  let directory: TestDirectory;
  let count: number;

  beforeAll(async () => {
    server = await startTestServer();
    directory = await server.createDirectory();
    count = await writeWideEvents(server, directory);
  });
  afterAll(() => server.stop());

  test('gets its events from the log when it resumes, without buffering in the server', async () => {
    const raw = await connect(directory.graphqlToken, server.url);
    raw.send({ id: '1', type: 'subscribe', payload: { query: WIDE_EVENTS } });
    await raw.until(({ type }) => type === 'next');
    raw.socket.pause();
    const waiting = await settledUnsentBytes(server.url);
    expect(waiting).toBeGreaterThan(0);
    expect(waiting).toBeLessThan(MOST_UNSENT);
    raw.socket.resume();
    await until('all has come', () => raw.messages.length > count);
    const sequences = raw.messages.flatMap(({ payload }) => payload?.data?.directoryEvents.sequence ?? []);
    expect(sequences).toEqual(sequencesBetween(1, count));
    raw.socket.close();
  });

  test('is not read from while its answers are unsent', async () => {
    const raw = await connect(directory.graphqlToken, server.url);
    raw.socket.pause();
    const payload = { text: 'x'.repeat(1_000) };
    for (let asked = 0; asked < 30_000; asked++) raw.send({ type: 'ping', payload });
    expect(await settledUnsentBytes(server.url)).toBeLessThan(MOST_UNSENT);
    expect(raw.socket.bufferedAmount).toBeGreaterThan(MOST_UNSENT);
    raw.socket.resume();
    await until('all is answered', () => raw.messages.length > 30_000);
    raw.socket.close();
  });
});
