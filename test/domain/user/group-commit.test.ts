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
 * Commands about one user each that come at the same time share a transaction. Each has its own events, its own actor and
 * its own refusal nevertheless, and nobody waits for a row that somebody else has locked.
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

async function waiting(count: number): Promise<void> {
  await until(`${count} wait for a lock`, async () => {
    const { rowCount } = await domain.pool.query(
      `select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
    );
    return rowCount === count;
  });
}

/** How a command ended: what it left, or the code of its refusal. */
type End = Outcome | string;

function ending(outcome: Promise<Outcome>): Promise<End> {
  return outcome.catch((error: unknown) => (error as { code?: string }).code ?? 'failed');
}

/**
 * Sends commands that are executed together, each for a request of its own: two others are waiting for the directory's
 * counter when they come, and get it when all are there.
 */
async function together(...commands: ReadonlyArray<Command | readonly [Command, version: number]>): Promise<End[]> {
  const before = [await directory.createUser('before-1'), await directory.createUser('before-2')];
  await other.query('begin');
  await other.query(LOCK_COUNTER, [directory.id]);
  const first = before.map(({ id }) => directory.execute(toUpdateUser(id, { title: 'First' })));
  await waiting(2);
  recorder.take();
  const ends = commands.map((entry, index) => {
    const [command, version] = 'type' in entry ? [entry, undefined] : entry;
    const actor = { ...directory.actor, name: `actor-${index}`, requestId: `together-${index}` };
    return ending(execute(domain, actor, [command], version));
  });
  await other.query('commit');
  await Promise.all(first);
  return Promise.all(ends);
}

/** How often the counter was raised since commands went together. */
function appends(): number {
  return recorder.take().filter(({ text }) => text.includes('update directory_counters')).length;
}

/** The events that the requests of `together` have caused. */
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

describe('commands about single users that come at the same time', () => {
  test('share a transaction, and each has its own events, of its own actor and request', async () => {
    const [ines, rosa] = [await directory.createUser('ines'), await directory.createUser('rosa')];
    const ends = await together(
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

  test('tell observers of their events apart and in order', async () => {
    const told: Array<[number, number]> = [];
    domain.observe({ onCommit: ({ sequence, length }) => void told.push([sequence, length]) });
    try {
      await together(...['a', 'b', 'c', 'd', 'e'].map((name) => toCreateUser(name)));
    } finally {
      domain.observe({ onCommit: () => undefined });
    }
    const ends = told.map(([sequence]) => sequence);
    expect(ends.toSorted()).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    // The two before them were written apart, and which of two connections answers first is nobody's promise.
    expect(ends.filter((sequence) => sequence > 4)).toEqual([5, 6, 7, 8, 9]);
    expect(told.every(([, length]) => length === 1)).toBe(true);
  });

  test('are refused each for itself, and the others are done', async () => {
    const [ines, rosa, nuno] = [
      await directory.createUser('ines'),
      await directory.createUser('rosa'),
      await directory.createUser('nuno'),
    ];
    const ends = await together(
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

  test('are done one by one where the database refuses all of them for one', async () => {
    const [ines, rosa] = [await directory.createUser('ines'), await directory.createUser('rosa')];
    const ends = await together(
      // An id that is taken: nothing that a client can send, and nothing that is looked for.
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

  test('are refused each for itself also for what is looked at last', async () => {
    const rosa = await directory.createUser('rosa');
    const long = [{ type: 'work', value: `${'x'.repeat(2_100)}@example.com` }];
    const ends = await together(
      toCreateUser('ines', { emails: long }),
      toUpdateUser(rosa.id, { emails: long }),
      toCreateUser('vera', { title: 'Vet' }),
    );
    expect(ends).toMatchObject(['INVALID_VALUE', 'INVALID_VALUE', { changed: true }]);
    expect(appends()).toBe(1);
    expect(await titles()).toEqual({ rosa: null, vera: 'Vet' });
  });

  test('rename a user in a transaction of its own, and a name that is taken is nobody else’s affair', async () => {
    const [ines, rosa] = [await directory.createUser('ines'), await directory.createUser('rosa')];
    const ends = await together(
      toUpdateUser(ines.id, { userName: 'ROSA' }),
      toUpdateUser(rosa.id, { title: 'Painter' }),
      toCreateUser('vera', { title: 'Vet' }),
    );
    expect(ends.map((end) => (typeof end === 'string' ? end : 'done'))).toEqual(['ALREADY_EXISTS', 'done', 'done']);
    // That of the two, and that of the rename, which was undone.
    expect(appends()).toBe(2);
    expect(await titles()).toEqual({ ines: null, rosa: 'Painter', vera: 'Vet' });
    expect(await eventsOf(0)).toEqual([]);
  });

  test('are more than one statement writes, and all of them are written', async () => {
    const names = Array.from({ length: 50 }, (_, index) => `user-${String(index).padStart(2, '0')}`);
    await together(...names.map((name) => toCreateUser(name, { title: name })));
    expect(appends()).toBeLessThan(10);
    expect(await titles()).toEqual(Object.fromEntries(names.map((name) => [name, name])));
    const rows = await directory.sql<{ version: number; times: number }>(
      `select version, count(distinct updated_at)::int as times from users
       where directory_id = $1 and user_name like 'user-%' and created_at = updated_at group by version`,
    );
    expect(rows).toEqual([{ version: 1, times: expect.any(Number) }]);
    expect(await directory.miscounts()).toEqual([]);
  });

  test('keep the e-mail addresses of each user apart', async () => {
    const shared = { type: 'work', value: 'desk@example.com' };
    const [ines, rosa] = [
      await directory.createUser('ines', { emails: [shared] }),
      await directory.createUser('rosa', { emails: [shared] }),
    ];
    await together(
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

  test('deactivate several users, and each event names the groups of its own', async () => {
    const [ines, rosa] = [await directory.createUser('ines'), await directory.createUser('rosa')];
    const poets = await directory.createGroup('Poets', ines.id);
    const guides = await directory.createGroup('Guides', ines.id, rosa.id);
    const ends = await together(
      toUpdateUser(ines.id, { active: false }),
      toUpdateUser(rosa.id, { active: false, title: 'Painter' }),
    );
    expect(appends()).toBe(1);
    const groups = ends.map((end) => (end as Outcome).events.at(-1)?.payload);
    expect(groups).toMatchObject([{ groupIds: [guides.id, poets.id] }, { groupIds: [guides.id] }]);
  });

  test('that create the same userName create it once', async () => {
    const ends = await together(...['vera', 'Vera', 'VERA', 'other'].map((name) => toCreateUser(name)));
    expect(ends.filter((end) => end === 'ALREADY_EXISTS')).toHaveLength(2);
    expect(ends.filter((end) => typeof end !== 'string')).toHaveLength(2);
    expect(await directory.miscounts()).toEqual([]);
  });

  test('leave to a transaction of its own what looks at another user', async () => {
    const [ines, rosa] = [await directory.createUser('ines'), await directory.createUser('rosa')];
    const nobody = '0190f1c2-0000-7000-8000-000000000000';
    const ends = await together(
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
    const ends = await together(toUpdateUser(ines.id, { active: true }), toUpdateUser(rosa.id, { title: null }));
    expect(ends).toMatchObject([
      { changed: false, events: [], user: { version: 1 } },
      { changed: false, events: [], user: { version: 1 } },
    ]);
    expect(appends()).toBe(0);
  });

  test('about one user are done by all of them, one after the other', async () => {
    const { id } = await directory.createUser('ines');
    const names = ['title', 'displayName', 'department', 'employeeNumber', 'nickName', 'locale', 'userType'];
    const changes = names.flatMap((name) => [1, 2, 3].map((round) => ({ [name]: `${name} ${round}` })));
    await Promise.all(changes.map((change) => directory.execute(toUpdateUser(id, change))));
    expect((await directory.events()).map(({ sequence }) => sequence)).toEqual(
      Array.from({ length: changes.length + 1 }, (_, index) => index + 1),
    );
    // In the order in which they came: the last of each stands.
    const [user] = await directory.sql<{ version: number; title: string }>(
      'select version, title from users where directory_id = $1',
    );
    expect(user).toEqual({ version: changes.length + 1, title: 'title 3' });
  });

  test('about one user are done in their order, also where one needs a transaction of its own', async () => {
    const [ines, rosa] = [await directory.createUser('ines'), await directory.createUser('rosa')];
    const ends = await together(
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

describe('nobody who writes with others waits for', () => {
  /** Does the commands together while a statement of somebody else holds its locks, and lets go when only one waits. */
  async function whileHolding(
    [statement, ...values]: readonly [string, ...unknown[]],
    ...commands: readonly Command[]
  ): Promise<{ readonly ends: readonly End[]; readonly before: Record<string, string> }> {
    const holder = await domain.pool.connect();
    await holder.query('begin');
    await holder.query(statement, values);
    const ends = together(...commands);
    await until('the others are done', async () => Object.values(await titles()).includes('Painter'));
    await waiting(1);
    const before = await titles();
    await holder.query('commit');
    holder.release();
    return { ends: await ends, before };
  }

  test('a user that somebody else has locked', async () => {
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

  test('a membership that somebody else is ending, and the event names the groups that are left', async () => {
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

describe('an error that does not say whether anything was committed', () => {
  test('is everybody’s, and nothing is executed a second time', async () => {
    await domain.pool.query(`
      create function fail_at_commit() returns trigger language plpgsql as $$
      begin raise exception 'the disk is gone' using errcode = '58030'; end $$`);
    await domain.pool.query(`
      create constraint trigger fail_at_commit after insert on users deferrable initially deferred
        for each row when (new.user_name = 'vera') execute function fail_at_commit()`);
    try {
      const rosa = await directory.createUser('rosa');
      const ends = await together(
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

describe('a connection that is lost under writers who went together', () => {
  test('fails all of them, and leaves nothing of any', async () => {
    await directory.createUser('ines');
    await other.query('begin');
    await other.query(LOCK_COUNTER, [directory.id]);
    const first = ['a', 'b'].map((name) => ending(directory.execute(toCreateUser(name))));
    await waiting(2);
    const ends = ['c', 'd', 'e'].map((name) => ending(directory.execute(toCreateUser(name))));
    const kill = `select pg_terminate_backend(pid) from pg_stat_activity
      where wait_event_type = 'Lock' and datname = current_database()`;
    await domain.pool.query(kill);
    // Until they have gone, it may be one of them who still waits.
    await Promise.all(first);
    await waiting(1);
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
