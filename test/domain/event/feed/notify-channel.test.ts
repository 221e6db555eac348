import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Feed, type FeedOptions } from '../../../../src/domain/event/feed/feed.js';
import { NotifyChannel, type CommitNotification } from '../../../../src/domain/event/feed/notify-channel.js';
import { DroppingProxy } from '../../../support/dropping-proxy.js';
import { FreezingProxy } from '../../../support/freezing-proxy.js';
import { openTestDomain, type DomainDirectory, type TestDomain } from '../../../support/domain.js';
import { FeedReader, sequencesBetween } from '../../../support/feed-reader.js';
import { until } from '../../../support/portico-process.js';

/** Longer than any test, so that only hints can wake a reader. */
const NEVER = 3_600_000;

let writing: TestDomain;
let reading: TestDomain;
let directory: DomainDirectory;
const feeds: Feed[] = [];
const errors: unknown[] = [];

beforeAll(async () => {
  writing = await openTestDomain();
  reading = await openTestDomain({ url: writing.url });
});

beforeEach(async () => {
  directory = await writing.createDirectory();
  errors.length = 0;
});

afterEach(async () => {
  for (const feed of feeds.splice(0)) await feed.stop();
});

afterAll(async () => {
  await reading.close();
  await writing.close();
});

async function startFeed(domain: TestDomain, options: Partial<FeedOptions> = {}): Promise<Feed> {
  const feed = new Feed(domain, { notifyUrl: domain.url, onError: (error) => errors.push(error), ...options });
  domain.observe({ onCommit: (events) => feed.onCommit(events) });
  feeds.push(feed);
  await feed.start();
  return feed;
}

async function read(feed: Feed): Promise<FeedReader> {
  return new FeedReader(await feed.subscribe(directory.id, { from: 'EARLIEST' }));
}

/** Terminates the connections that listen for events, as a database restart does. @returns the number of connections */
async function killListeners(): Promise<number> {
  const { rowCount } = await writing.pool.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and application_name = 'portico feed'`,
  );
  return rowCount ?? 0;
}

async function countListeners(): Promise<number> {
  const { rows } = await writing.pool.query<{ count: string }>(
    `select count(*) from pg_stat_activity where datname = current_database() and application_name = 'portico feed'`,
  );
  return Number(rows[0]?.count);
}

describe('readers in another process', () => {
  test('are woken by hints, without a poll', async () => {
    await startFeed(writing, { pollEvery: NEVER });
    const reader = await read(await startFeed(reading, { pollEvery: NEVER }));
    for (let index = 1; index <= 20; index++) {
      await directory.createUser(`user-${index}`);
      await reader.until(() => reader.lastSequence === index);
    }
    await Promise.all(Array.from({ length: 100 }, (_, index) => directory.createUser(`at-once-${index}`)));
    await reader.until(() => reader.lastSequence === 120);
    expect(reader.sequences).toEqual(sequencesBetween(1, 120));
    expect(errors).toEqual([]);
  });

  test('are served by polling without a listening connection', async () => {
    await startFeed(writing, { notifyUrl: undefined, pollEvery: NEVER });
    const reader = await read(await startFeed(reading, { notifyUrl: undefined, pollEvery: 30 }));
    expect(await countListeners()).toBe(0);
    await Promise.all(Array.from({ length: 50 }, (_, index) => directory.createUser(`user-${index}`)));
    await reader.until(() => reader.lastSequence === 50);
    expect(reader.sequences).toEqual(sequencesBetween(1, 50));
  });

  test('miss nothing when the listening connections are terminated, which are reopened', async () => {
    await startFeed(writing, { pollEvery: 100 });
    const reader = await read(await startFeed(reading, { pollEvery: 100 }));
    await directory.createUser('before');
    await reader.until(() => reader.lastSequence === 1);
    expect(await killListeners()).toBe(2);
    await directory.createUser('while cut');
    await reader.until(() => reader.lastSequence === 2);
    expect(errors.length).toBeGreaterThan(0);
    await until('both listen', async () => (await countListeners()) === 2);
    await directory.createUser('after');
    await reader.until(() => reader.lastSequence === 3);
    expect(reader.sequences).toEqual([1, 2, 3]);
  });

  test('are polled for while the network of the listening connection is down', async () => {
    const proxy = await DroppingProxy.open(writing.url);
    await startFeed(writing);
    const reader = await read(await startFeed(reading, { pollEvery: 100, notifyUrl: proxy.url }));
    await directory.createUser('before');
    await reader.until(() => reader.lastSequence === 1);
    proxy.drop();
    await directory.createUser('while cut');
    await reader.until(() => reader.lastSequence === 2);
    expect(errors.length).toBeGreaterThan(0);
    proxy.restore();
    await until('both listen', async () => (await countListeners()) === 2);
    await directory.createUser('after');
    await reader.until(() => reader.lastSequence === 3);
    expect(reader.sequences).toEqual([1, 2, 3]);
    for (const each of feeds.splice(0)) await each.stop();
    await proxy.close();
  });
});

describe('hints', () => {
  test('of one directory are merged into one notification with the newest sequence', async () => {
    const heard: CommitNotification[] = [];
    const hints = new NotifyChannel(
      writing.url,
      (hint) => heard.push(hint),
      (error) => errors.push(error),
    );
    await hints.start();
    try {
      for (const sequence of [1, 2, 5, 4]) hints.send({ directoryId: directory.id, sequence });
      hints.send({ directoryId: 'another', sequence: 9 });
      for (let wait = 0; wait < 100 && heard.length < 2; wait++)
        await new Promise((resolve) => setTimeout(resolve, 10));
      await new Promise((resolve) => setTimeout(resolve, 30));
    } finally {
      await hints.stop();
    }
    expect(heard).toEqual([
      { directoryId: directory.id, sequence: 5 },
      { directoryId: 'another', sequence: 9 },
    ]);
    expect(errors).toEqual([]);
  });

  test('use a new connection when theirs no longer answers', async () => {
    const proxy = await FreezingProxy.open(writing.url);
    const heard: CommitNotification[] = [];
    const channel = new NotifyChannel(
      proxy.url({ query_timeout: '1000' }),
      (notification) => heard.push(notification),
      (error) => errors.push(error),
    );
    await channel.start();
    channel.send({ directoryId: directory.id, sequence: 1 });
    await until('it is heard', () => heard.length === 1);
    proxy.failOver();
    channel.send({ directoryId: directory.id, sequence: 2 });
    await until('the connection is discarded', () => errors.length > 0);
    await until('notifications are heard again', () => {
      channel.send({ directoryId: directory.id, sequence: 3 });
      return heard.at(-1)?.sequence === 3;
    });
    await channel.stop();
    await proxy.close();
  });

  test('end with stop(), also while the connection is being reopened', async () => {
    const hints = new NotifyChannel(
      writing.url,
      () => undefined,
      (error) => errors.push(error),
    );
    const starting = hints.start();
    await hints.stop();
    await starting;
    for (let wait = 0; wait < 50 && (await countListeners()) > 0; wait++) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(await countListeners()).toBe(0);
    const listening = new NotifyChannel(
      writing.url,
      () => undefined,
      (error) => errors.push(error),
    );
    await listening.start();
    await killListeners();
    await listening.stop();
    await new Promise((resolve) => setTimeout(resolve, 1_300));
    expect(await countListeners()).toBe(0);
  });

  test('report an error, and do not throw, when the database is unreachable', async () => {
    const url = new URL(writing.url);
    url.pathname = '/no_such_database';
    const hints = new NotifyChannel(
      url.href,
      () => undefined,
      (error) => errors.push(error),
    );
    await hints.start();
    hints.send({ directoryId: directory.id, sequence: 1 });
    await hints.stop();
    expect(errors).toEqual([expect.objectContaining({ code: '3D000' })]);
  });
});
