import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { RetentionJob, type RetentionJobOptions } from '../../src/domain/retention-job.js';
import { newId } from '../../src/domain/kernel/id.js';
import { resetClock, setClock } from '../support/clock.js';
import { openTestDomain, toCreateUser, type DomainDirectory, type TestDomain } from '../support/domain.js';
import { readMetric } from '../support/metrics.js';
import { until } from '../support/portico-process.js';
import { startTestServer } from '../support/server.js';

const DAY = 86_400_000;
const errors: unknown[] = [];
let domain: TestDomain;

beforeAll(async () => {
  domain = await openTestDomain();
});
afterAll(() => domain.close());
afterEach(resetClock);

function keep(options: Partial<RetentionJobOptions> = {}): RetentionJob {
  return new RetentionJob(domain, { eventRetention: 30 * DAY, onError: (error) => errors.push(error), ...options });
}

async function writeOld(count: number): Promise<DomainDirectory> {
  const directory = await domain.createDirectory();
  await directory.execute(...Array.from({ length: count }, () => toCreateUser(`user-${newId()}`)));
  await directory.sql(`update events set occurred_at = occurred_at - interval '31 days' where directory_id = $1`);
  return directory;
}

async function writeKeys(count: number, age: string): Promise<void> {
  await domain.pool.query(
    `insert into idempotency_keys (directory_id, actor, key, request_hash, object_id, created_at)
     select gen_random_uuid(), 'a', n::text, '', '', now() - $2::interval from generate_series(1, $1) n`,
    [count, age],
  );
}

async function countKeys(): Promise<number> {
  return Number((await domain.pool.query<{ n: string }>('select count(*) as n from idempotency_keys')).rows[0]!.n);
}

describe('a run of the job', () => {
  test('removes all that has expired, in every directory and in as many batches as needed', async () => {
    const directories = await Promise.all([writeOld(1_200), writeOld(2), writeOld(1)]);
    await writeKeys(1_100, '25 hours');
    await writeKeys(3, '23 hours');
    const pruned: unknown[] = [];
    await keep({ onPruned: (id, { count, sequence }) => pruned.push({ id, count, sequence }) }).pruneAll();
    const left = await Promise.all(
      directories.map(async (directory) => (await directory.events()).map(({ sequence }) => sequence)),
    );
    expect(left).toEqual([[1_200], [2], [1]]);
    expect(pruned).toHaveLength(2);
    expect(pruned).toEqual(
      expect.arrayContaining([
        { id: directories[0].id, count: 1_199, sequence: 1_199 },
        { id: directories[1].id, count: 1, sequence: 1 },
      ]),
    );
    expect(await countKeys()).toBe(3);
  });

  test.each([
    ['ahead of', 40 * DAY],
    ['behind', -40 * DAY],
  ])('uses the clock of the database when that of the process is 40 days %s it', async (_where, difference) => {
    const young = await domain.createDirectory();
    for (const name of ['kim', 'lee']) await young.createUser(name);
    const old = await writeOld(3);
    await domain.pool.query('delete from idempotency_keys');
    await writeKeys(2, '23 hours');
    await writeKeys(3, '25 hours');
    setClock(difference);
    await keep().pruneAll();
    expect(await young.events()).toHaveLength(2);
    expect(await old.events()).toHaveLength(1);
    expect(await countKeys()).toBe(2);
  });

  test('without a retention keeps events forever, but still removes idempotency keys', async () => {
    const directory = await writeOld(3);
    await writeKeys(2, '2 days');
    await keep({ eventRetention: undefined }).pruneAll();
    expect(await directory.events()).toHaveLength(3);
    expect(await countKeys()).toBe(2);
  });

  test('that fails is reported, and the next one runs', async () => {
    await domain.pool.query('alter table idempotency_keys rename to mislaid');
    const housekeeping = keep({ eventRetention: 1_000 });
    housekeeping.start();
    await until('the fault is reported', () => errors.length > 0);
    expect(errors[0]).toMatchObject({ code: '42P01' });
    await domain.pool.query('alter table mislaid rename to idempotency_keys');
    const directory = await writeOld(3);
    await until('the next round has come', async () => (await directory.events()).length === 1);
    await housekeeping.stop();
    const later = await writeOld(3);
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    expect(await later.events()).toHaveLength(3);
  });
});

test('a server prunes events older than PORTICO_EVENT_RETENTION, with a metric and a log line', async () => {
  const lines: string[] = [];
  const server = await startTestServer({
    environment: { PORTICO_EVENT_RETENTION: '1s' },
    log: (line) => lines.push(line),
  });
  const { id } = await server.createDirectory();
  await server.database.pool.query(
    `insert into events (directory_id, sequence, id, type, occurred_at, source, actor, payload)
     select $1, n, gen_random_uuid(), 'USER_UPDATED', now() - interval '2 s', 'SCIM', 'a', '{}' from generate_series(1, 5) n`,
    [id],
  );
  await server.database.pool.query('update directory_counters set sequence = 5 where directory_id = $1', [id]);
  await until('they are pruned', async () => (await readMetric(server.url, 'portico_events_pruned_total')) === 4);
  const { rows } = await server.database.pool.query('select sequence from events');
  expect(rows).toEqual([{ sequence: '5' }]);
  expect(lines.map((line) => JSON.parse(line) as object)).toContainEqual(
    expect.objectContaining({
      level: 30,
      directoryId: id,
      count: 4,
      lastSequence: 4,
      lastOccurredAt: expect.any(String),
      msg: 'events pruned',
    }),
  );
  await server.stop();
});
