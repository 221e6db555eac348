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
  // PostgreSQL looks for a deadlock after a second, and these tests make many.
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

/** How each of some racing calls ended: `done`, or the code of the domain's refusal. Anything else fails the test. */
async function race(...calls: ReadonlyArray<Promise<unknown>>): Promise<string[]> {
  const settled = await Promise.allSettled(calls);
  return settled.map((result) => {
    if (result.status === 'fulfilled') return 'done';
    if (result.reason instanceof DomainError) return result.reason.code;
    throw result.reason;
  });
}

/** Lets the second call start a moment after the first, another moment in each round. */
const moments = Array.from({ length: 40 }, (_, round) => (round % 8) * 0.4);

function after<Result>(milliseconds: number, call: () => Promise<Result>): Promise<Result> {
  const until = performance.now() + milliseconds;
  const wait = (): Promise<Result> =>
    performance.now() >= until ? call() : new Promise((resolve) => setImmediate(resolve)).then(wait);
  return wait();
}

type Call = () => Promise<unknown>;

/** Waits until so many statements wait for a lock. */
async function waiting(count: number): Promise<void> {
  const text = `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
  while ((await domain.pool.query(text)).rowCount !== count) await new Promise((resolve) => setImmediate(resolve));
}

/**
 * Lets two calls meet at rows that both lock, the first call first: the rows are held until the one waits for them and the
 * other behind it. PostgreSQL keeps the order.
 *
 * @param lock SQL that locks the rows of an id, as strongly as the stronger call does
 * @returns how each ended, as `race` does
 */
async function inTurn(lock: string, id: string, [first, second]: readonly [Call, Call]): Promise<string[]> {
  const holder = await domain.pool.connect();
  try {
    await holder.query('begin');
    await holder.query(`${lock} for update`, [directory.id, id]);
    const calls = [first()];
    await waiting(1);
    calls.push(second());
    await waiting(2);
    await holder.query('rollback');
    return await race(...calls);
  } finally {
    holder.release(true);
  }
}

/** Lets two calls about an id meet, and says how each ended. */
type Run = (id: string, calls: readonly [Call, Call]) => Promise<string[]>;

const atTheUser: Run = (id, calls) => inTurn('select 1 from users where directory_id = $1 and id = $2', id, calls);

const atTheMembership: Run = (id, calls) =>
  inTurn('select 1 from memberships where directory_id = $1 and member_id = $2', id, calls);

/** Starts the second a moment after the first, without control over the order. Every outcome must be correct. */
const within =
  (moment: number): Run =>
  (_id, [first, second]) =>
    race(first(), after(moment, second));

/** Runs two calls in this order or the reverse. Returns their results in the order of the arguments. */
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
  /** Locks what `run` meets in its middle, until it has met it. */
  readonly hold: (holder: pg.ClientBase) => Promise<unknown>;
  /** Locks what `run` meets at its end. */
  readonly lock: (writer: pg.ClientBase) => Promise<unknown>;
  readonly run: () => Promise<Result>;
  /** Asks for what `run` has locked first, which closes the circle. */
  readonly close: (writer: pg.ClientBase) => Promise<unknown>;
}

/** Brings about a deadlock that `run` finds, so that it is `run` that PostgreSQL ends. */
async function deadlocked<Result>({ hold, lock, run, close }: Deadlock<Result>): Promise<Result> {
  const [holder, writer] = [await domain.pool.connect(), await domain.pool.connect()];
  try {
    for (const client of [holder, writer]) await client.query('begin');
    await writer.query(`set local deadlock_timeout = '1min'`);
    await hold(holder);
    await lock(writer);
    const running = run();
    await waiting(1);
    const closing = close(writer);
    await waiting(2);
    await holder.query('rollback');
    await closing;
    await writer.query('rollback');
    return await running;
  } finally {
    holder.release(true);
    writer.release(true);
  }
}

describe('two commands at once', () => {
  test('that nest A in B and B in A never close a cycle, and exactly one is done', async () => {
    const groups = ['A', 'B', 'C', 'D'].map((name) => directory.createGroup(name));
    const [a, b, c, d] = (await Promise.all(groups)).map(({ id }) => id) as [string, string, string, string];
    for (const moment of moments) {
      const ends = await race(
        directory.addMembers(a, b),
        after(moment, () => directory.addMembers(b, a)),
      );
      expect(ends.toSorted()).toEqual(['MEMBERSHIP_CYCLE', 'done']);
      await directory.removeMembers(a, b);
      await directory.removeMembers(b, a);
    }
    // A longer way round, closed by four at once.
    for (let round = 0; round < 10; round++) {
      const ring = [a, b, c, d];
      const ends = await race(...ring.map((id, index) => directory.addMembers(id, ring[(index + 1) % 4]!)));
      expect(ends.toSorted()).toEqual(['MEMBERSHIP_CYCLE', 'done', 'done', 'done']);
      for (const id of ring) await directory.removeMembers(id, ...ring);
    }
    expect(await directory.miscounts()).toEqual([]);
  });

  test('that delete a user and add it to a group leave no membership, and the event knows of it', async () => {
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
    expect(await meet('added first', true, atTheUser)).toBe('done');
    expect(await meet('deleted first', false, atTheUser)).toBe('INVALID_REFERENCE');
    for (const [round, moment] of moments.entries()) await meet(`user-${round}`, round % 2 === 0, within(moment));
    expect(await directory.miscounts()).toEqual([]);
  });

  test('that delete a user and make it a manager leave no reference, and tell the report', async () => {
    const meet = async (name: string, isPromotedFirst: boolean, run: Run): Promise<string> => {
      const [manager, report] = [await directory.createUser(`m-${name}`), await directory.createUser(`r-${name}`)];
      const promote = (): Promise<unknown> => directory.updateUser(report.id, { manager: { value: manager.id } });
      const calls: [Call, Call] = [promote, () => directory.deleteUser(manager.id)];
      const [promoted, deleted] = await ordered(isPromotedFirst, manager.id, calls, run);
      expect(deleted).toBe('done');
      expect(['done', 'INVALID_REFERENCE']).toContain(promoted);
      const told = (await directory.events()).filter(
        ({ type, payload }) => type === 'USER_UPDATED' && 'userId' in payload && payload.userId === report.id,
      );
      expect(told).toHaveLength(promoted === 'done' ? 2 : 0);
      expect(await directory.stamp('users', report.id)).toMatchObject({ version: promoted === 'done' ? 3 : 1 });
      return promoted;
    };
    expect(await meet('promoted first', true, atTheUser)).toBe('done');
    expect(await meet('deleted first', false, atTheUser)).toBe('INVALID_REFERENCE');
    for (const [round, moment] of moments.entries()) await meet(`${round}`, round % 2 === 0, within(moment));
    expect(await directory.sql('select 1 from users where directory_id = $1 and manager_id is not null')).toEqual([]);
  });

  test('that deactivate a user and delete it are told in the order in which they came to be', async () => {
    for (const [round, moment] of moments.entries()) {
      const user = await directory.createUser(`user-${round}`);
      const calls = [() => directory.updateUser(user.id, { active: false }), () => directory.deleteUser(user.id)];
      if (round % 2 === 1) calls.reverse();
      const ends = await race(calls[0]!(), after(moment, calls[1]!));
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

  test('that deactivate a user and take it out of a group agree on whether it was still in', async () => {
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
    expect(await meet('deactivated first', true, atTheMembership)).toBe('USER_DEPROVISIONED');
    expect(await meet('removed first', false, atTheMembership)).toBe('MEMBERSHIP_REMOVED');
    for (const [round, moment] of moments.entries()) await meet(`user-${round}`, round % 2 === 0, within(moment));
  });

  test('that create the same userName are one user and one refusal', async () => {
    for (let round = 0; round < 20; round++) {
      const names = ['Émile', 'ÉMILE', 'émile', 'E\u0301mile'].map((name) => directory.createUser(`${name}-${round}`));
      const refusals = ['ALREADY_EXISTS', 'ALREADY_EXISTS', 'ALREADY_EXISTS'];
      expect((await race(...names)).toSorted()).toEqual([...refusals, 'done']);
    }
    expect(await directory.events()).toHaveLength(20);
    expect(await directory.miscounts()).toEqual([]);
  });
});

describe('many commands at once', () => {
  test('are begun anew when they lock in another order than somebody else, and done in the end', async () => {
    const [a, b, c] = [
      await directory.createUser('a'),
      await directory.createUser('b'),
      await directory.createUser('c'),
    ];
    const lock = 'select 1 from users where directory_id = $1 and id = $2 for no key update';
    const { events } = await deadlocked({
      hold: (holder) => holder.query(lock, [directory.id, b.id]),
      lock: (writer) => writer.query(lock, [directory.id, c.id]),
      run: () => directory.execute(...[a, b, c].map(({ id }) => toUpdateUser(id, { title: 'Guide' }))),
      close: (writer) => writer.query(lock, [directory.id, a.id]),
    });
    expect(events.map(({ type }) => type)).toEqual(['USER_UPDATED', 'USER_UPDATED', 'USER_UPDATED']);
    expect(await directory.events(3)).toEqual(events);
    for (const { id } of [a, b, c]) expect(await directory.stamp('users', id)).toMatchObject({ version: 2 });
  });

  test('end in NOT_FOUND when the directory is deleted under them, and nothing of it is left', async () => {
    for (let round = 0; round < 5; round++) {
      const doomed = await domain.createDirectory();
      const users = await Promise.all(Array.from({ length: 10 }, (_, index) => doomed.createUser(`user-${index}`)));
      const groups = await Promise.all(['A', 'B', 'C'].map((name) => doomed.createGroup(name, users[0]!.id)));
      const deleted = new AbortController();
      const seen = new Set<string>();
      const write = async (writer: number): Promise<void> => {
        for (let turn = 0; !deleted.signal.aborted; turn++) {
          const user = users[(writer + turn) % users.length]!;
          const group = groups[turn % groups.length]!;
          const calls = [
            () => doomed.execute(toCreateUser(`w-${writer}-${turn}`)),
            () => doomed.addMembers(group.id, user.id),
            () => doomed.removeMembers(group.id, user.id),
            () => doomed.updateUser(user.id, { title: `${turn}`, manager: { value: users[turn % users.length]!.id } }),
            () => doomed.deleteUser(users[writer]!.id),
          ];
          for (const end of await race(calls[(writer + turn) % calls.length]!())) seen.add(end);
        }
      };
      const writers = Array.from({ length: 8 }, (_, writer) => write(writer));
      await new Promise((resolve) => setTimeout(resolve, 60));
      try {
        await deleteDirectory(domain.em, doomed.slug);
      } finally {
        deleted.abort();
        await Promise.allSettled(writers);
      }
      await Promise.all(writers);
      expect(seen).toContain('done');
      await expect(doomed.createUser('late')).rejects.toMatchObject({ code: 'NOT_FOUND' });
      for (const table of ['users', 'groups', 'memberships', 'events', 'directory_counters']) {
        expect(await doomed.sql(`select '${table}' as table from ${table} where directory_id = $1`)).toEqual([]);
      }
    }
  });

  test('are waited for by the deletion of the directory, which begins anew when they lock in another order', async () => {
    const doomed = await domain.createDirectory();
    const user = await doomed.createUser('kim');
    await doomed.createGroup('Guides', user.id);
    await deadlocked({
      hold: (holder) => holder.query('select 1 from memberships where directory_id = $1 for update', [doomed.id]),
      lock: (writer) => writer.query('select 1 from users where directory_id = $1 for no key update', [doomed.id]),
      run: () => deleteDirectory(domain.em, doomed.slug),
      close: (writer) => writer.query('select 1 from directories where id = $1 for key share', [doomed.id]),
    });
    expect(await doomed.sql('select 1 from users where directory_id = $1')).toEqual([]);
  });
});
