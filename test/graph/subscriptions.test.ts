import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Subscriber } from '../support/graphql-client.js';
import { Harness } from './harness.js';
import { RawSocket } from './transport/raw-socket.js';

let harness: Harness;

beforeAll(async () => {
  harness = await Harness.start();
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

describe('directoryEvents', () => {
  test('catch up from the log and join the live feed without gaps or duplicates', async () => {
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

  test('have objects with their current state, read again for each event', async () => {
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

  test('are filtered by type, with checkpoints on request', async () => {
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

  test('userDeprovisioned delivers no other events', async () => {
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
    ['an invalid cursor', { after: 'x' }, 'CURSOR_INVALID', 'graphql'],
    ['another directory', { directory: 'default' }, 'NOT_FOUND', 'graphql'],
    ['no directory from an admin', {}, 'BAD_USER_INPUT', 'admin'],
    ['no scope', {}, 'FORBIDDEN', 'reader'],
  ])('with %s fail with a code', async (_name, variables, code, who) => {
    const { directory, server } = harness;
    const reader = await server.createToken({ directory, kind: 'graphql', scopes: ['directory:read'] });
    const token = { graphql: directory.graphqlToken, admin: server.adminToken, reader: reader.secret }[who] ?? '';
    const raw = await RawSocket.open(harness.url);
    await raw.init(token);
    raw.send({ id: '1', type: 'subscribe', payload: { query: EVENTS, variables } });
    const { payload } = await raw.until((message) => message.type === 'next');
    expect(payload.errors[0].extensions.code).toBe(code);
    await raw.until((message) => message.type === 'complete');
    raw.socket.close();
  });
});
