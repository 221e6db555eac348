import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { isLogged, type LoggedEvent, MixedWriters, type Step, type WriteTarget } from '../support/mixed-writer.js';
import { queryGraphQL } from '../support/graphql-client.js';
import { ADMIN_TOKEN, ChaosCluster } from './chaos-cluster.js';
import { CommonLog } from './common-log.js';
import { ReconnectingSubscriber, type Transport } from './reconnecting-subscriber.js';

/*
 * Runs several servers on one PostgreSQL, with many writers over both façades and reconnecting subscribers over both
 * transports. Servers are killed, and PostgreSQL crashes once. Every subscriber must receive every event in order, and every
 * acknowledged write must be in the log exactly once. `node bench/durability.mjs` runs the test for longer.
 */
const EVENTS = Number(process.env['PORTICO_DURABILITY_EVENTS'] ?? 1_500);
/** The maximum duration: a busy machine may write fewer events. */
const SECONDS = process.env['PORTICO_DURABILITY_EVENTS'] === undefined ? 12 : EVENTS / 20;
/** The minimum and maximum time between kills, in milliseconds. Starting a server costs as much as hundreds of writes. */
const LIFETIMES =
  process.env['PORTICO_DURABILITY_EVENTS'] === undefined ? ([500, 3_000] as const) : ([10_000, 30_000] as const);
const SERVERS = 3;
const WRITERS = 64;
const SUBSCRIBERS = 20;
/** Long enough for all subscribers to catch up. */
const TIMEOUT = (300 + 3 * SECONDS) * 1_000;

const KINDS: ReadonlyArray<readonly [Step['kind'], weight: number]> = [
  ['createUser', 8],
  ['createInactive', 1],
  ['retitle', 8],
  ['deactivate', 5],
  ['reactivate', 5],
  ['rename', 1],
  ['manage', 1],
  ['deleteUser', 2],
  ['createGroup', 2],
  ['add', 10],
  ['nest', 2],
  ['remove', 6],
  ['deleteGroup', 1],
];
const WEIGHTED = KINDS.flatMap(([kind, weight]) => Array.from({ length: weight }, () => kind));

let cluster: ChaosCluster;

beforeAll(async () => {
  cluster = await ChaosCluster.start(SERVERS);
});

// A cluster that could not start has cleaned up after itself.
afterAll(() => (cluster as ChaosCluster | undefined)?.stop());

function below(limit: number): number {
  return Math.floor(Math.random() * limit);
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function randomStep(): Step {
  return {
    kind: WEIGHTED[below(WEIGHTED.length)]!,
    facade: below(2) === 0 ? 'scim' : 'graphql',
    user: below(1_000_000),
    group: below(1_000_000),
    member: below(1_000_000),
    abortAfter: below(20) === 0 ? below(60) : undefined,
  };
}

/** Creates a directory. Returns a function that picks a random server for each write. */
async function createDirectory(): Promise<() => WriteTarget> {
  const admin = { url: cluster.urls[0]!, token: ADMIN_TOKEN };
  const slug = 'durability';
  await queryGraphQL(admin, `mutation { createDirectory(input: { slug: "${slug}" }) { errors { code } } }`);
  const createToken = async (kind: string, scopes: string): Promise<string> => {
    const input = `{ directory: "${slug}", kind: ${kind} ${scopes} }`;
    const { createToken: payload } = await queryGraphQL(admin, `mutation { createToken(input: ${input}) { secret } }`);
    return payload.secret;
  };
  const scimToken = await createToken('SCIM', '');
  const graphqlToken = await createToken('GRAPHQL', 'scopes: ["directory:read", "directory:write", "events:read"]');
  return () => {
    const url = cluster.urls[below(SERVERS)]!;
    return { url, scimUrl: `${url}/scim/v2/${slug}`, scimToken, graphqlToken };
  };
}

/** Opens a connection for each statement: a pooled one would not survive the crash of PostgreSQL. */
async function sql<Row extends object>(text: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: cluster.databaseUrl });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
}

/** The length of the log; undefined while PostgreSQL is unavailable. */
async function head(): Promise<number | undefined> {
  const [counter] = await sql<{ sequence: string }>('select max(sequence) as sequence from directory_counters').catch(
    () => [],
  );
  return counter && Number(counter.sequence);
}

/** Runs the writers until the log is long enough. Meanwhile, kills servers, and crashes PostgreSQL once, half way. */
async function writeUnderFaults(writers: MixedWriters): Promise<number> {
  const finished = new AbortController();
  const write = async (): Promise<void> => {
    while (!finished.signal.aborted) await writers.run([randomStep()]);
  };
  const kill = async (): Promise<void> => {
    while (!finished.signal.aborted) {
      await pause(LIFETIMES[0] + below(LIFETIMES[1] - LIFETIMES[0]));
      await cluster.kill(below(SERVERS), below(800));
    }
  };
  const began = Date.now();
  const watch = async (): Promise<void> => {
    for (let crashed = false; ;) {
      const done = Math.max(((await head()) ?? 0) / EVENTS, (Date.now() - began) / 1_000 / SECONDS);
      if (!crashed && done >= 0.5) {
        crashed = true;
        await cluster.crashPostgres();
      }
      if (done >= 1 && cluster.kills >= SERVERS) return;
      await pause(200);
    }
  };
  const working = Promise.all([kill(), ...Array.from({ length: WRITERS }, write)]);
  try {
    await Promise.race([watch(), working]);
  } finally {
    finished.abort();
  }
  await working;
  // Requests whose client has disconnected may still be running.
  for (let before: number | undefined; ;) {
    const length = await head();
    if (length !== undefined && length === before) return length;
    before = length;
    await pause(500);
  }
}

test(
  'every subscriber receives every event in order, and every acknowledged write is in the log once',
  async () => {
    const target = await createDirectory();
    const log = new CommonLog();
    const subscribers = Array.from({ length: SUBSCRIBERS }, (_, index) => {
      const transport: Transport = index % 2 === 0 ? 'websocket' : 'sse';
      const context = { log, token: target().graphqlToken, url: () => target().url, random: Math.random };
      return new ReconnectingSubscriber(transport, context, 20 * 2 ** (index % 7));
    });
    const writers = new MixedWriters(target, true, Math.max(60, EVENTS / 5));
    let length: number;
    try {
      length = await writeUnderFaults(writers);
      for (const subscriber of subscribers) subscriber.stopDisconnecting();
      while (subscribers.some(({ position }) => position.last < length && position.faults.length === 0))
        await pause(50);
    } finally {
      await Promise.all(subscribers.map((subscriber) => subscriber.stop()));
    }

    expect(subscribers.flatMap(({ position }) => position.faults)).toEqual([]);
    expect(subscribers.map(({ position }) => position.last)).toEqual(subscribers.map(() => length));
    const stored = await sql<LoggedEvent & { id: string; requestId: string }>(
      'select id, type, payload, request_id as "requestId" from events order by sequence',
    );
    expect(stored.map(({ id }) => id)).toEqual(log.ids.slice(1));
    const byRequest = Map.groupBy(stored, ({ requestId }) => requestId);
    expect(writers.acknowledged.filter((one) => !isLogged(one, byRequest))).toEqual([]);
    expect(writers.unexpected).toEqual([]);

    const connections = subscribers.map((subscriber) => subscriber.connections);
    const duplicates = subscribers.map(({ position }) => position.duplicates);
    if (process.env['PORTICO_DURABILITY_EVENTS'] !== undefined) {
      const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
      const { acknowledged, lost, aborted, failed } = writers;
      process.stderr.write(
        `${length} events, ${acknowledged.length} writes acknowledged, ${lost} lost with their server, ${failed} failed, ` +
          `${aborted} aborted; ${cluster.kills} servers killed, PostgreSQL crashed once; ${SUBSCRIBERS} subscribers, ` +
          `${sum(connections)} connections, ${sum(duplicates)} repeats known by their id; nothing missing\n`,
      );
    }
    // The test is only meaningful if there were reconnects, duplicates and lost writes.
    expect(connections.filter((count) => count > 1).length).toBeGreaterThan(SUBSCRIBERS / 2);
    expect(Math.max(...duplicates)).toBeGreaterThan(0);
    expect(writers.lost).toBeGreaterThan(0);
  },
  TIMEOUT,
);
