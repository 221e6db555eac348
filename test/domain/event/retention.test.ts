import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { createDirectory } from '../../../src/domain/directory/directory-commands.js';
import { encodeCursor, headCursor, parseCursor, startCursor } from '../../../src/domain/event/cursor.js';
import { findLogBounds } from '../../../src/domain/event/event-log.js';
import { countEvents, existsEventUpTo, readEventPage } from '../../../src/domain/event/event-pages.js';
import { Feed } from '../../../src/domain/event/feed/feed.js';
import { findDirectoriesToPrune, pruneEvents } from '../../../src/domain/event/retention.js';
import { newId } from '../../../src/domain/kernel/id.js';
import { openTestDomain, toCreateUser, type DomainDirectory, type TestDomain } from '../../support/domain.js';
import { FeedReader, sequencesBetween } from '../../support/feed-reader.js';
import type { Wire } from '../../support/scim-client.js';
import { recordStatements } from '../../support/statements.js';

const RETENTION = 30 * 86_400_000;
const recorder = recordStatements();
let domain: TestDomain;
let directory: DomainDirectory;

beforeAll(async () => {
  domain = await openTestDomain({ clientClass: recorder.clientClass });
});

beforeEach(async () => {
  directory = await domain.createDirectory();
});

afterAll(() => domain.close());

/** Writes `old` events that are 31 days old, then `young` ones of today. */
async function write(old: number, young: number): Promise<string[]> {
  for (let left = old; left > 0; left -= 500) await writeMany(Math.min(left, 500));
  await directory.sql(`update events set occurred_at = occurred_at - interval '31 days' where directory_id = $1`);
  await writeMany(young);
  return (await directory.events()).map(encodeCursor);
}

async function writeMany(count: number): Promise<void> {
  if (count > 0) await directory.execute(...Array.from({ length: count }, () => toCreateUser(`user-${newId()}`)));
}

/** Prunes one batch. @returns the number of removed events */
async function pruneBatch(limit: number): Promise<number> {
  return (await pruneEvents(domain, directory.id, RETENTION, limit))?.count ?? 0;
}

/** Prunes all expired events. @returns the number of removed events per batch */
async function prune(limit = 1_000): Promise<number[]> {
  const batches: number[] = [];
  for (;;) {
    const removed = await pruneBatch(limit);
    batches.push(removed);
    if (removed < limit) return batches;
  }
}

async function kept(): Promise<number[]> {
  return (await directory.events()).map(({ sequence }) => sequence);
}

describe('pruning', () => {
  test('removes expired events in batches, up to the first one that has not expired', async () => {
    await write(10, 3);
    expect(await findDirectoriesToPrune(domain, RETENTION)).toContain(directory.id);
    const [, , , youngestOfBatch] = await directory.events();
    expect(await pruneEvents(domain, directory.id, RETENTION, 4)).toEqual({
      count: 4,
      sequence: 4,
      occurredAt: youngestOfBatch!.occurredAt,
    });
    expect(await prune(4)).toEqual([4, 2]);
    expect(await kept()).toEqual([11, 12, 13]);
    expect(await findDirectoriesToPrune(domain, RETENTION)).not.toContain(directory.id);
    expect(await prune()).toEqual([0]);
    expect(await findLogBounds(domain, directory.id)).toEqual({ oldest: 11, newest: 13 });
  });

  test('keeps expired events after one that has not expired: the log has no holes', async () => {
    await write(6, 2);
    await directory.sql('update events set occurred_at = now() where directory_id = $1 and sequence = 3');
    expect(await prune()).toEqual([2]);
    expect(await kept()).toEqual(sequencesBetween(3, 8));
  });

  test('never removes the newest event, which the head cursor and the counter refer to', async () => {
    const cursors = await write(5, 0);
    await prune();
    expect(await kept()).toEqual([5]);
    expect(await findDirectoriesToPrune(domain, RETENTION)).not.toContain(directory.id);
    expect(await headCursor(domain, directory.id)).toBe(cursors[4]);
    const position = parseCursor(cursors[4]!, directory.id);
    await writeMany(1);
    expect((await readEventPage(domain, directory.id, position, 9)).rows.map(({ sequence }) => sequence)).toEqual([6]);
    // The former newest event is pruned once there is a newer one.
    await prune();
    expect(await kept()).toEqual([6]);
  });

  test('does not affect other directories, and accepts a directory without events', async () => {
    const other = await domain.createDirectory();
    await other.createUser('kim');
    await write(3, 1);
    await prune();
    expect(await other.events()).toHaveLength(1);
    expect(await pruneEvents(domain, newId(), RETENTION, 10)).toBeUndefined();
  });

  test('is done by one process at a time', async () => {
    await write(5, 1);
    const another = new pg.Client({ connectionString: domain.url });
    await another.connect();
    await another.query('begin');
    // Another process has not committed its batch.
    await another.query('select pg_advisory_xact_lock(7046283652)');
    expect(await prune()).toEqual([0]);
    expect(await kept()).toHaveLength(6);
    await another.query('commit');
    await another.end();
    const batches = await Promise.all(Array.from({ length: 8 }, () => pruneBatch(9)));
    expect(batches.filter((removed) => removed > 0)).toEqual([5]);
  });

  test('does not block writers, and the log has no gap', async () => {
    await write(3_000, 0);
    let pruned = 0;
    const pruning = (async () => {
      for (;;) {
        const removed = await pruneBatch(100);
        if (removed === 0) return;
        pruned += removed;
      }
    })();
    await Promise.all(Array.from({ length: 50 }, () => writeMany(2)));
    await pruning;
    const newest = 3_100;
    expect(await kept()).toEqual(sequencesBetween(pruned + 1, newest));
    expect(pruned).toBeGreaterThanOrEqual(2_999);
    expect((await directory.miscounts()).length).toBe(0);
  });
});

describe('after pruning', () => {
  test('all cursors before the oldest retained event have expired, and later ones are valid', async () => {
    const cursors = await write(5, 3);
    await prune();
    const page = (cursor: string, types?: readonly ['GROUP_CREATED']): Promise<unknown> =>
      readEventPage(domain, directory.id, parseCursor(cursor, directory.id), 10, types);
    const feed = new Feed(domain, { onError: () => undefined });
    for (const cursor of [startCursor(directory.id), ...cursors.slice(0, 5)]) {
      await expect(page(cursor)).rejects.toMatchObject({ code: 'CURSOR_EXPIRED' });
      await expect(page(cursor, ['GROUP_CREATED'])).rejects.toMatchObject({ code: 'CURSOR_EXPIRED' });
      await expect(feed.subscribe(directory.id, { after: cursor, from: 'EARLIEST' })).rejects.toMatchObject({
        code: 'CURSOR_EXPIRED',
      });
    }
    expect(await page(cursors[5]!)).toMatchObject({ rows: [{ sequence: 7 }, { sequence: 8 }] });
    expect(await page(cursors[7]!)).toEqual({ rows: [], more: false });
    await feed.stop();
  });

  test('the log begins with the oldest retained event, for pages and for subscribers', async () => {
    await write(5, 3);
    await prune();
    const first = await readEventPage(domain, directory.id, undefined, 2);
    expect(first.rows.map(({ sequence }) => sequence)).toEqual([6, 7]);
    expect(await countEvents(domain, directory.id)).toBe(3);
    expect(await countEvents(domain, directory.id, ['USER_PROVISIONED'])).toBe(3);
    expect(await existsEventUpTo(domain, directory.id, 5)).toBe(false);
    expect(await existsEventUpTo(domain, directory.id, 6, ['USER_PROVISIONED'])).toBe(true);
    const feed = new Feed(domain, { onError: () => undefined });
    const items = await feed.subscribe(directory.id, { from: 'EARLIEST' });
    // The event before it is unknown, so there is no cursor for that position.
    expect(items.settledCursor()).toBeUndefined();
    const reader = new FeedReader(items);
    await reader.until(() => reader.items.length === 3);
    expect(reader.sequences).toEqual([6, 7, 8]);
    expect(items.settledCursor()).toBe(await headCursor(domain, directory.id));
    await reader.return();
    await feed.stop();
  });

  test('filtered pages begin after the event of their cursor, whatever its type', async () => {
    const [cursor] = await write(0, 1);
    await directory.createGroup('Guides');
    await directory.createUser('kim');
    const position = parseCursor(cursor!, directory.id);
    const types = ['GROUP_CREATED'] as const;
    const { rows } = await readEventPage(domain, directory.id, position, 5, types);
    expect(rows.map(({ type }) => type)).toEqual(['GROUP_CREATED']);
    const wrong = { ...position, fingerprint: Buffer.alloc(8) };
    await expect(readEventPage(domain, directory.id, wrong, 5, types)).rejects.toMatchObject({
      code: 'CURSOR_FROM_ANOTHER_HISTORY',
    });
  });
});

describe('while events are pruned', () => {
  let feed: Feed;

  beforeEach(async () => {
    feed = new Feed(domain, { onError: () => undefined });
    domain.observe({ onCommit: (events) => feed.onCommit(events) });
    await feed.start();
  });

  afterEach(() => feed.stop());

  test('a subscriber whose next events were pruned gets CURSOR_EXPIRED and sees no gap', async () => {
    await write(2_000, 10);
    const slow = await feed.subscribe(directory.id, { from: 'EARLIEST' });
    const sequences: number[] = [];
    for (let read = 0; read < 3; read++) sequences.push((await slow.next()).value.sequence);
    await prune();
    const rest = async (): Promise<void> => {
      for await (const { sequence } of slow) sequences.push(sequence);
    };
    await expect(rest()).rejects.toMatchObject({ name: 'DomainError', code: 'CURSOR_EXPIRED' });
    expect(sequences).toEqual(sequencesBetween(1, sequences.length));
    expect(sequences.length).toBeLessThan(2_000);
    // A new subscription starts with the events that are left.
    const again = new FeedReader(await feed.subscribe(directory.id, { from: 'EARLIEST' }));
    await again.until(() => again.items.length === 10);
    expect(again.sequences).toEqual(sequencesBetween(2_001, 2_010));
    await again.return();
  });

  test('subscribers from EARLIEST get the oldest event, and consecutive pages have no gap', async () => {
    await write(2_000, 10);
    const pruned = new AbortController();
    const pruning = (async () => {
      while ((await pruneBatch(7)) > 0);
      pruned.abort();
    })();
    let beginnings = 0;
    const outcomes = new Set<string>();
    while (!pruned.signal.aborted) {
      const items = await feed.subscribe(directory.id, { from: 'EARLIEST' });
      expect((await items.next()).value.sequence).toBeGreaterThan(0);
      await items.return?.();
      beginnings++;
      const { rows } = await readEventPage(domain, directory.id, undefined, 3);
      const last = rows.at(-1)!;
      try {
        const position = parseCursor(encodeCursor(last), directory.id);
        const next = await readEventPage(domain, directory.id, position, 1);
        expect(next.rows[0]!.sequence).toBe(last.sequence + 1);
        outcomes.add('read');
      } catch (error) {
        expect(error).toMatchObject({ code: 'CURSOR_EXPIRED' });
        outcomes.add('expired');
      }
    }
    await pruning;
    expect(beginnings).toBeGreaterThan(5);
    expect(outcomes).toContain('read');
  });
});

describe('in a large log', () => {
  const EVENTS = 20_000;
  const DIRECTORIES = 5;
  let large: TestDomain;
  let ids: string[];
  let planner: pg.Client;

  beforeAll(async () => {
    large = await openTestDomain({ clientClass: recorder.clientClass });
    ids = [];
    for (let made = 0; made < DIRECTORIES; made++) {
      ids.push((await createDirectory(large.em, { slug: `large-${made}` })).id);
    }
    planner = new pg.Client({ connectionString: large.url });
    await planner.connect();
    await planner.query(
      `insert into events (directory_id, sequence, id, type, occurred_at, source, actor, payload)
       select directory_id, sequence, gen_random_uuid(), 'USER_UPDATED', now() - interval '31 days', 'SCIM', 'a', '{}'
       from unnest($1::uuid[]) as directory_id, generate_series(1, $2) as sequence order by sequence`,
      [ids, EVENTS],
    );
    await planner.query('update directory_counters set sequence = $1', [EVENTS]);
    await planner.query('analyze events, directory_counters');
    await planner.query('set plan_cache_mode = force_generic_plan');
  });

  afterAll(async () => {
    await planner.end();
    await large.close();
  });

  function nodesOf(plan: Wire): Wire[] {
    return [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];
  }

  test('expired events are found and removed through the primary key', async () => {
    const [directoryId] = ids as [string];
    recorder.take();
    expect(await findDirectoriesToPrune(large, RETENTION)).toHaveLength(DIRECTORIES);
    expect(await pruneEvents(large, directoryId, RETENTION, 1_000)).toMatchObject({ count: 1_000, sequence: 1_000 });
    const position = { sequence: 1_500, fingerprint: Buffer.alloc(8) };
    await readEventPage(large, directoryId, position, 10, ['USER_UPDATED']).catch(() => undefined);
    await readEventPage(large, directoryId, undefined, 10);
    await findLogBounds(large, directoryId);
    const statements = recorder.take();
    expect(statements.length).toBeGreaterThanOrEqual(6);
    for (const { text, values } of statements) {
      await planner.query(`prepare planned as ${text}`);
      const { rows } = await planner.query<Wire>(
        `explain (format json) execute planned (${values.map(() => 'null').join(', ')})`,
      );
      await planner.query('deallocate planned');
      const nodes = nodesOf(rows[0]['QUERY PLAN'][0].Plan);
      const full = nodes.filter((node) => node['Node Type'] === 'Seq Scan' && node['Relation Name'] === 'events');
      expect({ text, full }).toEqual({ text, full: [] });
      expect(nodes.map((node) => node['Index Name'])).toContain('events_pkey');
    }
  });

  test('finding the oldest event does not scan pruned index entries that vacuum cannot remove yet', async () => {
    const directoryId = ids[1]!;
    // An open snapshot keeps the index entries of pruned rows.
    await planner.query('begin isolation level repeatable read');
    await planner.query('select 1 from events limit 1');
    while (await pruneEvents(large, directoryId, RETENTION, 1_000));
    const { rows } = await large.pool.query(
      `explain (analyze, buffers, format json)
       select sequence from events where directory_id = $1 and sequence > 0 order by sequence limit 1`,
      [directoryId],
    );
    recorder.take();
    expect(await findLogBounds(large, directoryId)).toEqual({ oldest: EVENTS, newest: EVENTS });
    const [statement] = recorder.take();
    const bounds = await large.pool.query(`explain (analyze, buffers, format json) ${statement!.text}`, [directoryId]);
    const buffersOf = (plan: Wire): number => plan['QUERY PLAN'][0].Plan['Shared Hit Blocks'];
    expect(buffersOf(rows[0])).toBeGreaterThan(100);
    expect(buffersOf(bounds.rows[0])).toBeLessThan(20);
    await planner.query('commit');
  });
});
