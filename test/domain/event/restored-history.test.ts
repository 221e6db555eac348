import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openEmbeddedPostgres, type EmbeddedPostgres } from '../../../src/database/embedded/embedded-postgres.js';
import { queryGraphQL, Subscriber } from '../../support/graphql-client.js';
import { ScimClient, type Wire } from '../../support/scim-client.js';
import { startTestServer, type TestDirectory, type TestServer } from '../../support/server.js';

const EVENTS = `subscription ($after: String) {
  directoryEvents(from: EARLIEST, after: $after) { id sequence cursor type }
}`;
const PAGE = `query ($after: String) {
  directory { eventCursor events(first: 100, after: $after) { edges { cursor node { sequence } } } }
}`;
const OTHER_HISTORY = [{ extensions: { code: 'CURSOR_FROM_ANOTHER_HISTORY' } }];

let root: string;
let dataDir: string;
let running: { embedded: EmbeddedPostgres; server: TestServer } | undefined;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'portico-restored-'));
  chmodSync(root, 0o755);
  dataDir = join(root, 'data');
});

afterAll(async () => {
  await stop();
  rmSync(root, { recursive: true, force: true });
});

async function start(): Promise<TestServer> {
  const packageName = process.env['PORTICO_TEST_POSTGRES'] === '15' ? 'embedded-postgres-15' : 'embedded-postgres';
  const embedded = await openEmbeddedPostgres({ dataDir, packageName, settings: { fsync: 'off' } });
  const server = await startTestServer({ databaseUrl: embedded.url });
  running = { embedded, server };
  return server;
}

async function stop(): Promise<void> {
  const stopping = running;
  running = undefined;
  await stopping?.server.stop();
  await stopping?.embedded.close();
}

async function writeUsers({ scimUrl, scimToken }: TestDirectory, ...names: readonly string[]): Promise<void> {
  // The Tenant URL has the port of an earlier start.
  const url = new URL(scimUrl);
  const scim = new ScimClient(running!.server.url + url.pathname, scimToken);
  for (const userName of names) expect((await scim.post('/Users', { userName })).status).toBe(201);
}

function subscribe({ graphqlToken: token }: TestDirectory, after?: string): Subscriber {
  return new Subscriber({ url: running!.server.url, token }, EVENTS, after === undefined ? {} : { after });
}

/** Reads the events that a subscription from a cursor delivers before it has caught up. */
async function readFrom(directory: TestDirectory, after: string | undefined, count: number): Promise<Wire[]> {
  const subscriber = subscribe(directory, after);
  await subscriber.waitUntil((delivered) => delivered.length >= count);
  await subscriber.close();
  return [...subscriber.delivered];
}

async function expectOtherHistory(directory: TestDirectory, after: string): Promise<void> {
  const subscriber = subscribe(directory, after);
  await expect(subscriber.waitUntil(() => false)).rejects.toMatchObject({ cause: OTHER_HISTORY });
  expect(subscriber.delivered).toEqual([]);
  await subscriber.close();
  const connection = { url: running!.server.url, token: directory.graphqlToken };
  await expect(queryGraphQL(connection, PAGE, { after })).rejects.toThrow('CURSOR_FROM_ANOTHER_HISTORY');
}

test('readers get an error after the database was restored from an older cold copy', async () => {
  const directory = await (await start()).createDirectory();
  await writeUsers(directory, 'a', 'b', 'c');
  await stop();
  const copy = join(root, 'copy');
  execFileSync('cp', ['-a', dataDir, copy]);

  await start();
  await writeUsers(directory, 'd', 'e');
  const seen = await readFrom(directory, undefined, 5);
  expect(seen.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5]);
  const [shared, lost, last] = [seen[2].cursor, seen[3].cursor, seen[4].cursor] as [string, string, string];
  await stop();

  rmSync(dataDir, { recursive: true });
  renameSync(copy, dataDir);
  await start();
  // The log ends before the cursor, then at the cursor with another event, then after it.
  await expectOtherHistory(directory, last);
  await writeUsers(directory, 'x', 'y');
  await expectOtherHistory(directory, lost);
  await expectOtherHistory(directory, last);
  await writeUsers(directory, 'z');
  await expectOtherHistory(directory, last);
  // A cursor from the common history stays valid.
  const resumed = await readFrom(directory, shared, 3);
  expect(resumed.map(({ sequence }) => sequence)).toEqual([4, 5, 6]);
  expect(resumed.slice(0, 2).map(({ id }) => id)).not.toEqual(seen.slice(3).map(({ id }) => id));
});
