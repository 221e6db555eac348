import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { deleteDirectory } from '../../src/domain/directory/directory-commands.js';
import { DomainError } from '../../src/domain/kernel/errors.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import {
  openTestDomain,
  toCreateUser,
  toUpdateUser,
  type DomainDirectory,
  type TestDomain,
} from '../support/domain.js';

let database: TestDatabase;
let domain: TestDomain;
let directory: DomainDirectory;

beforeAll(async () => {
  database = await createTestDatabase();
  // PostgreSQL checks for deadlocks after a second, and these tests cause many.
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query(`alter database ${client.database!} set deadlock_timeout = '20ms'`);
  await client.end();
  domain = await openTestDomain({ poolSize: 16, url: database.url });
});

beforeEach(async () => {
  directory = await domain.createDirectory();
});

afterAll(async () => {
  await domain.close();
  await database.drop();
});

/** Returns for each of several concurrent calls `done` or the code of its DomainError. Any other error fails the test. */
async function race(...calls: ReadonlyArray<Promise<unknown>>): Promise<string[]> {
  const settled = await Promise.allSettled(calls);
  return settled.map((result) => {
    if (result.status === 'fulfilled') return 'done';
    if (result.reason instanceof DomainError) return result.reason.code;
    throw result.reason;
  });
}

/** Delays between the first and the second call, one per round. */
const delays = Array.from({ length: 40 }, (_, round) => (round % 8) * 0.4);

function after<Result>(milliseconds: number, call: () => Promise<Result>): Promise<Result> {
  const until = performance.now() + milliseconds;
  const wait = (): Promise<Result> =>
    performance.now() >= until ? call() : new Promise((resolve) => setImmediate(resolve)).then(wait);
  return wait();
}

type Call = () => Promise<unknown>;

/** Waits until `count` statements wait for a lock. */
async function waitForLocks(count: number): Promise<void> {
  const text = `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
  while ((await domain.pool.query(text)).rowCount !== count) await new Promise((resolve) => setImmediate(resolve));
}

/**
 * Makes two calls lock the same rows, the first call first: the rows are locked until the first call waits for them, and the
 * second one behind it. PostgreSQL grants the locks in that order.
 *
 * @param lock SQL that selects the rows of an id
 * @returns the results of `race`
 */
async function inLockOrder(lock: string, id: string, [first, second]: readonly [Call, Call]): Promise<string[]> {
  const holder = await domain.pool.connect();
  try {
    await holder.query('begin');
    await holder.query(`${lock} for update`, [directory.id, id]);
    const calls = [first()];
    await waitForLocks(1);
    calls.push(second());
    await waitForLocks(2);
    await holder.query('rollback');
    return await race(...calls);
  } finally {
    holder.release(true);
  }
}

/** Runs two conflicting calls about an id. Returns the results of `race`. */
type Run = (id: string, calls: readonly [Call, Call]) => Promise<string[]>;

const lockingUser: Run = (id, calls) =>
  inLockOrder('select 1 from users where directory_id = $1 and id = $2', id, calls);

const lockingMembership: Run = (id, calls) =>
  inLockOrder('select 1 from memberships where directory_id = $1 and member_id = $2', id, calls);

/** Starts the second call a moment after the first, without control over the order of their locks. */
const afterDelay =
  (delay: number): Run =>
  (_id, [first, second]) =>
    race(first(), after(delay, second));

/** Runs two calls in the given or in reverse order. Returns their results in the given order. */
async function ordered(
  isInOrder: boolean,
  id: string,
  [one, other]: readonly [Call, Call],
  run: Run,
): Promise<[string, string]> {
  const [first = '', second = ''] = await run(id, isInOrder ? [one, other] : [other, one]);
  return isInOrder ? [first, second] : [second, first];
}

interface Deadlock<Result> {
  /** Locks rows that `run` needs halfway, so that it has to wait there. */
  readonly hold: (holder: pg.ClientBase) => Promise<unknown>;
  /** Locks rows that `run` needs at the end. */
  readonly lock: (writer: pg.ClientBase) => Promise<unknown>;
  readonly run: () => Promise<Result>;
  /** Requests the rows that `run` has locked first, which completes the deadlock. */
  readonly close: (writer: pg.ClientBase) => Promise<unknown>;
}

/** Causes a deadlock that the session of `run` detects, so that PostgreSQL cancels `run`. */
async function runInDeadlock<Result>({ hold, lock, run, close }: Deadlock<Result>): Promise<Result> {
  const [holder, writer] = [await domain.pool.connect(), await domain.pool.connect()];
  try {
    for (const client of [holder, writer]) await client.query('begin');
    await writer.query(`set local deadlock_timeout = '1min'`);
    await hold(holder);
    await lock(writer);
    const running = run();
    await waitForLocks(1);
    const closing = close(writer);
    await waitForLocks(2);
    await holder.query('rollback');
    await closing;
    await writer.query('rollback');
    return await running;
  } finally {
    holder.release(true);
    writer.release(true);
  }
}

describe('two concurrent commands', () => {
  test('that nest A in B and B in A never create a cycle, and exactly one succeeds', async () => {
    const groups = ['A', 'B', 'C', 'D'].map((name) => directory.createGroup(name));
    const [a, b, c, d] = (await Promise.all(groups)).map(({ id }) => id) as [string, string, string, string];
    for (const delay of delays) {
      const ends = await race(
        directory.addMembers(a, b),
        after(delay, () => directory.addMembers(b, a)),
      );
      expect(ends.toSorted()).toEqual(['MEMBERSHIP_CYCLE', 'done']);
      await directory.removeMembers(a, b);
      await directory.removeMembers(b, a);
    }
    // A longer cycle, closed by four commands at once.
    for (let round = 0; round < 10; round++) {
      const ring = [a, b, c, d];
      const ends = await race(...ring.map((id, index) => directory.addMembers(id, ring[(index + 1) % 4]!)));
      expect(ends.toSorted()).toEqual(['MEMBERSHIP_CYCLE', 'done', 'done', 'done']);
      for (const id of ring) await directory.removeMembers(id, ...ring);
    }
    expect(await directory.miscounts()).toEqual([]);
  });

  test('that delete a user and add it to a group leave no membership, and the event has the right groups', async () => {
    const group = await directory.createGroup('Guides');
    const meet = async (name: string, isAddedFirst: boolean, run: Run): Promise<string> => {
      const user = await directory.createUser(name);
      const add = (): Promise<unknown> => directory.addMembers(group.id, user.id);
      const [added, deleted] = await ordered(isAddedFirst, user.id, [add, () => directory.deleteUser(user.id)], run);
      expect(deleted).toBe('done');
      expect(['done', 'INVALID_REFERENCE']).toContain(added);
      const last = (await directory.events()).at(-1);
      const payload = { userId: user.id, groupIds: added === 'done' ? [group.id] : [] };
      expect(last).toMatchObject({ type: 'USER_DEPROVISIONED', payload });
      return added;
    };
    expect(await meet('added first', true, lockingUser)).toBe('done');
    expect(await meet('deleted first', false, lockingUser)).toBe('INVALID_REFERENCE');
    for (const [round, delay] of delays.entries()) await meet(`user-${round}`, round % 2 === 0, afterDelay(delay));
    expect(await directory.miscounts()).toEqual([]);
  });

  test('that delete a user and make it a manager leave no reference, with an event for the report', async () => {
    const meet = async (name: string, isPromotedFirst: boolean, run: Run): Promise<string> => {
      const [manager, report] = [await directory.createUser(`m-${name}`), await directory.createUser(`r-${name}`)];
      const promote = (): Promise<unknown> => directory.updateUser(report.id, { manager: { value: manager.id } });
      const calls: [Call, Call] = [promote, () => directory.deleteUser(manager.id)];
      const [promoted, deleted] = await ordered(isPromotedFirst, manager.id, calls, run);
      expect(deleted).toBe('done');
      expect(['done', 'INVALID_REFERENCE']).toContain(promoted);
      const updates = (await directory.events()).filter(
        ({ type, payload }) => type === 'USER_UPDATED' && 'userId' in payload && payload.userId === report.id,
      );
      expect(updates).toHaveLength(promoted === 'done' ? 2 : 0);
      expect(await directory.stamp('users', report.id)).toMatchObject({ version: promoted === 'done' ? 3 : 1 });
      return promoted;
    };
    expect(await meet('promoted first', true, lockingUser)).toBe('done');
    expect(await meet('deleted first', false, lockingUser)).toBe('INVALID_REFERENCE');
    for (const [round, delay] of delays.entries()) await meet(`${round}`, round % 2 === 0, afterDelay(delay));
    expect(await directory.sql('select 1 from users where directory_id = $1 and manager_id is not null')).toEqual([]);
  });

  test('that deactivate and delete a user have events in the order of their execution', async () => {
    for (const [round, delay] of delays.entries()) {
      const user = await directory.createUser(`user-${round}`);
      const calls = [() => directory.updateUser(user.id, { active: false }), () => directory.deleteUser(user.id)];
      if (round % 2 === 1) calls.reverse();
      const ends = await race(calls[0]!(), after(delay, calls[1]!));
      expect(ends[1 - (round % 2)]).toBe('done');
      const deactivated = ends[round % 2]!;
      const reasons = (await directory.events())
        .filter(({ payload }) => 'userId' in payload && payload.userId === user.id)
        .map(({ payload }) => ('reason' in payload ? payload.reason : 'PROVISIONED'));
      expect([deactivated, ...reasons]).toEqual(
        deactivated === 'done'
          ? ['done', 'PROVISIONED', 'DEACTIVATED', 'DELETED']
          : ['NOT_FOUND', 'PROVISIONED', 'DELETED'],
      );
    }
  });

  test('that deactivate a user and remove it from a group agree on whether it was still a member', async () => {
    const meet = async (name: string, isDeactivatedFirst: boolean, run: Run): Promise<string> => {
      const user = await directory.createUser(name);
      const group = await directory.createGroup(name, user.id);
      const head = (await directory.events()).length;
      const deactivate = (): Promise<unknown> => directory.updateUser(user.id, { active: false });
      const calls: [Call, Call] = [deactivate, () => directory.removeMembers(group.id, user.id)];
      expect(await ordered(isDeactivatedFirst, user.id, calls, run)).toEqual(['done', 'done']);
      const events = await directory.events(head);
      const first = events[0]!.type;
      const deprovisioned = events.find(({ type }) => type === 'USER_DEPROVISIONED');
      expect(deprovisioned?.payload).toMatchObject({ groupIds: first === 'USER_DEPROVISIONED' ? [group.id] : [] });
      return first;
    };
    expect(await meet('deactivated first', true, lockingMembership)).toBe('USER_DEPROVISIONED');
    expect(await meet('removed first', false, lockingMembership)).toBe('MEMBERSHIP_REMOVED');
    for (const [round, delay] of delays.entries()) await meet(`user-${round}`, round % 2 === 0, afterDelay(delay));
  });

  test('that create the same userName create one user, and the others are rejected', async () => {
    for (let round = 0; round < 20; round++) {
      const names = ['Émile', 'ÉMILE', 'émile', 'E\u0301mile'].map((name) => directory.createUser(`${name}-${round}`));
      const refusals = ['ALREADY_EXISTS', 'ALREADY_EXISTS', 'ALREADY_EXISTS'];
      expect((await race(...names)).toSorted()).toEqual([...refusals, 'done']);
    }
    expect(await directory.events()).toHaveLength(20);
    expect(await directory.miscounts()).toEqual([]);
  });
});

describe('many concurrent commands', () => {
  test('are retried after a deadlock with another session, and succeed', async () => {
    const [a, b, c] = [
      await directory.createUser('a'),
      await directory.createUser('b'),
      await directory.createUser('c'),
    ];
    const lock = 'select 1 from users where directory_id = $1 and id = $2 for no key update';
    const { events } = await runInDeadlock({
      hold: (holder) => holder.query(lock, [directory.id, b.id]),
      lock: (writer) => writer.query(lock, [directory.id, c.id]),
      run: () => directory.execute(...[a, b, c].map(({ id }) => toUpdateUser(id, { title: 'Guide' }))),
      close: (writer) => writer.query(lock, [directory.id, a.id]),
    });
    expect(events.map(({ type }) => type)).toEqual(['USER_UPDATED', 'USER_UPDATED', 'USER_UPDATED']);
    expect(await directory.events(3)).toEqual(events);
    for (const { id } of [a, b, c]) expect(await directory.stamp('users', id)).toMatchObject({ version: 2 });
  });

  test('get NOT_FOUND when their directory is deleted, and nothing of it is left', async () => {
    for (let round = 0; round < 5; round++) {
      const target = await domain.createDirectory();
      const users = await Promise.all(Array.from({ length: 10 }, (_, index) => target.createUser(`user-${index}`)));
      const groups = await Promise.all(['A', 'B', 'C'].map((name) => target.createGroup(name, users[0]!.id)));
      const deleted = new AbortController();
      const seen = new Set<string>();
      const write = async (writer: number): Promise<void> => {
        for (let turn = 0; !deleted.signal.aborted; turn++) {
          const user = users[(writer + turn) % users.length]!;
          const group = groups[turn % groups.length]!;
          const calls = [
            () => target.execute(toCreateUser(`w-${writer}-${turn}`)),
            () => target.addMembers(group.id, user.id),
            () => target.removeMembers(group.id, user.id),
            () => target.updateUser(user.id, { title: `${turn}`, manager: { value: users[turn % users.length]!.id } }),
            () => target.deleteUser(users[writer]!.id),
          ];
          for (const end of await race(calls[(writer + turn) % calls.length]!())) seen.add(end);
        }
      };
      const writers = Array.from({ length: 8 }, (_, writer) => write(writer));
      await new Promise((resolve) => setTimeout(resolve, 60));
      try {
        await deleteDirectory(domain.em, target.slug);
      } finally {
        deleted.abort();
        await Promise.allSettled(writers);
      }
      await Promise.all(writers);
      expect(seen).toContain('done');
      await expect(target.createUser('late')).rejects.toMatchObject({ code: 'NOT_FOUND' });
      for (const table of ['users', 'groups', 'memberships', 'events', 'directory_counters']) {
        expect(await target.sql(`select '${table}' as table from ${table} where directory_id = $1`)).toEqual([]);
      }
    }
  });

  test('delay the deletion of their directory, which is retried after a deadlock', async () => {
    const target = await domain.createDirectory();
    const user = await target.createUser('kim');
    await target.createGroup('Guides', user.id);
    await runInDeadlock({
      hold: (holder) => holder.query('select 1 from memberships where directory_id = $1 for update', [target.id]),
      lock: (writer) => writer.query('select 1 from users where directory_id = $1 for no key update', [target.id]),
      run: () => deleteDirectory(domain.em, target.slug),
      close: (writer) => writer.query('select 1 from directories where id = $1 for key share', [target.id]),
    });
    expect(await target.sql('select 1 from users where directory_id = $1')).toEqual([]);
  });
});
