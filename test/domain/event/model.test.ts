import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import pg from 'pg';
import { encodeCursor } from '../../../src/domain/event/cursor.js';
import type { StoredEvent } from '../../../src/domain/event/event.js';
import { DomainDirectory } from '../../support/domain.js';
import { sequencesBetween } from '../../support/feed-reader.js';
import { Subscriber } from '../../support/graphql-client.js';
import { isLogged, MixedWriters, type Step } from '../../support/mixed-writer.js';
import { replay } from '../../support/replay.js';
import { startTestServer, type TestServer } from '../../support/server.js';

const WRITERS = 64;
const EVERYTHING = `subscription ($after: String) {
  directoryEvents(from: EARLIEST, after: $after) { id sequence cursor type }
}`;

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(() => server.stop());

const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.oneof(
    ...(
      [
        ['createUser', 6],
        ['createInactive', 1],
        ['retitle', 3],
        ['deactivate', 4],
        ['reactivate', 3],
        ['rename', 1],
        ['manage', 1],
        ['deleteUser', 2],
        ['createGroup', 2],
        ['add', 8],
        ['nest', 2],
        ['remove', 3],
        ['deleteGroup', 1],
      ] as const
    ).map(([kind, weight]) => ({ arbitrary: fc.constant(kind), weight })),
  ),
  facade: fc.constantFrom('scim', 'graphql'),
  user: fc.nat(1_000),
  group: fc.nat(1_000),
  member: fc.nat(1_000),
  abortAfter: fc.oneof(
    { arbitrary: fc.constant(undefined), weight: 9 },
    { arbitrary: fc.integer({ min: 0, max: 60 }), weight: 1 },
  ),
});

const programs = fc.array(fc.array(step, { minLength: 12, maxLength: 20 }), {
  minLength: WRITERS,
  maxLength: WRITERS,
});

/** Terminates busy connections of the pool at intervals. @returns a function that stops it and returns their number */
async function startKiller(every: readonly number[]): Promise<() => Promise<number>> {
  const client = new pg.Client({ connectionString: server.database.url });
  await client.connect();
  const stopping = new AbortController();
  const killing = (async () => {
    let killed = 0;
    for (let turn = 0; !stopping.signal.aborted; turn++) {
      await new Promise((resolve) => setTimeout(resolve, every[turn % every.length]));
      const { rowCount } = await client.query(
        `select pg_terminate_backend(pid) from (
           select pid from pg_stat_activity
           where datname = current_database() and pid <> pg_backend_pid() and application_name <> 'portico feed'
             and (xact_start is not null or $1)
           order by xact_start nulls last limit 1) victim`,
        [turn % 4 === 3],
      );
      killed += rowCount ?? 0;
    }
    return killed;
  })();
  return async () => {
    stopping.abort();
    const killed = await killing;
    await client.end();
    return killed;
  };
}

describe('sixty-four writers in one directory, over both façades, with aborted requests and lost connections', () => {
  test('produce a gapless, ordered log from which the state can be rebuilt', async () => {
    const seen = { aborted: 0, killed: 0, failed: 0, acknowledged: 0, types: new Set<string>() };
    await fc.assert(
      fc.asyncProperty(
        programs,
        fc.array(fc.integer({ min: 20, max: 150 }), { minLength: 5, maxLength: 20 }),
        async (lists, pauses) => {
          const directory = await server.createDirectory();
          const stored = new DomainDirectory(server.store, directory.id, directory.slug);
          const connection = { url: server.url, token: directory.graphqlToken };
          const subscriber = new Subscriber(connection, EVERYTHING);
          const writers = new MixedWriters(() => ({ ...directory, url: server.url }));
          const stopKiller = await startKiller(pauses);
          await Promise.all(lists.map((steps) => writers.run(steps)));
          seen.killed += await stopKiller();
          // Aborted requests may still be running: wait until the log no longer grows.
          const log = await settledLog(stored);

          expect(log.map(({ sequence }) => sequence)).toEqual(sequencesBetween(1, log.length));
          expect(new Set(log.map(({ id }) => id)).size).toBe(log.length);
          const replayed = replay(log);
          const users = await stored.sql<{ id: string; user_name: string; active: boolean }>(
            'select id, user_name, active from users where directory_id = $1',
          );
          const state = users.map(({ id, user_name: userName, active }) => [id, { userName, active }] as const);
          expect(new Map(replayed.users)).toEqual(new Map(state));
          const pairs = await stored.sql<{ pair: string }>(
            `select group_id || '/' || member_id as pair from memberships where directory_id = $1`,
          );
          expect([...replayed.memberships].toSorted()).toEqual(pairs.map(({ pair }) => pair).toSorted());
          const groups = await stored.sql<{ id: string }>('select id from groups where directory_id = $1');
          expect([...replayed.groups].toSorted()).toEqual(groups.map(({ id }) => id).toSorted());
          expect(await stored.miscounts()).toEqual([]);

          const byRequest = Map.groupBy(log, ({ requestId }) => requestId ?? '');
          expect(writers.acknowledged.filter((one) => !isLogged(one, byRequest))).toEqual([]);
          expect(writers.unexpected).toEqual([]);

          await subscriber.waitUntil((delivered) => delivered.length >= log.length);
          const expected = log.map((event) => {
            const { id, sequence, type } = event;
            return { id, sequence, type, cursor: encodeCursor(event) };
          });
          expect(subscriber.delivered).toEqual(expected);
          await subscriber.close();

          seen.aborted += writers.aborted;
          seen.failed += writers.failed;
          seen.acknowledged += writers.acknowledged.length;
          for (const { type } of log) seen.types.add(type);
        },
      ),
      // A smaller program rarely reproduces a race: no shrinking.
      { numRuns: 4, endOnFailure: true },
    );
    // The test is only meaningful with enough writes and faults.
    expect(seen.acknowledged).toBeGreaterThan(800);
    for (const count of [seen.aborted, seen.killed, seen.failed]) expect(count).toBeGreaterThan(3);
    expect(seen.types.size).toBe(8);
  });
});

async function settledLog(stored: DomainDirectory): Promise<StoredEvent[]> {
  for (let length = -1; ;) {
    const log = await stored.events();
    if (log.length === length && server.database.pool.idleCount === server.database.pool.totalCount) return log;
    length = log.length;
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
}
