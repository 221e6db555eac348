import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { deleteDirectory } from '../../../../src/domain/directory/directory-commands.js';
import { encodeCursor, startCursor } from '../../../../src/domain/event/cursor.js';
import { Feed, type FeedOptions, type FeedStart } from '../../../../src/domain/event/feed/feed.js';
import { newId } from '../../../../src/domain/kernel/id.js';
import { DroppingProxy } from '../../../support/dropping-proxy.js';
import {
  openTestDomain,
  toCreateUser,
  toUpdateUser,
  type DomainDirectory,
  type TestDomain,
} from '../../../support/domain.js';
import { FeedReader, sequencesBetween } from '../../../support/feed-reader.js';
import { recordStatements } from '../../../support/statements.js';

const recorder = recordStatements();
const errors: unknown[] = [];
let domain: TestDomain;
let directory: DomainDirectory;
let feed: Feed;

beforeAll(async () => {
  domain = await openTestDomain({ clientClass: recorder.clientClass });
});

beforeEach(async () => {
  directory = await domain.createDirectory();
  feed = await startFeed();
});

afterEach(async () => {
  await feed.stop();
  expect(errors.splice(0)).toEqual([]);
});

afterAll(() => domain.close());

async function startFeed(options: Partial<FeedOptions> = {}): Promise<Feed> {
  const started = new Feed(domain, { onError: (error) => errors.push(error), ...options });
  domain.observe({ onCommit: (events) => started.onCommit(events) });
  await started.start();
  return started;
}

async function subscribe(start: Partial<FeedStart> = {}, pause?: () => number): Promise<FeedReader> {
  return new FeedReader(await feed.subscribe(directory.id, { from: 'LATEST', ...start }), pause);
}

/** Runs several writers at once, with two to four commands per transaction. @returns the newest sequence */
async function write(writers: number, turns: number): Promise<number> {
  const user = await directory.createUser(`target-${newId()}`);
  const writer = async (): Promise<void> => {
    for (let turn = 0; turn < turns; turn++) {
      const commands = Array.from({ length: 1 + (turn % 3) }, () => toCreateUser(`user-${newId()}`));
      await directory.execute(...commands, toUpdateUser(user.id, { active: turn % 2 === 0 }));
    }
  };
  await Promise.all(Array.from({ length: writers }, writer));
  return head();
}

async function head(): Promise<number> {
  return (await directory.events()).at(-1)?.sequence ?? 0;
}

/** Creates `count` users in one transaction. @returns the newest sequence */
async function writeMany(count: number): Promise<number> {
  await directory.execute(...Array.from({ length: count }, () => toCreateUser(`user-${newId()}`)));
  return head();
}

describe('a subscription', () => {
  test('joins the live feed from any start without gaps or duplicates, while others write', async () => {
    await write(2, 4);
    const early = await directory.events();
    const writing = write(8, 25);
    const fromStart: FeedReader[] = [];
    const fromMiddle: Array<{ reader: FeedReader; after: number }> = [];
    const fromNow: Array<{ reader: FeedReader; before: number; then: number }> = [];
    for (let index = 0; index < 12; index++) {
      fromStart.push(await subscribe(index % 2 ? { from: 'EARLIEST' } : { after: startCursor(directory.id) }));
      const event = early[(index * 3) % early.length]!;
      fromMiddle.push({ reader: await subscribe({ after: encodeCursor(event) }), after: event.sequence });
      const before = await head();
      fromNow.push({ reader: await subscribe({ from: 'LATEST' }), before, then: await head() });
    }
    const last = await writing;
    const readers = [...fromStart, ...[...fromMiddle, ...fromNow].map(({ reader }) => reader)];
    await Promise.all(readers.map((reader) => reader.until(() => reader.lastSequence >= last)));
    for (const reader of fromStart) expect(reader.sequences).toEqual(sequencesBetween(1, last));
    for (const { reader, after } of fromMiddle) expect(reader.sequences).toEqual(sequencesBetween(after + 1, last));
    for (const { reader, before, then } of fromNow) {
      const first = reader.sequences[0]!;
      expect(reader.sequences).toEqual(sequencesBetween(first, last));
      expect(first).toBeGreaterThan(before);
      expect(first).toBeLessThanOrEqual(then + 1);
    }
    // Live delivery equals the log, with NOTIFY and with polling.
    const log = await directory.events();
    for (const reader of fromStart) expect(reader.items).toEqual(log);
  });

  test('that is slow falls back to the log when the ring buffer has overrun it, and misses nothing', async () => {
    await feed.stop();
    feed = await startFeed({ pollEvery: 3_600_000 });
    let slow = true;
    const behind = await subscribe({ from: 'EARLIEST' }, () => (slow ? 200 : 0));
    const prompt = await subscribe({ from: 'EARLIEST' });
    const last = await [600, 600, 600, 600, 600].reduce(
      async (done, count) => (await done, writeMany(count)),
      Promise.resolve(0),
    );
    expect(last).toBe(3_000);
    await prompt.until(() => prompt.lastSequence === last);
    expect(behind.lastSequence).toBeLessThan(last - 2_000);
    slow = false;
    await behind.until(() => behind.lastSequence === last);
    for (const reader of [prompt, behind]) expect(reader.sequences).toEqual(sequencesBetween(1, last));
    // It is back in the live feed: there was no poll.
    await directory.createUser('afterwards');
    await behind.until(() => behind.lastSequence === last + 1);
  });

  test('yields only the requested types, in order', async () => {
    const types = ['USER_DEPROVISIONED', 'USER_REACTIVATED'] as const;
    const live = await subscribe({ types });
    const last = await write(4, 10);
    const wanted = (await directory.events()).filter(({ type }) => types.some((one) => one === type));
    expect(wanted.length).toBeGreaterThan(5);
    const late = await subscribe({ types, from: 'EARLIEST' });
    for (const reader of [live, late]) {
      await reader.until(() => reader.items.length === wanted.length);
      expect(reader.items).toEqual(wanted);
    }
    expect(last).toBeGreaterThan(wanted.length);
  });

  test('with checkpoints advances its cursor past filtered events, and can resume from there', async () => {
    const reader = await subscribe({ types: ['GROUP_CREATED'], checkpoints: true, from: 'EARLIEST' });
    const last = await writeMany(3);
    await reader.until(() => reader.lastSequence === last);
    const [checkpoint] = reader.items;
    expect(checkpoint).toMatchObject({
      type: 'CHECKPOINT',
      sequence: last,
      source: 'SYSTEM',
      directoryId: directory.id,
    });
    expect(reader.items.every(({ type }) => type === 'CHECKPOINT')).toBe(true);
    const group = await directory.createGroup('Guides');
    await reader.until(() => reader.lastSequence === last + 1);
    expect(reader.items.at(-1)).toMatchObject({ type: 'GROUP_CREATED', payload: { groupId: group.id } });
    const resumed = await subscribe({
      after: encodeCursor(reader.items.findLast(({ type }) => type === 'CHECKPOINT')!),
    });
    await resumed.until(() => resumed.items.length === 1);
    expect(resumed.sequences).toEqual([last + 1]);
    // A checkpoint is not stored.
    expect(await head()).toBe(last + 1);
  });

  test('from EARLIEST begins at the oldest retained event, or at the next one if none is left', async () => {
    const last = await writeMany(5);
    await directory.sql('delete from events where directory_id = $1 and sequence <= 3');
    const some = await subscribe({ from: 'EARLIEST' });
    await some.until(() => some.items.length === 2);
    expect(some.sequences).toEqual([4, 5]);
    await directory.sql('delete from events where directory_id = $1');
    recorder.take();
    const none = await subscribe({ from: 'EARLIEST' });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(recorder.take().length).toBeLessThan(10);
    await directory.createUser('next');
    await none.until(() => none.items.length === 1);
    expect(none.sequences).toEqual([last + 1]);
  });

  test('is settled up to the last event that its consumer has processed', async () => {
    const last = await writeMany(3);
    const [first, second, third] = (await directory.events()).map(encodeCursor);
    const items = await feed.subscribe(directory.id, { from: 'EARLIEST' });
    expect(items.settledCursor()).toBe(startCursor(directory.id));
    await items.next();
    expect(items.settledCursor()).toBe(startCursor(directory.id));
    await items.next();
    expect(items.settledCursor()).toBe(first);
    await items.next();
    expect(items.settledCursor()).toBe(second);
    const pending = items.next();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(items.settledCursor()).toBe(third);
    await items.return?.();
    await pending;
    // Filtered events are skipped and count as processed.
    const filtered = await feed.subscribe(directory.id, { from: 'EARLIEST', types: ['GROUP_CREATED'] });
    const none = filtered.next();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(filtered.settledCursor()).toBe(third);
    await filtered.return?.();
    await none;
    expect(last).toBe(3);
  });

  test('from EARLIEST does not miss the first event of a log', async () => {
    const others = await Promise.all(Array.from({ length: 60 }, () => domain.createDirectory()));
    const begun = await Promise.all(
      others.map(async (other, index) => {
        const writing = other.createUser(`first-${index}`);
        // Subscribe before, during or after the write.
        await new Promise((resolve) => setTimeout(resolve, index % 6));
        const reader = new FeedReader(await feed.subscribe(other.id, { from: 'EARLIEST' }));
        await writing;
        return reader;
      }),
    );
    for (const reader of begun) await reader.until(() => reader.items.length === 1);
    for (const reader of begun) expect(reader.sequences).toEqual([1]);
    for (const reader of begun) await reader.return();
  });

  test('that reads the log waits while the database is down, and resumes at its position', async () => {
    const proxy = await DroppingProxy.open(domain.url);
    const away = await openTestDomain({ url: proxy.url });
    const reported: unknown[] = [];
    const other = new Feed(away, { onError: (error) => reported.push(error), pollEvery: 100 });
    await other.start();
    const last = await writeMany(1_200);
    const items = await other.subscribe(directory.id, { from: 'EARLIEST' });
    const sequences: number[] = [];
    while (sequences.length < 500) sequences.push((await items.next()).value.sequence);
    proxy.drop();
    const pending = items.next();
    for (let wait = 0; wait < 100 && reported.length < 3; wait++)
      await new Promise((resolve) => setTimeout(resolve, 50));
    expect(reported.length).toBeGreaterThanOrEqual(3);
    proxy.restore();
    sequences.push((await pending).value.sequence);
    while (sequences.length < last) sequences.push((await items.next()).value.sequence);
    expect(sequences).toEqual(sequencesBetween(1, last));
    // A reader that waits for the database can still be ended.
    proxy.drop();
    const never = items.next();
    await items.return?.();
    expect((await never).done).toBe(true);
    await other.stop();
    await away.close();
    await proxy.close();
  });

  test('is rejected with a cursor that is invalid, expired or from another history', async () => {
    await writeMany(4);
    const [first, second] = await directory.events();
    const other = await domain.createDirectory();
    const refuse = async (after: string, code: string): Promise<void> => {
      await expect(subscribe({ after })).rejects.toMatchObject({ name: 'DomainError', code });
    };
    await refuse('garbage', 'CURSOR_INVALID');
    await refuse(startCursor(other.id), 'CURSOR_INVALID');
    await refuse(encodeCursor({ ...second!, id: newId() }), 'CURSOR_FROM_ANOTHER_HISTORY');
    await refuse(encodeCursor({ ...second!, sequence: 99 }), 'CURSOR_FROM_ANOTHER_HISTORY');
    await directory.sql('delete from events where directory_id = $1 and sequence = 1');
    await refuse(encodeCursor(first!), 'CURSOR_EXPIRED');
    await refuse(startCursor(directory.id), 'CURSOR_EXPIRED');
    await expect(feed.subscribe(newId(), { from: 'LATEST' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    // A rejected subscription leaves no reader behind that would be polled for.
    recorder.take();
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(recorder.take()).toEqual([]);
  });
});

describe('a subscription ends', () => {
  test('with return(), which wakes a waiting consumer and frees the reader', async () => {
    const readers = [await subscribe(), await subscribe({ checkpoints: true })];
    await writeMany(1);
    await readers[0]!.until((items) => items.length === 1);
    for (const reader of readers) await reader.return();
    for (const reader of readers) expect(await reader.ended()).toBe('done');
    recorder.take();
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(recorder.take()).toEqual([]);
    await writeMany(1);
    expect(readers[0]!.items).toHaveLength(1);
  });

  test('when the feed stops', async () => {
    const readers = [
      await subscribe(),
      await subscribe({ types: ['GROUP_CREATED'] }),
      await subscribe({ from: 'EARLIEST' }),
    ];
    await feed.stop();
    for (const reader of readers) expect(await reader.ended()).toBe('done');
  });

  test('with NOT_FOUND when the directory is deleted', async () => {
    const reader = await subscribe();
    await deleteDirectory(domain.em, directory.slug);
    expect(await reader.ended()).toMatchObject({ name: 'DomainError', code: 'NOT_FOUND' });
  });

  test('with CURSOR_FROM_ANOTHER_HISTORY when the log ends before its position', async () => {
    const reader = await subscribe({ from: 'EARLIEST' });
    await writeMany(3);
    await reader.until(() => reader.lastSequence === 3);
    await directory.sql('delete from events where directory_id = $1 and sequence > 1');
    await directory.sql('update directory_counters set sequence = 1 where directory_id = $1');
    expect(await reader.ended()).toMatchObject({ name: 'DomainError', code: 'CURSOR_FROM_ANOTHER_HISTORY' });
  });
});

test('idle subscribers of twenty directories share one poll, and without subscribers there is none', async () => {
  await feed.stop();
  feed = await startFeed({ pollEvery: 50 });
  const others = await Promise.all(Array.from({ length: 20 }, () => domain.createDirectory()));
  const subscribed = others.flatMap(({ id }) =>
    Array.from({ length: 10 }, () => feed.subscribe(id, { from: 'LATEST' })),
  );
  const readers = (await Promise.all(subscribed)).map((items) => new FeedReader(items));
  await new Promise((resolve) => setTimeout(resolve, 60));
  recorder.take();
  await new Promise((resolve) => setTimeout(resolve, 600));
  const polls = recorder.take();
  expect(new Set(polls.map(({ text }) => text)).size).toBe(1);
  expect(polls.length).toBeGreaterThan(3);
  expect(polls.length).toBeLessThanOrEqual(12);
  for (const { values } of polls) expect(values[0]).toHaveLength(20);
  for (const reader of readers) await reader.return();
  recorder.take();
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(recorder.take()).toEqual([]);
});
