import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';
import { sequencesBetween } from '../../support/feed-reader.js';
import { queryGraphQL, Subscriber } from '../../support/graphql-client.js';
import { until } from '../../support/portico-process.js';
import { ScimClient } from '../../support/scim-client.js';
import { startTestServer, type TestDirectory, type TestServer } from '../../support/server.js';
import { StreamClient } from '../../support/stream-client.js';

const EVENTS = `subscription ($after: String, $from: EventPosition = EARLIEST) {
  directoryEvents(after: $after, from: $from) { id sequence cursor }
}`;

let database: TestDatabase;
const servers: TestServer[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(async () => {
  for (const server of servers) await server.stop();
  await database.drop();
});

async function start(environment: Record<string, string> = {}): Promise<TestServer> {
  const server = await startTestServer({ databaseUrl: database.url, environment });
  servers.push(server);
  return server;
}

async function stream(
  server: TestServer,
  { graphqlToken: token }: TestDirectory,
  after?: string,
): Promise<StreamClient> {
  const variables = after === undefined ? {} : { after };
  return StreamClient.open({ url: server.url, token, query: EVENTS, variables });
}

function sequencesOf({ results }: StreamClient): number[] {
  return results.map(({ data }) => data.directoryEvents.sequence);
}

async function countListeners(server: TestServer): Promise<number> {
  const { rows } = await server.database.pool.query<{ count: string }>(
    `select count(*) from pg_stat_activity where datname = current_database() and application_name = 'portico feed'`,
  );
  return Number(rows[0]?.count);
}

describe('replicas on one database', () => {
  test('deliver the same events with the same cursors over sockets and streams, whichever replica writes', async () => {
    const [first, second, third] = [await start(), await start(), await start()];
    const directory = await third.createDirectory();
    const socket = new Subscriber({ url: first.url, token: directory.graphqlToken }, EVENTS);
    const streamed = await stream(second, directory);
    const scim = (server: TestServer): ScimClient =>
      new ScimClient(`${server.url}/scim/v2/${directory.slug}`, directory.scimToken);
    await Promise.all(
      [first, third, third].flatMap((server, writer) =>
        Array.from({ length: 20 }, (_, turn) => scim(server).post('/Users', { userName: `${writer}-${turn}` })),
      ),
    );
    await socket.waitUntil((events) => events.length === 60);
    await streamed.until(() => streamed.results.length === 60);
    expect(sequencesOf(streamed)).toEqual(sequencesBetween(1, 60));
    expect(streamed.results.map(({ data }) => data.directoryEvents)).toEqual(socket.delivered);

    // A cursor of one replica is valid at another, over every transport.
    const middle = socket.delivered[29].cursor as string;
    const resumed = await stream(third, directory, middle);
    await resumed.until(() => resumed.results.length === 30);
    expect(sequencesOf(resumed)).toEqual(sequencesBetween(31, 60));
    const { directory: page } = await queryGraphQL(
      { url: first.url, token: directory.graphqlToken },
      'query ($after: String) { directory { events(first: 100, after: $after) { nodes { sequence } } } }',
      { after: streamed.blocks.filter(({ event }) => event === 'next')[39]!.id },
    );
    expect(page.events.nodes.map(({ sequence }: { sequence: number }) => sequence)).toEqual(sequencesBetween(41, 60));

    // Deleting the directory at one replica ends the subscriptions at all of them.
    const admin = { url: third.url, token: third.adminToken };
    await queryGraphQL(
      admin,
      'mutation ($slug: String!) { deleteDirectory(input: { directory: $slug }) { errors { code } } }',
      {
        slug: directory.slug,
      },
    );
    await Promise.all([streamed.ended, resumed.ended]);
    await expect(socket.waitUntil(() => false)).rejects.toThrow('The subscription ended');
  });
});

describe('behind a pooler without LISTEN', () => {
  test('events of another process are found by polling', async () => {
    const [reading, writing] = [await start({ PORTICO_PREPARED: 'off' }), await start({ PORTICO_HINTS: 'off' })];
    const before = await countListeners(reading);
    const directory = await writing.createDirectory();
    const streamed = await stream(reading, directory);
    const scim = new ScimClient(`${writing.url}/scim/v2/${directory.slug}`, directory.scimToken);
    for (let sequence = 1; sequence <= 3; sequence++) {
      await scim.post('/Users', { userName: `user-${sequence}` });
      await streamed.until(() => streamed.results.length === sequence);
    }
    // The three servers of the previous test listen; these two do not.
    expect(before).toBe(3);
    streamed.cut();
  });

  test('hints may use a separate connection', async () => {
    const before = await countListeners(servers[0]!);
    await start({ PORTICO_PREPARED: 'off', PORTICO_HINTS: database.url });
    await until('it listens', async () => (await countListeners(servers[0]!)) === before + 1);
  });
});
