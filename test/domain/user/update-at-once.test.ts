import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { openTestDomain, toUpdateUser, type DomainDirectory, type TestDomain } from '../../support/domain.js';
import { until } from '../../support/portico-process.js';
import { recordStatements } from '../../support/statements.js';

/*
 * Most updates of a user take no lock: they are read, decided, and written in one statement that does nothing where the
 * user is not the one that was read any more.
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

/** How statements begin, without those that read schemas. */
function sent(): string[] {
  const texts = recorder.take().map(({ text }) => text.trim().replace(/\s+/g, ' '));
  return texts.filter((text) => !text.includes('from schemas')).map((text) => text.slice(0, 25));
}

/** Begins an update, and does something else to the user between its reading and its writing. */
async function meanwhile(id: string, statement: string, update: () => Promise<unknown>): Promise<unknown> {
  await other.query('begin');
  await other.query(statement, [directory.id, id]);
  const done = update().catch((error: unknown) => error);
  await until('the update waits', async () => {
    const { rowCount } = await domain.pool.query(
      `select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
    );
    return rowCount === 1;
  });
  await other.query('commit');
  return done;
}

describe('an update of a user', () => {
  test('takes two statements: one reads the user, the other writes it with its events', async () => {
    const { id } = await directory.createUser('ines');
    recorder.take();
    const { user, changed, events } = await directory.execute(toUpdateUser(id, { title: 'Poet', active: true }));
    expect(sent()).toEqual([expect.stringMatching(/^select/), expect.stringMatching(/^with written as \(/)]);
    expect(changed).toBe(true);
    expect(user).toMatchObject({ id, title: 'Poet', version: 2 });
    expect(events).toMatchObject([{ type: 'USER_UPDATED', sequence: 2, payload: { changedAttributes: ['title'] } }]);
    expect(await directory.events()).toMatchObject([{ sequence: 1 }, events[0]!]);
    const { rows } = await other.query('select updated_at from users where id = $1', [id]);
    expect(rows[0].updated_at).toEqual(user!.updatedAt);
  });

  test('that changes nothing only reads', async () => {
    const { id } = await directory.createUser('ines', { title: 'Poet' });
    recorder.take();
    const { changed, events } = await directory.execute(toUpdateUser(id, { title: 'Poet' }));
    expect([changed, events, sent()]).toEqual([false, [], [expect.stringMatching(/^select/)]]);
  });

  test('overwrites nothing that was changed between its reading and its writing', async () => {
    const { id } = await directory.createUser('ines');
    recorder.take();
    await meanwhile(
      id,
      `update users set display_name = 'Inês', version = version + 1 where directory_id = $1 and id = $2`,
      () => directory.execute(toUpdateUser(id, { title: 'Poet' })),
    );
    // The writing that found another version did nothing; then the user was locked and read again.
    expect(sent().filter((text) => text.startsWith('with written'))).toHaveLength(1);
    const { rows } = await other.query('select display_name, title, version from users where id = $1', [id]);
    expect(rows).toEqual([{ display_name: 'Inês', title: 'Poet', version: 3 }]);
    expect((await directory.events()).map(({ sequence, type }) => [sequence, type])).toEqual([
      [1, 'USER_PROVISIONED'],
      [2, 'USER_UPDATED'],
    ]);
  });

  test('ends in NOT_FOUND where the user is deleted between its reading and its writing', async () => {
    const { id } = await directory.createUser('ines');
    const outcome = await meanwhile(id, 'delete from users where directory_id = $1 and id = $2', () =>
      directory.execute(toUpdateUser(id, { title: 'Poet' })),
    );
    expect(outcome).toMatchObject({ code: 'NOT_FOUND' });
    expect(await directory.events()).toHaveLength(1);
  });

  test('ends in VERSION_CONFLICT where the user is changed between its reading and its writing, and a version is expected', async () => {
    const { id } = await directory.createUser('ines');
    const outcome = await meanwhile(
      id,
      'update users set version = version + 1 where directory_id = $1 and id = $2',
      () => directory.executeAt(1, toUpdateUser(id, { title: 'Poet' })),
    );
    expect(outcome).toMatchObject({ code: 'VERSION_CONFLICT' });
    expect(await directory.events()).toHaveLength(1);
  });

  test('by many at once is done by all of them, one after the other', async () => {
    const { id } = await directory.createUser('ines');
    const names = [
      'title',
      'displayName',
      'department',
      'employeeNumber',
      'nickName',
      'locale',
      'timezone',
      'userType',
    ];
    const changes = names.flatMap((name) => [1, 2, 3].map((round) => ({ [name]: `${name} ${round}` })));
    await Promise.all(changes.map((change) => directory.execute(toUpdateUser(id, change))));
    const events = await directory.events();
    expect(events.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 25 }, (_, index) => index + 1));
    const { rows } = await other.query('select version, title from users where id = $1', [id]);
    expect(rows).toEqual([{ version: 25, title: expect.stringMatching(/^title [123]$/) }]);
  });

  test('to a userName that somebody has is refused, and nothing is left of it', async () => {
    await directory.createUser('ines');
    const { id } = await directory.createUser('rosa');
    await expect(directory.execute(toUpdateUser(id, { userName: 'INES' }))).rejects.toMatchObject({
      code: 'ALREADY_EXISTS',
    });
    expect(await directory.events()).toHaveLength(2);
    const { rows } = await other.query('select sequence from directory_counters where directory_id = $1', [
      directory.id,
    ]);
    expect(Number(rows[0].sequence)).toBe(2);
  });

  test.each([
    ['a deactivation', { active: false }],
    ['addresses', { emails: [{ type: 'work', value: 'ines@example.com' }] }],
    ['an address gone', { emails: [] }],
  ])('locks for what is more than its row: %s', async (_what, change) => {
    const emails = [{ type: 'home', value: 'home@example.com' }];
    const { id } = await directory.createUser('ines', { emails });
    recorder.take();
    expect((await directory.execute(toUpdateUser(id, change))).changed).toBe(true);
    expect(sent().filter((text) => text.startsWith('with written'))).toEqual([]);
  });
});
