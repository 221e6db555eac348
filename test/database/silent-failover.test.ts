import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { DeadlineError } from '../../src/domain/concurrency/deadline.js';
import { Feed } from '../../src/domain/event/feed/feed.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { openTestDomain } from '../support/domain.js';
import { FeedReader } from '../support/feed-reader.js';
import { FreezingProxy } from '../support/freezing-proxy.js';
import { until } from '../support/portico-process.js';
import { ScimClient, sendRaw, type ScimAnswer, type Wire } from '../support/scim-client.js';
import { startTestServer, type TestDirectory, type TestServer } from '../support/server.js';
import { StreamClient } from '../support/stream-client.js';

/** Shorter than the defaults, to keep the test short. */
const TIMEOUTS = { query_timeout: '2000', connect_timeout: '1' };

let database: TestDatabase;
let proxy: FreezingProxy;
/** Connects to the database through the proxy. */
let server: TestServer;
let directory: TestDirectory;
let scim: ScimClient;
/** Connects to the database directly. */
let direct: pg.Client;
/** Another replica, which connects to the database directly. */
let elsewhere: TestServer;

beforeAll(async () => {
  database = await createTestDatabase();
  proxy = await FreezingProxy.open(database.url);
  server = await startTestServer({ databaseUrl: proxy.url(TIMEOUTS) });
  directory = await server.createDirectory();
  scim = new ScimClient(directory.scimUrl, directory.scimToken);
  elsewhere = await startTestServer({ databaseUrl: database.url });
  direct = new pg.Client({ connectionString: database.url });
  await direct.connect();
});

afterEach(() => proxy.thaw());

afterAll(async () => {
  await direct.end();
  await elsewhere.stop();
  // Frozen connections would not answer when the pool closes them.
  const closed = proxy.close();
  await server.stop();
  await closed;
  await database.drop();
});

async function createUser(userName: string): Promise<string> {
  const client = new ScimClient(`${elsewhere.url}/scim/v2/${directory.slug}`, directory.scimToken);
  const { status, body } = await client.post('/Users', { userName });
  expect(status).toBe(201);
  return body.id;
}

function sendGraphQL(query: string, path = '/graphql', accept = 'application/json'): Promise<ScimAnswer> {
  const headers = { authorization: `Bearer ${directory.graphqlToken}`, accept, 'content-type': 'application/json' };
  return sendRaw(server.url, 'POST', path, { headers, body: JSON.stringify({ query }) });
}

async function readiness(url = server.url): Promise<Wire> {
  const { status, body } = await sendRaw(url, 'GET', '/readyz');
  return { status, body };
}

/** Locks users. @returns a function that releases them */
async function lockUsers(...ids: readonly string[]): Promise<() => Promise<unknown>> {
  await direct.query('begin');
  await direct.query('select 1 from users where id = any($1::uuid[]) for update', [ids]);
  return () => direct.query('rollback');
}

async function waitForLocks(count: number): Promise<void> {
  await until(`${count} statements wait for a lock`, async () => {
    const text = `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
    return (await elsewhere.database.pool.query(text)).rowCount === count;
  });
}

function expectUnavailable({ status, headers, body }: ScimAnswer): void {
  expect({ status, body }).toMatchObject({ status: 503, body: expect.anything() });
  expect(headers['retry-after']).toBe('5');
}

describe('while the database neither answers nor closes connections', () => {
  test('requests in flight are answered with 503 and Retry-After, and so are new ones', async () => {
    const [kim, lee] = [await createUser('kim'), await createUser('lee')];
    const unlock = await lockUsers(kim, lee);
    const inFlight = [
      scim.patch(`/Users/${kim}`, { op: 'replace', path: 'title', value: 'Guide' }),
      sendGraphQL(`mutation { updateUser(input: { id: "${lee}", title: "Guide" }) { errors { code } } }`),
    ];
    await waitForLocks(2);
    proxy.freeze();
    await unlock();
    const answers = await Promise.all([
      ...inFlight,
      scim.get('/Users'),
      sendGraphQL('{ directory { users(first: 1) { totalCount } } }'),
      sendGraphQL('{ directory { users(first: 1) { totalCount } } }', '/graphql/stream', 'text/event-stream'),
    ]);
    // If the token is still cached, the stream has started, and the error is in it.
    const stream = answers.pop()!;
    for (const answer of answers) expectUnavailable(answer);
    if (stream.status === 200) expect(stream.body).toContain('SERVICE_UNAVAILABLE');
    else expectUnavailable(stream);
    expect(answers[0].body).toMatchObject({ schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'], status: '503' });
    expect(answers[1].body.errors[0].extensions).toEqual({ code: 'SERVICE_UNAVAILABLE' });

    proxy.thaw();
    await until('it is ready again', async () => (await readiness()).status === 200);
    expect((await scim.get('/Users')).status).toBe(200);
  });

  test('/readyz returns 503 within a few seconds, whatever the timeouts are', async () => {
    const patient = await startTestServer({ databaseUrl: proxy.url() });
    expect(await readiness(patient.url)).toEqual({ status: 200, body: { status: 'ok' } });
    proxy.freeze();
    const began = performance.now();
    const red = { status: 503, body: { status: expect.stringMatching(/^the database does not answer/) } };
    expect(await readiness(patient.url)).toEqual(red);
    expect(performance.now() - began).toBeLessThan(6_000);
    expect((await sendRaw(patient.url, 'GET', '/healthz')).status).toBe(200);
    proxy.thaw();
    await until('it is ready again', async () => (await readiness(patient.url)).status === 200);
    await patient.stop();
  });
});

describe('a subscriber', () => {
  test('receives events committed in the meantime, after a thaw and after a failover that left its connections dead', async () => {
    const query = 'subscription { directoryEvents(from: EARLIEST) { sequence } }';
    const reader = await StreamClient.open({ url: server.url, token: directory.graphqlToken, query });
    const sequences = (): number[] => reader.results.map(({ data }) => data.directoryEvents.sequence);
    const expectAll = async (newest: number): Promise<void> => {
      await until(`event ${newest} is there`, () => sequences().at(-1) === newest);
      expect(sequences()).toEqual(Array.from({ length: newest }, (_, index) => index + 1));
    };
    const { rows } = await direct.query('select sequence from directory_counters where directory_id = $1', [
      directory.id,
    ]);
    const head = Number(rows[0].sequence);
    await expectAll(head);

    proxy.freeze();
    await createUser('during the freeze');
    await until('it is not ready', async () => (await readiness()).status === 503);
    expect(sequences()).toHaveLength(head);
    proxy.thaw();
    await expectAll(head + 1);

    proxy.failOver();
    await createUser('after the failover');
    await expectAll(head + 2);
    expect(await readiness()).toEqual({ status: 200, body: { status: 'ok' } });
    expect((await scim.get('/Users', { filter: 'userName eq "after the failover"' })).body.totalResults).toBe(1);
    reader.cut();
  });

  test('does not wait for an unanswered poll, whatever the timeouts are', async () => {
    const domain = await openTestDomain({ url: proxy.url() });
    const errors: unknown[] = [];
    const feed = new Feed(domain, { pollEvery: 20, pollDeadline: 300, onError: (error) => errors.push(error) });
    await feed.start();
    const reader = new FeedReader(await feed.subscribe(directory.id, { from: 'LATEST' }));
    proxy.freeze();
    await createUser('unseen');
    await until('a poll is given up', () => errors.some((error) => error instanceof DeadlineError));
    expect(reader.items).toEqual([]);
    proxy.failOver();
    await reader.until(() => reader.items.length === 1);
    await reader.return();
    await feed.stop();
    // Frozen connections would delay closing the pool.
    proxy.dropLost();
    await domain.close();
  });
});
