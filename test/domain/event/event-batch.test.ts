import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { CommittedEvents } from '../../../src/domain/event/event-batch.js';
import { Feed } from '../../../src/domain/event/feed/feed.js';
import { newId } from '../../../src/domain/kernel/id.js';
import { FeedReader, sequencesBetween } from '../../support/feed-reader.js';
import {
  openTestDomain,
  toCreateGroup,
  toCreateUser,
  toRenameGroup,
  type DomainDirectory,
  type TestDomain,
} from '../../support/domain.js';

const MANY = 1_200;

let domain: TestDomain;
let directory: DomainDirectory;
let committed: CommittedEvents[];

beforeAll(async () => {
  domain = await openTestDomain();
});

beforeEach(async () => {
  directory = await domain.createDirectory();
  committed = [];
  domain.observe({ onCommit: (events) => void committed.push(events) });
});

afterAll(() => domain.close());

async function makeUsers(count: number): Promise<string[]> {
  const users = Array.from({ length: count }, (_, index) => toCreateUser(`user-${index}`));
  await directory.execute(...users);
  return users.map(({ id }) => id);
}

describe('the events of a command', () => {
  test('equal the log, with the same ids and order, membership events included', async () => {
    const [a = '', b = '', c = ''] = await makeUsers(3);
    const nested = await directory.createGroup('Nested');
    const group = toCreateGroup('Guides', [a, nested.id]);
    const head = (await directory.events()).length;
    const { events } = await directory.execute(
      group,
      toRenameGroup(nested.id, 'Within'),
      { type: 'ReplaceMembers', groupId: group.id, memberIds: [c, b, nested.id] },
      { type: 'RemoveMembers', groupId: group.id, memberIds: [nested.id] },
      toCreateUser('last'),
    );
    expect(events.map(({ type }) => type)).toEqual([
      'GROUP_CREATED',
      'MEMBERSHIP_ADDED',
      'MEMBERSHIP_ADDED',
      'GROUP_UPDATED',
      'MEMBERSHIP_REMOVED',
      'MEMBERSHIP_ADDED',
      'MEMBERSHIP_ADDED',
      'MEMBERSHIP_REMOVED',
      'USER_PROVISIONED',
    ]);
    expect(events).toEqual(await directory.events(head));
    const added = { groupId: group.id, memberType: 'User' };
    expect(events.slice(5, 7).map(({ payload }) => payload)).toEqual([
      { ...added, memberId: b },
      { ...added, memberId: c },
    ]);
  });

  test('have UUIDv7 ids that sort in their order and before those of later commands', async () => {
    const ids = await makeUsers(MANY);
    const group = await directory.createGroup('Guides', ...ids);
    await directory.removeMembers(group.id, ...ids);
    const log = (await directory.events()).map(({ id }) => id);
    expect(log).toHaveLength(3 * MANY + 1);
    expect(log.toSorted()).toEqual(log);
    expect(new Set(log).size).toBe(log.length);
    for (const id of log) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(newId() > log.at(-1)!).toBe(true);
  });

  test('can be counted by type without being read', async () => {
    const ids = await makeUsers(3);
    const group = await directory.createGroup('Guides', ...ids);
    await directory.execute({ type: 'ReplaceMembers', groupId: group.id, memberIds: ids.slice(0, 1) });
    await directory.deleteUser(ids[2]!);
    expect(
      committed.map((events) => [events.length, events.sequence, Object.fromEntries(events.countByType())]),
    ).toEqual([
      [3, 3, { USER_PROVISIONED: 3 }],
      [4, 7, { GROUP_CREATED: 1, MEMBERSHIP_ADDED: 3 }],
      [2, 9, { MEMBERSHIP_REMOVED: 2 }],
      [1, 10, { USER_DEPROVISIONED: 1 }],
    ]);
  });
});

test('a subscriber receives all events of a large commit, and of a small one right after it', async () => {
  const ids = await makeUsers(MANY);
  const group = await directory.createGroup('Guides');
  const feed = new Feed(domain, { onError: (error) => expect(error).toBeUndefined() });
  domain.observe({ onCommit: (events) => feed.onCommit(events) });
  await feed.start();
  try {
    const reader = new FeedReader(await feed.subscribe(directory.id, { from: 'LATEST' }));
    await directory.addMembers(group.id, ...ids);
    await directory.createUser('after');
    const last = 2 * MANY + 2;
    await reader.until(() => reader.lastSequence === last);
    expect(reader.sequences).toEqual(sequencesBetween(MANY + 2, last));
  } finally {
    await feed.stop();
  }
});
