import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { DomainEventType } from '../../../../src/domain/event/event.js';
import { Feed } from '../../../../src/domain/event/feed/feed.js';
import type { FeedItem } from '../../../../src/domain/event/feed/subscription.js';
import { openTestDomain, type DomainDirectory, type TestDomain } from '../../../support/domain.js';

/*
 * A database is restored while a server is running: the log ends before the position of a reader, and other events replace
 * those that it has read. The reader must get an error and never skip events silently.
 */
describe('a log that is replaced while it is read', () => {
  let domain: TestDomain;
  let restored: TestDomain;
  let directory: DomainDirectory;
  let feed: Feed;

  beforeAll(async () => {
    domain = await openTestDomain();
    restored = await openTestDomain({ url: domain.url });
  });

  afterAll(async () => {
    await restored.close();
    await domain.close();
  });

  beforeEach(async () => {
    directory = await domain.createDirectory();
    feed = new Feed(domain, { pollEvery: 100, onError: () => undefined });
    domain.observe({ onCommit: (events) => feed.onCommit(events) });
  });

  afterEach(() => feed.stop());

  async function read(items: AsyncIterableIterator<FeedItem>, count: number): Promise<number[]> {
    const sequences: number[] = [];
    while (sequences.length < count) {
      const { value } = (await items.next()) as { value: FeedItem };
      sequences.push(value.sequence);
    }
    return sequences;
  }

  /** Truncates the log to its first two events, and lets another process write up to `sequence`. */
  async function restoreAndWrite(sequence: number): Promise<void> {
    await directory.sql('delete from events where directory_id = $1 and sequence > 2');
    await directory.sql('update directory_counters set sequence = 2 where directory_id = $1');
    for (let written = 2; written < sequence; written++) {
      await restored.pool.query(
        `insert into events (directory_id, sequence, id, type, occurred_at, source, actor, payload)
         select directory_id, $2, gen_random_uuid(), type, now(), source, actor, payload
         from events where directory_id = $1 and sequence = 1`,
        [directory.id, written + 1],
      );
      await directory.sql('update directory_counters set sequence = $2 where directory_id = $1', written + 1);
    }
  }

  const inAnotherHistory = { code: 'CURSOR_FROM_ANOTHER_HISTORY' };

  test.each([
    ['ends before the reader', 4],
    ['ends where the reader is', 5],
    ['continues past the reader', 8],
  ])('is detected when it %s', async (_what, sequence) => {
    await feed.start();
    for (const name of ['a', 'b', 'c', 'd', 'e']) await directory.createUser(name);
    const items = await feed.subscribe(directory.id, { from: 'EARLIEST' });
    expect(await read(items, 5)).toEqual([1, 2, 3, 4, 5]);
    await restoreAndWrite(sequence);
    await expect(items.next()).rejects.toMatchObject(inAnotherHistory);
  });

  test('is detected by a reader that reads the log, before any poll', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e']) await directory.createUser(name);
    const items = await feed.subscribe(directory.id, { from: 'EARLIEST' });
    expect(await read(items, 5)).toEqual([1, 2, 3, 4, 5]);
    await restoreAndWrite(8);
    const last = await directory.events(7);
    const countByType = (): Map<DomainEventType, number> => new Map();
    feed.onCommit({ directoryId: directory.id, sequence: 8, length: 1, countByType, toEvents: () => last });
    await expect(items.next()).rejects.toMatchObject(inAnotherHistory);
  });

  test('accepts a new subscription at once', async () => {
    await feed.start();
    for (const name of ['a', 'b', 'c']) await directory.createUser(name);
    const items = await feed.subscribe(directory.id, { from: 'EARLIEST' });
    expect(await read(items, 3)).toEqual([1, 2, 3]);
    await restoreAndWrite(6);
    await expect(items.next()).rejects.toMatchObject(inAnotherHistory);
    const again = await feed.subscribe(directory.id, { from: 'EARLIEST' });
    expect(await read(again, 6)).toEqual([1, 2, 3, 4, 5, 6]);
    await again.return?.();
  });
});
