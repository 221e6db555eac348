import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createClient } from 'graphql-sse';
import pg from 'pg';
import { deleteDirectory } from '../../../src/domain/directory/directory-commands.js';
import { sequencesBetween } from '../../support/feed-reader.js';
import { Subscriber } from '../../support/graphql-client.js';
import { readMetric, settledUnsentBytes } from '../../support/metrics.js';
import { until } from '../../support/portico-process.js';
import type { Wire } from '../../support/scim-client.js';
import { startTestServer } from '../../support/server.js';
import { StreamClient, type StreamRequest } from '../../support/stream-client.js';
import { CountingClient, statements } from '../counting-client.js';
import { Harness } from '../harness.js';
import { MOST_UNSENT, WIDE_EVENTS, writeWideEvents } from './wide-events.js';

const EVENTS = `subscription ($directory: String, $after: String, $from: EventPosition, $types: [DirectoryEventType!]) {
  directoryEvents(directory: $directory, after: $after, from: $from, types: $types) { __typename sequence }
}`;

let harness: Harness;
let idle: StreamClient;
let idleSince = '';

beforeAll(async () => {
  harness = await Harness.start({ clientClass: CountingClient });
  const quiet = await harness.server.createDirectory();
  // Receives no event during the other tests, because they create no groups.
  idle = await open({ token: quiet.graphqlToken, variables: { types: ['GROUP_CREATED'] } });
  idleSince = idle.lastEventId;
  await harness.mutate('createUser', { userName: 'filtered' }, '', quiet.graphqlToken);
});

afterAll(() => harness.stop());

function open(request: Partial<StreamRequest> = {}): Promise<StreamClient> {
  return StreamClient.open({ url: harness.url, token: harness.directory.graphqlToken, query: EVENTS, ...request });
}

function sequences(client: StreamClient): number[] {
  return client.results.map(({ data }) => data.directoryEvents.sequence);
}

async function head(): Promise<{ cursor: string; sequence: number }> {
  const { directory } = await harness.query('{ directory { eventCursor events(first: 1) { totalCount } } }');
  return { cursor: directory.eventCursor, sequence: directory.events.totalCount };
}

describe('an event stream', () => {
  test('delivers the log and then live events, with cursors as event ids even if they are not selected', async () => {
    await harness.createUser({ userName: 'before' });
    const stream = await open({ variables: { from: 'EARLIEST' } });
    expect(stream.response.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    await harness.createUser({ userName: 'after' });
    const { cursor, sequence } = await head();
    await stream.until(() => sequences(stream).at(-1) === sequence);
    expect(sequences(stream)).toEqual(sequencesBetween(1, sequence));
    const ids = stream.blocks.filter(({ event }) => event === 'next').map(({ id }) => id);
    expect(ids.at(-1)).toBe(cursor);
    // The same event has the same cursor on a socket.
    const { url, directory } = harness;
    const socket = new Subscriber(
      { url, token: directory.graphqlToken },
      'subscription { directoryEvents(from: EARLIEST) { cursor } }',
    );
    await socket.waitUntil((events) => events.length >= ids.length);
    expect(ids).toEqual(socket.delivered.map((event) => event.cursor));
    expect(stream.blocks[0]).toMatchObject({ retry: '1000', lines: ['retry', 'id', '', ''].slice(0, 2) });
    stream.cut();
    await socket.close();
  });

  test('can be opened by GET, as an EventSource does', async () => {
    const stream = await open({ method: 'GET', variables: { from: 'EARLIEST' } });
    await stream.until(() => stream.results.length > 0);
    expect(stream.results[0]).toEqual({ data: { directoryEvents: { __typename: 'UserProvisioned', sequence: 1 } } });
    stream.cut();
  });

  test('that was cut before its first event resumes after Last-Event-ID, which takes precedence over arguments', async () => {
    const stream = await open();
    expect(stream.lastEventId).toBe((await head()).cursor);
    stream.cut();
    await harness.createUser({ userName: 'in between' });
    const { sequence, cursor } = await head();
    for (const variables of [{}, { from: 'EARLIEST' }, { after: cursor }]) {
      const again = await open({ variables, headers: { 'last-event-id': stream.lastEventId } });
      await again.until(() => again.results.length > 0);
      expect(sequences(again)[0]).toBe(sequence);
      again.cut();
    }
    // Without the header the arguments apply; an empty header counts as absent.
    const argued = await open({ variables: { after: stream.lastEventId }, headers: { 'last-event-id': '' } });
    await argued.until(() => argued.results.length > 0);
    expect(sequences(argued)[0]).toBe(sequence);
    argued.cut();
  });

  test('of a directory without events begins at the cursor before the first', async () => {
    const fresh = await harness.server.createDirectory();
    const stream = await open({ token: fresh.graphqlToken });
    await harness.mutate('createUser', { userName: 'first' }, '', fresh.graphqlToken);
    const again = await open({ token: fresh.graphqlToken, headers: { 'last-event-id': stream.lastEventId } });
    await again.until(() => again.results.length > 0);
    expect(sequences(again)).toEqual([1]);
    stream.cut();
    again.cut();
  });

  test('returns the result of a query or mutation and completes', async () => {
    const user =
      'mutation ($name: String!) { createUser(input: { userName: $name }) { user { userName } errors { code } } }';
    for (const [method, query, variables, data] of [
      ['GET', '{ directory { slug } }', {}, { directory: { slug: harness.directory.slug } }],
      ['POST', user, { name: 'streamed' }, { createUser: { user: { userName: 'streamed' }, errors: [] } }],
    ] as const) {
      const stream = await open({ method, query, variables });
      expect(await stream.ended).toBe('whole');
      expect(stream.blocks.slice(1)).toEqual([
        { event: 'next', data: { data, extensions: { cost: expect.any(Object) } }, lines: ['event', 'data'] },
        { event: 'complete', lines: ['event', 'data'] },
      ]);
    }
  });

  test('works with the client of graphql-sse', async () => {
    const connect = (token: string): ReturnType<typeof createClient> =>
      createClient({
        url: `${harness.url}/graphql/stream`,
        headers: { authorization: `Bearer ${token}` },
        retryAttempts: 0,
      });
    const client = connect(harness.directory.graphqlToken);
    const results: Wire[] = [];
    for await (const result of client.iterate({ query: '{ directory { slug } }' })) results.push(result);
    expect(results).toEqual([
      { data: { directory: { slug: harness.directory.slug } }, extensions: { cost: { requested: 1, limit: 20_000 } } },
    ]);
    const refused: Wire[] = [];
    for await (const result of client.iterate({ query: '{ nothing }' })) refused.push(result);
    expect(refused[0].errors[0].extensions.code).toBe('GRAPHQL_VALIDATION_FAILED');
    const live = client.iterate<Wire>({ query: EVENTS, variables: { from: 'EARLIEST' } });
    expect((await live.next()).value.data.directoryEvents.sequence).toBe(1);
    await live.return?.();
    const nobody = connect('nonsense').iterate({ query: EVENTS });
    await expect(nobody.next()).rejects.toMatchObject({ response: { status: 401 } });
    client.dispose();
  });
});

describe('an operation that cannot be executed gets an error in the stream:', () => {
  test.each([
    ['a document that cannot be read', { query: '{ directory' }, 'GRAPHQL_PARSE_FAILED'],
    ['a field that is none', { query: '{ nothing }' }, 'GRAPHQL_VALIDATION_FAILED'],
    ['too many tokens', { query: `{ ${'__typename '.repeat(10_001)} }` }, 'LIMIT_EXCEEDED'],
    ['a variable of another type', { variables: { after: 7 } }, 'BAD_USER_INPUT'],
    ['a cursor that is none', { variables: { after: 'x' } }, 'CURSOR_INVALID'],
    ['a place to resume that is none', { headers: { 'last-event-id': 'x' } }, 'CURSOR_INVALID'],
    ['a directory of others', { variables: { directory: 'default' } }, 'NOT_FOUND'],
  ])('%s', async (_what, request, code) => {
    const stream = await open(request);
    expect([stream.status, await stream.ended]).toEqual([200, 'whole']);
    const [, next, complete] = stream.blocks;
    expect(next!.data.errors[0].extensions.code).toBe(code);
    expect(next!.id).toBeUndefined();
    expect(complete).toMatchObject({ event: 'complete' });
  });

  test('a token without the scope', async () => {
    const { server, directory } = harness;
    const reader = await server.createToken({ directory, kind: 'graphql', scopes: ['directory:read'] });
    const stream = await open({ token: reader.secret });
    await stream.ended;
    expect(stream.results[0].errors[0].extensions.code).toBe('FORBIDDEN');
  });
});

describe('a request is rejected with', () => {
  test.each<[number, string, string, Partial<StreamRequest>]>([
    [401, 'UNAUTHENTICATED', 'a wrong token', { token: 'nonsense' }],
    [401, 'UNAUTHENTICATED', 'a wrong token and garbage', { token: 'nonsense', body: '{' }],
    [405, 'BAD_REQUEST', 'a mutation by GET', { method: 'GET', query: 'mutation { revokeToken(input: { id: "1" }) { errors { code } } }' }], // prettier-ignore
    [405, 'BAD_REQUEST', 'a reservation of the other mode', { method: 'PUT' }],
    [406, 'BAD_REQUEST', 'a client that takes no streams', { headers: { accept: 'application/json' } }],
    [415, 'BAD_REQUEST', 'a body that is no JSON', { headers: { 'content-type': 'text/plain' } }],
    [413, 'BAD_REQUEST', 'a body of more than a megabyte', { body: `{"query":"${' '.repeat(1024 * 1024)}"}` }],
    [400, 'BAD_REQUEST', 'half a body', { body: '{"query":' }],
    [400, 'BAD_REQUEST', 'a list', { body: '[]' }],
    [400, 'BAD_REQUEST', 'no document', { body: '{}' }],
    [400, 'BAD_REQUEST', 'an empty document', { body: '{"query":""}' }],
    [400, 'BAD_REQUEST', 'an operation without a name', { body: '{"query":"{ __typename }","operationName":7}' }],
    [400, 'BAD_REQUEST', 'variables in a list', { body: '{"query":"{ __typename }","variables":[]}' }],
    [400, 'BAD_REQUEST', 'variables in a text', { body: '{"query":"{ __typename }","variables":"{}"}' }],
    [400, 'BAD_REQUEST', 'no document in the query', { method: 'GET', query: '' }],
  ])('%d %s: %s', async (status, code, _what, request) => {
    const client = await open(request);
    const body = JSON.parse(await client.text());
    expect([client.status, body.errors[0].extensions.code]).toEqual([status, code]);
    expect(client.response.headers['content-type']).toMatch(/^application\/json/);
    if (status === 401) expect(client.response.headers['www-authenticate']).toBe('Bearer realm="portico"');
    if (status === 405) expect(client.response.headers.allow).toMatch(/POST/);
  });

  test('400: variables by GET that are not JSON', async () => {
    const response = await fetch(`${harness.url}/graphql/stream?query={__typename}&variables={`, {
      headers: { authorization: `Bearer ${harness.directory.graphqlToken}` },
    });
    expect(response.status).toBe(400);
  });

  test('401 for SCIM tokens, and for pages of other origins, because browsers send no token from them', async () => {
    const { scimToken } = harness.directory;
    expect((await open({ token: scimToken })).response.headers['www-authenticate']).toContain('invalid_token');
    const response = await fetch(`${harness.url}/graphql/stream?query={__typename}`, {
      headers: { origin: 'https://evil.example' },
    });
    expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([401, null]);
  });

  test('429 if its token has too many open connections, sockets included', async () => {
    const limited = await startTestServer({ environment: { PORTICO_MAX_CONNECTIONS: '2' } });
    const { graphqlToken: token } = await limited.createDirectory();
    const socket = new Subscriber({ url: limited.url, token }, '{ __typename }');
    await socket.waitUntil((delivered) => delivered.length === 1).catch(() => undefined);
    const subscriber = new Subscriber({ url: limited.url, token }, 'subscription { directoryEvents { id } }');
    await until('the socket is open', async () => (await readMetric(limited.url, 'portico_websockets')) === 1);
    const first = await open({ url: limited.url, token });
    await until('both are counted', async () => (await open({ url: limited.url, token })).status === 429);
    const refused = await open({ url: limited.url, token });
    expect(refused.response.headers['retry-after']).toBe('5');
    expect(await refused.text()).toContain('2 connections');
    first.cut();
    await until('one is free', async () => {
      const again = await open({ url: limited.url, token });
      again.cut();
      return again.status === 200;
    });
    await Promise.all([socket.close(), subscriber.close()]);
    await limited.stop();
  });
});

describe('a stream', () => {
  test('has heartbeats, which advance the cursor past filtered events', async () => {
    await idle.until(() => idle.blocks.length > 1);
    expect(idle.blocks[1]).toEqual({ id: idle.lastEventId, lines: ['', 'id'] });
    expect(idle.lastEventId).not.toBe(idleSince);
    expect(idle.results).toEqual([]);
  });

  test('that the client ends frees its resources at once', async () => {
    const streams = await Promise.all([open(), open({ method: 'GET' }), open({ variables: { types: [] } })]);
    expect(await readMetric(harness.url, 'portico_event_streams')).toBeGreaterThanOrEqual(3);
    for (const stream of [...streams, idle]) stream.cut();
    await until('nobody is left', async () => (await readMetric(harness.url, 'portico_event_streams')) === 0);
    await until('nothing is asked for', async () => {
      statements.length = 0;
      await new Promise((resolve) => setTimeout(resolve, 1_100));
      return statements.length === 0;
    });
  });

  test('ends within a second without `complete` when its token expires or is revoked, and a reconnect gets 401', async () => {
    const { directory, server } = harness;
    const other = await server.createDirectory();
    const elsewhere = new pg.Client({ connectionString: server.database.url });
    await elsewhere.connect();
    const revoked = await server.createToken({ directory, kind: 'graphql' });
    const expiring = await server.createToken({ directory, kind: 'graphql', expiresAt: new Date(Date.now() + 1_500) });
    const staying = await open();
    const watcher = await open({ token: server.adminToken, variables: { directory: other.slug } });
    const ends = async (
      token: string,
      cause: () => Promise<unknown>,
      endings: ReadonlyArray<ReadonlyArray<string | undefined>> = [[undefined]],
    ): Promise<void> => {
      const streams = await Promise.all([open({ token }), open({ token })]);
      await cause();
      const began = Date.now();
      for (const stream of streams) expect(await stream.ended).toBe('whole');
      // Within a second; a busy machine may take longer.
      expect(Date.now() - began).toBeLessThan(30_000);
      for (const { blocks } of streams) expect(endings).toContainEqual(blocks.map(({ event }) => event));
      // The server caches tokens for a second.
      await until('the token opens nothing', async () => {
        // A stream that is still accepted may end before it has started.
        const again = await open({ token }).catch(() => undefined);
        if (!again) return false;
        again.cut();
        return again.status === 401;
      });
    };
    await ends(revoked.secret, () =>
      elsewhere.query('update tokens set revoked_at = now() where id = $1', [revoked.id]),
    );
    // Either the token or the directory is found to be deleted first.
    await ends(other.graphqlToken, () => deleteDirectory(server.database.em, other.slug), [
      [undefined],
      [undefined, 'next', 'complete'],
    ]);
    await ends(expiring.secret, () => new Promise((resolve) => setTimeout(resolve, 1_500)));
    // Other streams are not affected. The stream of an admin on the deleted directory gets an error and completes.
    await watcher.ended;
    expect(watcher.results[0].errors[0].extensions.code).toBe('NOT_FOUND');
    expect(watcher.blocks.at(-1)!.event).toBe('complete');
    await harness.createUser({ userName: 'still here' });
    await staying.until(() => staying.results.length === 1);
    staying.cut();
    await elsewhere.end();
  });

  test('ends with an error code and `complete` when its cursor is no longer valid', async () => {
    const restored = await harness.server.createDirectory();
    const create = (userName: string): Promise<Wire> =>
      harness.mutate('createUser', { userName }, '', restored.graphqlToken);
    const { pool } = harness.server.database;
    await create('first');
    await create('second');
    const stream = await open({ token: restored.graphqlToken, variables: { from: 'EARLIEST' } });
    await stream.until(() => stream.results.length === 2);
    await pool.query('delete from events where directory_id = $1 and sequence = 2', [restored.id]);
    await pool.query('update directory_counters set sequence = 1 where directory_id = $1', [restored.id]);
    await stream.ended;
    const [error, complete] = stream.blocks.slice(-2);
    expect(error!.data.errors[0].extensions.code).toBe('CURSOR_FROM_ANOTHER_HISTORY');
    expect(error!.id).toBeUndefined();
    expect(complete!.event).toBe('complete');
  });

  test('ends without `complete` after an internal error, so that the client reconnects', async () => {
    const broken = await harness.server.createDirectory();
    for (const userName of ['first', 'second', 'third']) {
      await harness.mutate('createUser', { userName }, '', broken.graphqlToken);
    }
    await harness.server.database.pool.query('delete from events where directory_id = $1 and sequence = 2', [
      broken.id,
    ]);
    const stream = await open({ token: broken.graphqlToken, variables: { from: 'EARLIEST' } });
    expect(await stream.ended).toBe('whole');
    const [event, fault, ...more] = stream.blocks.slice(1);
    expect(event!.data.data.directoryEvents.sequence).toBe(1);
    expect(fault!.data.errors[0]).toMatchObject({
      message: 'Internal server error',
      extensions: { code: 'INTERNAL_SERVER_ERROR' },
    });
    expect(more).toEqual([]);
    expect(stream.lastEventId).toBe(event!.id);
  });

  test('ends without `complete` when the server stops, staggered in time, also if the client does not read', async () => {
    const stopping = await Harness.start();
    await writeWideEvents(stopping.server, stopping.directory);
    const request = { url: stopping.url, token: stopping.directory.graphqlToken };
    const stuck = await open({ ...request, query: WIDE_EVENTS });
    stuck.pause();
    await settledUnsentBytes(stopping.url);
    const streams = await Promise.all(Array.from({ length: 60 }, () => open(request)));
    const times: number[] = [];
    const ended = streams.map(async (stream) => {
      const how = await stream.ended;
      times.push(Date.now());
      return how;
    });
    const stopped = stopping.stop();
    expect(new Set(await Promise.all(ended))).toEqual(new Set(['whole']));
    expect(times.at(-1)! - times[0]!).toBeGreaterThan(300);
    for (const { blocks } of streams) expect(blocks).toHaveLength(1);
    await stopped;
    stuck.resume();
    expect(await stuck.ended).toBe('cut');
  });
});

test('events for a client that does not read are not buffered, and none is missing when it resumes', async () => {
  const directory = await harness.server.createDirectory();
  const count = await writeWideEvents(harness.server, directory);
  const stream = await open({ token: directory.graphqlToken, query: WIDE_EVENTS });
  stream.pause();
  const waiting = await settledUnsentBytes(harness.url);
  expect(waiting).toBeGreaterThan(0);
  expect(waiting).toBeLessThan(MOST_UNSENT);
  stream.resume();
  await stream.until(() => stream.results.length === count);
  expect(sequences(stream)).toEqual(sequencesBetween(1, count));
  stream.cut();
});
