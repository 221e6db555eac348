import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import type { Command } from '../../../src/domain/write/command.js';
import { execute, type Outcome } from '../../../src/domain/execute.js';
import {
  openTestDomain,
  toCreateUser,
  toUpdateUser,
  type DomainDirectory,
  type TestDomain,
} from '../../support/domain.js';
import { until } from '../../support/portico-process.js';
import { recordStatements } from '../../support/statements.js';

/*
 * Concurrent commands about one user each share a transaction (group commit). Each still has its own events, actor and error,
 * and none waits for a row that another session has locked.
 */
const recorder = recordStatements();
let domain: TestDomain;
let directory: DomainDirectory;
let other: pg.Client;

beforeAll(async () => {
  domain = await openTestDomain({ clientClass: recorder.clientClass });
  other = new pg.Client({ connectionString: domain.url });
  await other.connect();
});
beforeEach(async () => {
  directory = await domain.createDirectory();
});
afterAll(async () => {
  await other.end();
  await domain.close();
});

const LOCK_COUNTER = 'select from directory_counters where directory_id = $1 for update';

async function waitForLocks(count: number): Promise<void> {
  await until(`${count} wait for a lock`, async () => {
    const { rowCount } = await domain.pool.query(
      `select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
    );
    return rowCount === count;
  });
}

/** The outcome of a command, or the code of its error. */
type Result = Outcome | string;

function resultOf(outcome: Promise<Outcome>): Promise<Result> {
  return outcome.catch((error: unknown) => (error as { code?: string }).code ?? 'failed');
}

/**
 * Executes commands as one batch, each for its own request: while all batches wait for the locked counter of the directory,
 * the commands queue for the next one.
 */
async function executeAsBatch(
  ...commands: ReadonlyArray<Command | readonly [Command, version: number]>
): Promise<Result[]> {
  const before = [await directory.createUser('before-1'), await directory.createUser('before-2')];
  await other.query('begin');
  await other.query(LOCK_COUNTER, [directory.id]);
  const first = before.map(({ id }) => directory.execute(toUpdateUser(id, { title: 'First' })));
  await waitForLocks(2);
  recorder.take();
  const ends = commands.map((entry, index) => {
    const [command, version] = 'type' in entry ? [entry, undefined] : entry;
    const actor = { ...directory.actor, name: `actor-${index}`, requestId: `together-${index}` };
    return resultOf(execute(domain, actor, [command], version));
  });
  await other.query('commit');
  await Promise.all(first);
  return Promise.all(ends);
}

/** Returns how often the counter was incremented since the batch started. */
function appends(): number {
  return recorder.take().filter(({ text }) => text.includes('update directory_counters')).length;
}

/** Returns the events of requests of `executeAsBatch`. */
async function eventsOf(...requests: readonly number[]): Promise<unknown[]> {
  const events = await directory.events();
  expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, index) => index + 1));
  return requests.flatMap((request) => events.filter(({ requestId }) => requestId === `together-${request}`));
}

async function titles(): Promise<Record<string, string>> {
  const rows = await directory.sql<{ name: string; title: string }>(
    `select user_name as name, title from users where directory_id = $1 and user_name not like 'before%' order by 1`,
  );
  return Object.fromEntries(rows.map(({ name, title }) => [name, title]));
}

describe('concurrent commands about single users', () => {
  test('share a transaction, and each has its own events with its own actor and request', async () => {
    const [ines, rosa] = [await directory.createUser('ines'), await directory.createUser('rosa')];
    const ends = await executeAsBatch(
      toUpdateUser(ines.id, { title: 'Poet', emails: [{ type: 'work', value: 'ines@example.com' }] }),
      toCreateUser('nuno', { title: 'Pilot', emails: [{ type: 'work', value: 'nuno@example.com' }] }),
      toUpdateUser(rosa.id, { title: 'Painter', active: false }),
      toCreateUser('vera', { title: 'Vet' }),
    );
    expect(appends()).toBe(1);
    const types = [
      ['USER_UPDATED'],
      ['USER_PROVISIONED'],
      ['USER_UPDATED', 'USER_DEPROVISIONED'],
      ['USER_PROVISIONED'],
    ];
    for (const [index, end] of ends.entries()) {
      const { changed, events, user } = end as Outcome;
      expect(changed).toBe(true);
      expect(events.map(({ type }) => type)).toEqual(types[index]);
      expect(events).toEqual(await eventsOf(index));
      for (const event of events) {
        expect(event).toMatchObject({
          actor: `actor-${index}`,
          payload: { userId: user!.id, userName: user!.userName },
        });
        expect(event.occurredAt).toEqual(user!.updatedAt);
      }
    }
    expect(await titles()).toEqual({ ines: 'Poet', nuno: 'Pilot', rosa: 'Painter', vera: 'Vet' });
    expect(ends.map((end) => (end as Outcome).user!.version)).toEqual([2, 1, 2, 1]);
    expect(await directory.miscounts()).toEqual([]);
  });

  test('notify observers of their events separately and in order', async () => {
    const notified: Array<[number, number]> = [];
    domain.observe({ onCommit: ({ sequence, length }) => void notified.push([sequence, length]) });
    try {
      await executeAsBatch(...['a', 'b', 'c', 'd', 'e'].map((name) => toCreateUser(name)));
    } finally {
      domain.observe({ onCommit: () => undefined });
    }
    const ends = notified.map(([sequence]) => sequence);
    expect(ends.toSorted()).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    // The two before them were committed on separate connections, either of which may finish first.
    expect(ends.filter((sequence) => sequence > 4)).toEqual([5, 6, 7, 8, 9]);
    expect(notified.every(([, length]) => length === 1)).toBe(true);
  });

  test('fail individually, and the others succeed', async () => {
    const [ines, rosa, nuno] = [
      await directory.createUser('ines'),
      await directory.createUser('rosa'),
      await directory.createUser('nuno'),
    ];
    const ends = await executeAsBatch(
      toUpdateUser(ines.id, { title: 'Poet' }),
      [toUpdateUser(rosa.id, { title: 'Painter' }), 7],
      toUpdateUser('0190f1c2-0000-7000-8000-000000000000', { title: 'Nobody' }),
      toUpdateUser(nuno.id, { userName: null }),
      toCreateUser('INES', { title: 'Double' }),
      toCreateUser('vera', { title: 'Vet' }),
    );
    expect(ends.map((end) => (typeof end === 'string' ? end : 'done'))).toEqual([
      'done',
      'VERSION_CONFLICT',
      'NOT_FOUND',
      'REQUIRED',
      'ALREADY_EXISTS',
      'done',
    ]);
    expect(await titles()).toEqual({ ines: 'Poet', nuno: null, rosa: null, vera: 'Vet' });
    expect(await eventsOf(1, 2, 3, 4)).toEqual([]);
    expect(await eventsOf(0, 5)).toHaveLength(2);
    expect(await directory.miscounts()).toEqual([]);
  });

  test('are executed one by one if the database rejects the batch because of one of them', async () => {
    const [ines, rosa] = [await directory.createUser('ines'), await directory.createUser('rosa')];
    const ends = await executeAsBatch(
      // An id that exists: a client cannot send it, and no check looks for it.
      { type: 'CreateUser', id: ines.id, attributes: { userName: 'double', active: true } },
      toUpdateUser(rosa.id, { title: 'Painter' }),
      toCreateUser('vera', { title: 'Vet' }),
    );
    expect(ends.map((end) => (typeof end === 'string' ? end : 'done'))).toEqual(['23505', 'done', 'done']);
    expect(appends()).toBeGreaterThan(1);
    expect(await titles()).toEqual({ ines: null, rosa: 'Painter', vera: 'Vet' });
    expect(await eventsOf(0)).toEqual([]);
    expect(await eventsOf(1, 2)).toHaveLength(2);
    expect(await directory.miscounts()).toEqual([]);
  });

  test('fail individually in the last check, too', async () => {
    const rosa = await directory.createUser('rosa');
    const long = [{ type: 'work', value: `${'x'.repeat(2_100)}@example.com` }];
    const ends = await executeAsBatch(
      toCreateUser('ines', { emails: long }),
      toUpdateUser(rosa.id, { emails: long }),
      toCreateUser('vera', { title: 'Vet' }),
    );
    expect(ends).toMatchObject(['INVALID_VALUE', 'INVALID_VALUE', { changed: true }]);
    expect(appends()).toBe(1);
    expect(await titles()).toEqual({ rosa: null, vera: 'Vet' });
  });

  test('rename a user in a separate transaction, and a conflict does not affect the others', async () => {
    const [ines, rosa] = [await directory.createUser('ines'), await directory.createUser('rosa')];
    const ends = await executeAsBatch(
      toUpdateUser(ines.id, { userName: 'ROSA' }),
      toUpdateUser(rosa.id, { title: 'Painter' }),
      toCreateUser('vera', { title: 'Vet' }),
    );
    expect(ends.map((end) => (typeof end === 'string' ? end : 'done'))).toEqual(['ALREADY_EXISTS', 'done', 'done']);
    // One of the batch, and one of the rename, which was rolled back.
    expect(appends()).toBe(2);
    expect(await titles()).toEqual({ ines: null, rosa: 'Painter', vera: 'Vet' });
    expect(await eventsOf(0)).toEqual([]);
  });

  test('can be more than one statement writes', async () => {
    const names = Array.from({ length: 50 }, (_, index) => `user-${String(index).padStart(2, '0')}`);
    await executeAsBatch(...names.map((name) => toCreateUser(name, { title: name })));
    expect(appends()).toBeLessThan(10);
    expect(await titles()).toEqual(Object.fromEntries(names.map((name) => [name, name])));
    const rows = await directory.sql<{ version: number; times: number }>(
      `select version, count(distinct updated_at)::int as times from users
       where directory_id = $1 and user_name like 'user-%' and created_at = updated_at group by version`,
    );
    expect(rows).toEqual([{ version: 1, times: expect.any(Number) }]);
    expect(await directory.miscounts()).toEqual([]);
  });

  test('keep the e-mail addresses of each user separate', async () => {
    const shared = { type: 'work', value: 'desk@example.com' };
    const [ines, rosa] = [
      await directory.createUser('ines', { emails: [shared] }),
      await directory.createUser('rosa', { emails: [shared] }),
    ];
    await executeAsBatch(
      toUpdateUser(ines.id, { emails: [{ type: 'work', value: 'ines@example.com' }] }),
      toUpdateUser(rosa.id, { title: 'Painter' }),
    );
    const kept = await directory.sql<{ name: string; email: string }>(
      `select u.user_name as name, e.email_key as email from user_emails e
       join users u on u.directory_id = e.directory_id and u.id = e.user_id where e.directory_id = $1 order by 1`,
    );
    expect(kept).toEqual([
      { name: 'ines', email: 'ines@example.com' },
      { name: 'rosa', email: 'desk@example.com' },
    ]);
  });

  test('deactivate several users, and each event has the groups of its user', async () => {
    const [ines, rosa] = [await directory.createUser('ines'), await directory.createUser('rosa')];
    const poets = await directory.createGroup('Poets', ines.id);
    const guides = await directory.createGroup('Guides', ines.id, rosa.id);
    const ends = await executeAsBatch(
      toUpdateUser(ines.id, { active: false }),
      toUpdateUser(rosa.id, { active: false, title: 'Painter' }),
    );
    expect(appends()).toBe(1);
    const groups = ends.map((end) => (end as Outcome).events.at(-1)?.payload);
    expect(groups).toMatchObject([{ groupIds: [guides.id, poets.id] }, { groupIds: [guides.id] }]);
  });

  test('that create the same userName create it once', async () => {
    const ends = await executeAsBatch(...['vera', 'Vera', 'VERA', 'other'].map((name) => toCreateUser(name)));
    expect(ends.filter((end) => end === 'ALREADY_EXISTS')).toHaveLength(2);
    expect(ends.filter((end) => typeof end !== 'string')).toHaveLength(2);
    expect(await directory.miscounts()).toEqual([]);
  });

  test('execute a command that reads another user in a separate transaction', async () => {
    const [ines, rosa] = [await directory.createUser('ines'), await directory.createUser('rosa')];
    const nobody = '0190f1c2-0000-7000-8000-000000000000';
    const ends = await executeAsBatch(
      toUpdateUser(ines.id, { manager: { value: rosa.id }, title: 'Poet' }),
      toUpdateUser(rosa.id, { manager: { value: nobody } }),
      toCreateUser('vera', { title: 'Vet' }),
    );
    expect(ends).toMatchObject([
      { user: { managerId: rosa.id, title: 'Poet' } },
      'INVALID_REFERENCE',
      { changed: true },
    ]);
    expect(await eventsOf(0, 2)).toHaveLength(2);
  });

  test('that change nothing write nothing', async () => {
    const [ines, rosa] = [await directory.createUser('ines'), await directory.createUser('rosa')];
    const ends = await executeAsBatch(toUpdateUser(ines.id, { active: true }), toUpdateUser(rosa.id, { title: null }));
    expect(ends).toMatchObject([
      { changed: false, events: [], user: { version: 1 } },
      { changed: false, events: [], user: { version: 1 } },
    ]);
    expect(appends()).toBe(0);
  });

  test('about one user are all executed, one after another', async () => {
    const { id } = await directory.createUser('ines');
    const names = ['title', 'displayName', 'department', 'employeeNumber', 'nickName', 'locale', 'userType'];
    const changes = names.flatMap((name) => [1, 2, 3].map((round) => ({ [name]: `${name} ${round}` })));
    await Promise.all(changes.map((change) => directory.execute(toUpdateUser(id, change))));
    expect((await directory.events()).map(({ sequence }) => sequence)).toEqual(
      Array.from({ length: changes.length + 1 }, (_, index) => index + 1),
    );
    // In the order of their arrival: the last value of each attribute remains.
    const [user] = await directory.sql<{ version: number; title: string }>(
      'select version, title from users where directory_id = $1',
    );
    expect(user).toEqual({ version: changes.length + 1, title: 'title 3' });
  });

  test('about one user are executed in order, also if one needs a separate transaction', async () => {
    const [ines, rosa] = [await directory.createUser('ines'), await directory.createUser('rosa')];
    const ends = await executeAsBatch(
      toUpdateUser(ines.id, { manager: { value: rosa.id }, title: 'first' }),
      toUpdateUser(ines.id, { title: 'second' }),
      toUpdateUser(ines.id, { userName: 'inez', title: 'third' }),
      toUpdateUser(ines.id, { title: 'fourth' }),
    );
    const users = ends.map((end) => (end as Outcome).user);
    expect(users.map((user) => user?.title)).toEqual(['first', 'second', 'third', 'fourth']);
    expect(users.map((user) => user?.version)).toEqual([2, 3, 4, 5]);
    expect(await titles()).toEqual({ inez: 'fourth', rosa: null });
  });
});

describe('the other commands of a batch do not wait for', () => {
  /** Executes commands while a statement of another session holds its locks, which are released when only one command waits. */
  async function whileHolding(
    [statement, ...values]: readonly [string, ...unknown[]],
    ...commands: readonly Command[]
  ): Promise<{ readonly ends: readonly Result[]; readonly before: Record<string, string> }> {
    const holder = await domain.pool.connect();
    await holder.query('begin');
    await holder.query(statement, values);
    const ends = executeAsBatch(...commands);
    await until('the others are done', async () => Object.values(await titles()).includes('Painter'));
    await waitForLocks(1);
    const before = await titles();
    await holder.query('commit');
    holder.release();
    return { ends: await ends, before };
  }

  test('a user that another session has locked', async () => {
    const [ines, rosa] = [await directory.createUser('ines'), await directory.createUser('rosa')];
    const { ends, before } = await whileHolding(
      ['update users set version = version + 1 where id = $1', ines.id],
      toUpdateUser(ines.id, { title: 'Poet' }),
      toUpdateUser(rosa.id, { title: 'Painter' }),
      toCreateUser('vera', { title: 'Vet' }),
    );
    expect(before).toEqual({ ines: null, rosa: 'Painter', vera: 'Vet' });
    expect(ends[0]).toMatchObject({ user: { title: 'Poet', version: 3 } });
  });

  test('a membership that another session deletes, and the event has the remaining groups', async () => {
    const [ines, rosa] = [await directory.createUser('ines'), await directory.createUser('rosa')];
    const poets = await directory.createGroup('Poets', ines.id);
    const guides = await directory.createGroup('Guides', ines.id, rosa.id);
    const { ends, before } = await whileHolding(
      ['delete from memberships where directory_id = $1 and group_id = $2', directory.id, poets.id],
      toUpdateUser(ines.id, { title: 'Poet', active: false }),
      toUpdateUser(rosa.id, { title: 'Painter', active: false }),
    );
    expect(before).toEqual({ ines: null, rosa: 'Painter' });
    const groups = ends.map((end) => (end as Outcome).events.at(-1)?.payload);
    expect(groups).toMatchObject([{ groupIds: [guides.id] }, { groupIds: [guides.id] }]);
  });
});

describe('an error that leaves the outcome of the commit unknown', () => {
  test('is returned for all commands, and none is executed again', async () => {
    await domain.pool.query(`
      create function fail_at_commit() returns trigger language plpgsql as $$
      begin raise exception 'the disk is gone' using errcode = '58030'; end $$`);
    await domain.pool.query(`
      create constraint trigger fail_at_commit after insert on users deferrable initially deferred
        for each row when (new.user_name = 'vera') execute function fail_at_commit()`);
    try {
      const rosa = await directory.createUser('rosa');
      const ends = await executeAsBatch(
        toUpdateUser(rosa.id, { title: 'Painter' }),
        toCreateUser('vera', { title: 'Vet' }),
        toCreateUser('lena'),
      );
      expect(ends).toEqual(['58030', '58030', '58030']);
      expect(appends()).toBe(1);
      expect(await titles()).toEqual({ rosa: null });
      expect(await directory.miscounts()).toEqual([]);
    } finally {
      await domain.pool.query('drop function fail_at_commit cascade');
    }
  });
});

describe('a connection that is lost during a batch', () => {
  test('fails all commands, and none has an effect', async () => {
    await directory.createUser('ines');
    await other.query('begin');
    await other.query(LOCK_COUNTER, [directory.id]);
    const first = ['a', 'b'].map((name) => resultOf(directory.execute(toCreateUser(name))));
    await waitForLocks(2);
    const ends = ['c', 'd', 'e'].map((name) => resultOf(directory.execute(toCreateUser(name))));
    const kill = `select pg_terminate_backend(pid) from pg_stat_activity
      where wait_event_type = 'Lock' and datname = current_database()`;
    await domain.pool.query(kill);
    // Until they have ended, the waiting session may be one of theirs.
    await Promise.all(first);
    await waitForLocks(1);
    await domain.pool.query(kill);
    await other.query('commit');
    for (const end of await Promise.all([...first, ...ends])) expect(typeof end).toBe('string');
    const rows = await directory.sql('select user_name from users where directory_id = $1');
    expect(rows).toEqual([{ user_name: 'ines' }]);
    expect(await directory.events()).toHaveLength(1);
    await directory.execute(toCreateUser('c'));
    expect(await directory.miscounts()).toEqual([]);
  });
});
