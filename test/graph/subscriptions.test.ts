import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { WebSocket } from 'ws';
import { Subscriber } from '../support/graphql-client.js';
import type { Wire } from '../support/scim-client.js';
import { CountingClient, statements } from './counting-client.js';
import { Harness } from './harness.js';

let harness: Harness;

beforeAll(async () => {
  harness = await Harness.start({ clientClass: CountingClient });
});

afterAll(() => harness.stop());

const EVENTS = `subscription ($directory: String, $after: String, $from: EventPosition, $types: [DirectoryEventType!], $checkpoints: Boolean) {
  directoryEvents(directory: $directory, after: $after, from: $from, types: $types, checkpoints: $checkpoints) {
    __typename id type cursor sequence occurredAt source actor requestId
    ... on UserDeprovisioned { reason groupIds user { id } }
    ... on UserUpdated { changedAttributes user { title groups(first: 5) { nodes { displayName } } } }
    ... on GroupDeleted { groupIds group { id } }
  }
}`;

function subscribe(
  query: string,
  variables: Record<string, unknown> = {},
  token = harness.directory.graphqlToken,
): Subscriber {
  return new Subscriber({ url: harness.url, token }, query, variables);
}

/** A bare socket that speaks the protocol by hand. */
class RawSocket {
  readonly messages: Wire[] = [];
  readonly closed: Promise<[number, string]>;

  private constructor(readonly socket: WebSocket) {
    socket.on('message', (message: Buffer) => this.messages.push(JSON.parse(message.toString())));
    this.closed = once(socket, 'close').then(([code, reason]) => [code as number, String(reason)]);
  }

  static async open(path = '/graphql', protocol = 'graphql-transport-ws'): Promise<RawSocket> {
    const raw = new RawSocket(new WebSocket(`${harness.url.replace('http', 'ws')}${path}`, protocol));
    await once(raw.socket, 'open');
    return raw;
  }

  send(message: object): void {
    this.socket.send(JSON.stringify(message));
  }

  async init(token: string): Promise<void> {
    this.send({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } });
    await this.until((message) => message.type === 'connection_ack');
  }

  async until(matches: (message: Wire) => boolean): Promise<Wire> {
    for (;;) {
      const found = this.messages.find(matches);
      if (found) return found;
      await Promise.race([once(this.socket, 'message'), this.closed.then(() => Promise.reject(new Error('closed')))]);
    }
  }
}

describe('directoryEvents', () => {
  test('catch-up from the log joins the live feed without a gap or a repeat', async () => {
    const writing = Array.from({ length: 40 }, (_, index) => harness.createUser({ userName: `catch-up-${index}` }));
    const subscriber = subscribe(EVENTS, { from: 'EARLIEST' });
    await Promise.all(writing);
    const { directory } = await harness.query('{ directory { eventCursor } }');
    await subscriber.waitUntil((events) => events.at(-1)?.cursor === directory.eventCursor);
    const sequences = subscriber.delivered.map(({ sequence }) => sequence);
    expect(sequences).toEqual(sequences.map((_, index) => index + 1));
    expect(subscriber.delivered[0]).toMatchObject({ __typename: 'UserProvisioned', source: 'GRAPHQL' });

    const middle = subscriber.delivered[sequences.length >> 1];
    const resumed = subscribe(EVENTS, { after: middle.cursor, from: 'LATEST' });
    await resumed.waitUntil((events) => events.at(-1)?.cursor === directory.eventCursor);
    expect(resumed.delivered.map(({ id }) => id)).toEqual(
      subscriber.delivered.slice((sequences.length >> 1) + 1).map(({ id }) => id),
    );
    await Promise.all([subscriber.close(), resumed.close()]);
  });

  test('objects of events are read as they are now, anew for each event', async () => {
    const id = await harness.createUser({ userName: 'shown' });
    const group = await harness.createGroup('Shown', [id]);
    const { directory } = await harness.query('{ directory { eventCursor } }');
    const subscriber = subscribe(EVENTS, { after: directory.eventCursor });
    await harness.mutate('updateUser', { id, title: 'One' });
    await subscriber.waitUntil((events) => events.length === 1);
    await harness.mutate('updateUser', { id, title: 'Two' });
    await subscriber.waitUntil((events) => events.length === 2);
    expect(subscriber.delivered.map(({ user }) => user)).toEqual([
      { title: 'One', groups: { nodes: [{ displayName: 'Shown' }] } },
      { title: 'Two', groups: { nodes: [{ displayName: 'Shown' }] } },
    ]);
    expect(subscriber.delivered[0].changedAttributes).toEqual(['title']);
    await harness.mutate('deleteUser', { id });
    await harness.mutate('deleteGroup', { id: group });
    await subscriber.waitUntil((events) => events.length === 4);
    expect(subscriber.delivered[2]).toMatchObject({ reason: 'DELETED', groupIds: [group], user: null });
    expect(subscriber.delivered[3]).toMatchObject({ __typename: 'GroupDeleted', groupIds: [], group: null });
    await subscriber.close();
  });

  test('are filtered by type, with checkpoints where they are asked for', async () => {
    const { directory } = await harness.query('{ directory { eventCursor } }');
    const subscriber = subscribe(EVENTS, { after: directory.eventCursor, types: ['GROUP_CREATED'], checkpoints: true });
    await harness.createUser({ userName: 'passed-over' });
    await harness.createGroup('Seen');
    await subscriber.waitUntil((events) => events.some(({ type }) => type === 'GROUP_CREATED'));
    await harness.createUser({ userName: 'passed-over-too' });
    await subscriber.waitUntil((events) => events.at(-1)?.type === 'CHECKPOINT');
    const types = new Set(subscriber.delivered.map(({ type }) => type));
    expect(types).toEqual(new Set(['GROUP_CREATED', 'CHECKPOINT']));
    expect(subscriber.delivered.at(-1)).toMatchObject({ __typename: 'Checkpoint', source: 'SYSTEM' });
    await subscriber.close();
  });

  test('userDeprovisioned tells of nothing else', async () => {
    const subscriber = subscribe(
      'subscription { userDeprovisioned(from: LATEST) { userName reason user { active } } }',
    );
    await new Promise((resolve) => setTimeout(resolve, 200));
    const id = await harness.createUser({ userName: 'goes' });
    await harness.mutate('updateUser', { id, active: false, title: 'Gone' });
    await harness.mutate('deleteUser', { id });
    await subscriber.waitUntil((events) => events.length === 2);
    expect(subscriber.delivered[0]).toMatchObject({ userName: 'goes', reason: 'DEACTIVATED' });
    expect(subscriber.delivered[1]).toEqual({ userName: 'goes', reason: 'DELETED', user: null });
    await subscriber.close();
  });

  test.each([
    ['a cursor that is none', { after: 'x' }, 'CURSOR_INVALID', 'graphql'],
    ['a directory of others', { directory: 'default' }, 'NOT_FOUND', 'graphql'],
    ['no directory from an admin', {}, 'BAD_USER_INPUT', 'admin'],
    ['no scope', {}, 'FORBIDDEN', 'reader'],
  ])('with %s fail with a code', async (_name, variables, code, who) => {
    const { directory, server } = harness;
    const reader = await server.createToken({ directory, kind: 'graphql', scopes: ['directory:read'] });
    const token = { graphql: directory.graphqlToken, admin: server.adminToken, reader: reader.secret }[who] ?? '';
    const raw = await RawSocket.open();
    await raw.init(token);
    raw.send({ id: '1', type: 'subscribe', payload: { query: EVENTS, variables } });
    const { payload } = await raw.until((message) => message.type === 'next');
    expect(payload.errors[0].extensions.code).toBe(code);
    await raw.until((message) => message.type === 'complete');
    raw.socket.close();
  });
});

describe('sockets', () => {
  test('run queries and mutations too, with the same errors as over http', async () => {
    const raw = await RawSocket.open();
    await raw.init(harness.directory.graphqlToken);
    const run = async (id: string, query: string): Promise<Wire> => {
      raw.send({ id, type: 'subscribe', payload: { query } });
      return raw.until((message) => message.id === id && message.type !== 'complete');
    };
    expect((await run('q', '{ directory { slug } }')).payload).toEqual({
      data: { directory: { slug: harness.directory.slug } },
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
      ['t', `{ ${'__typename '.repeat(10_001)} }`, 'GRAPHQL_PARSE_FAILED'],
    ] as const) {
      const { type, payload } = await run(id, query);
      expect([type, payload[0].extensions.code]).toEqual(['error', code]);
    }
    raw.socket.close();
  });

  test.each([
    ['no credentials', () => undefined],
    ['bad credentials', () => ({ authorization: 'Bearer nonsense' })],
    ['credentials of another type', () => ({ authorization: { toString: 'x' } })],
    ['a SCIM token', () => ({ authorization: `Bearer ${harness.directory.scimToken}` })],
  ])('with %s are closed with 4403', async (_name, payload) => {
    const raw = await RawSocket.open();
    raw.send({ type: 'connection_init', payload: payload() });
    expect(await raw.closed).toEqual([4403, 'Forbidden']);
  });

  test('that subscribe before the acknowledgement are closed with 4401', async () => {
    const raw = await RawSocket.open();
    raw.send({ id: '1', type: 'subscribe', payload: { query: '{ directory { id } }' } });
    expect((await raw.closed)[0]).toBe(4401);
  });

  test('that send garbage are closed with 4400, too much with 1009', async () => {
    const garbage = await RawSocket.open();
    garbage.socket.send('{');
    expect((await garbage.closed)[0]).toBe(4400);
    const large = await RawSocket.open();
    large.socket.send('x'.repeat(256 * 1024 + 1));
    expect((await large.closed)[0]).toBe(1009);
  });

  test('that end, with a word or without, leave nothing behind', async () => {
    const polls = async (): Promise<number> => {
      statements.length = 0;
      await new Promise((resolve) => setTimeout(resolve, 1_300));
      return statements.filter((text) => text.includes('join directory_counters counter on')).length;
    };
    const [polite, rude] = await Promise.all([RawSocket.open(), RawSocket.open()]);
    for (const raw of [polite, rude]) {
      await raw.init(harness.directory.graphqlToken);
      raw.send({ id: '1', type: 'subscribe', payload: { query: EVENTS } });
      raw.send({ id: '2', type: 'subscribe', payload: { query: EVENTS } });
    }
    // One poll for all of them, twice a second.
    const idle = await polls();
    expect(idle).toBeGreaterThan(0);
    expect(idle).toBeLessThanOrEqual(3);
    for (const id of ['1', '2']) polite.send({ id, type: 'complete' });
    rude.socket.terminate();
    await polls();
    expect(await polls()).toBe(0);
    polite.socket.close();
  });

  test('open on /graphql alone', async () => {
    const socket = new WebSocket(`${harness.url.replace('http', 'ws')}/elsewhere`, 'graphql-transport-ws');
    const [error] = (await once(socket, 'error')) as [Error];
    expect(error.message).toContain('404');
  });

  test('are closed with 4403 when their token is revoked or expires', async () => {
    const { directory, server } = harness;
    const revoked = await server.createToken({ directory, kind: 'graphql' });
    const expiring = await server.createToken({ directory, kind: 'graphql', expiresAt: new Date(Date.now() + 1_500) });
    const sockets = await Promise.all([RawSocket.open(), RawSocket.open(), RawSocket.open()]);
    await sockets[0].init(revoked.secret);
    await sockets[1].init(expiring.secret);
    await sockets[2].init(directory.graphqlToken);
    for (const socket of sockets) socket.send({ id: '1', type: 'subscribe', payload: { query: EVENTS } });
    await harness.mutate('revokeToken', { id: revoked.id }, '', server.adminToken);
    const began = Date.now();
    expect((await sockets[0].closed)[0]).toBe(4403);
    expect(Date.now() - began).toBeLessThan(3_000);
    expect((await sockets[1].closed)[0]).toBe(4403);
    expect(sockets[2].socket.readyState).toBe(WebSocket.OPEN);
    sockets[2].socket.close();
  });

  test('are closed with 1001 when the server stops', async () => {
    const stopping = await Harness.start();
    const socket = new WebSocket(`${stopping.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    await once(socket, 'open');
    const closed = once(socket, 'close');
    await stopping.stop();
    expect((await closed)[0]).toBe(1001);
  });
});
