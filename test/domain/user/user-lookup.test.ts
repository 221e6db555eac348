import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { findUser, listUsers } from '../../../src/domain/user/user-queries.js';
import { findAttributePath, USER_SCHEMA } from '../../../src/domain/schema/resource-schema.js';
import type { StoredUser } from '../../../src/domain/user/user-row.js';
import { openTestDomain, toUpdateUser, type DomainDirectory, type TestDomain } from '../../support/domain.js';
import { until } from '../../support/portico-process.js';
import { recordStatements } from '../../support/statements.js';

/* Concurrent lookups of single users of a directory share statements. Each returns the state at the time of its call or later. */
const recorder = recordStatements();
const userName = findAttributePath(USER_SCHEMA, undefined, 'userName')!;
let domain: TestDomain;
let directory: DomainDirectory;

beforeAll(async () => {
  domain = await openTestDomain({ clientClass: recorder.clientClass });
});
beforeEach(async () => {
  directory = await domain.createDirectory();
});
afterAll(() => domain.close());

function byId(id: string, groups = true): Promise<StoredUser | undefined> {
  return findUser(domain, directory.id, id, { groups });
}

async function byName(value: string, offset = 0): Promise<readonly StoredUser[]> {
  const where = { kind: 'compare', path: userName, operator: 'eq', value } as const;
  const { rows, total } = await listUsers(
    domain,
    { directoryId: directory.id, where, parts: ['groups'] },
    { offset, limit: 10 },
  );
  expect(total).toBe(rows.length + offset);
  return rows;
}

/** Returns the number of statements that read users since the last call. */
function reads(): number {
  return recorder.take().filter(({ text }) => text.includes('from users u')).length;
}

async function createMany(count: number): Promise<StoredUser[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => directory.createUser(`user-${index}`)));
}

describe('concurrent lookups of single users', () => {
  test('by id share statements, and each gets its user', async () => {
    const users = await createMany(30);
    recorder.take();
    const found = await Promise.all(users.map(({ id }) => byId(id)));
    expect(found).toEqual(users.map(({ id }) => expect.objectContaining({ id })));
    expect(reads()).toBe(5);
  });

  test('by userName share statements, whatever their case, and each gets its user', async () => {
    const users = await createMany(30);
    recorder.take();
    const found = await Promise.all(users.map((user) => byName(user.userName.toUpperCase())));
    expect(found).toEqual(users.map(({ id }) => [expect.objectContaining({ id })]));
    expect(reads()).toBe(5);
  });

  test('return nothing for unknown users, and the same user for equal lookups', async () => {
    const { id } = await directory.createUser('ines');
    const nobody = '0190f1c2-0000-7000-8000-000000000000';
    const ids = [id, nobody, id.toUpperCase(), 'ines', id, nobody, id];
    expect((await Promise.all(ids.map((one) => byId(one)))).map((user) => user?.userName)).toEqual([
      'ines',
      undefined,
      'ines',
      undefined,
      'ines',
      undefined,
      'ines',
    ]);
    const names = await Promise.all(['INES', 'rosa', 'ines', 'Ines', 'i', 'ines'].map((name) => byName(name)));
    expect(names.map((rows) => rows.length)).toEqual([1, 0, 1, 1, 0, 1]);
  });

  test('see only their own directory, and return groups only on request', async () => {
    const other = await domain.createDirectory();
    const stranger = await other.createUser('ines');
    const { id } = await directory.createUser('ines');
    const group = await directory.createGroup('Poets', id);
    const [own, without, foreign, named] = await Promise.all([
      byId(id),
      byId(id, false),
      byId(stranger.id),
      byName('ines'),
    ]);
    expect(own?.groups).toEqual([{ id: group.id, displayName: 'Poets' }]);
    expect(without).not.toHaveProperty('groups');
    expect(foreign).toBeUndefined();
    expect(named).toEqual([own]);
  });

  test('see all writes committed before their call, also under concurrent calls', async () => {
    const { id } = await directory.createUser('ines', { title: '0' });
    const crowd = Array.from({ length: 8 }, async () => {
      for (let asked = 0; asked < 200; asked++) await byId(id);
    });
    for (let round = 1; round <= 50; round++) {
      await directory.execute(toUpdateUser(id, { title: `${round}`, userName: `ines-${round}` }));
      const [user, [named], gone] = await Promise.all([byId(id), byName(`ines-${round}`), byName(`ines-${round - 1}`)]);
      expect([user?.title, named?.title, gone]).toEqual([`${round}`, `${round}`, []]);
    }
    await Promise.all(crowd);
  });

  test('with an offset return no user, but count it', async () => {
    await directory.createUser('ines');
    expect(await byName('ines', 1)).toEqual([]);
  });

  test('fail together when their connection is lost, and the next ones succeed', async () => {
    const users = await createMany(8);
    const other = new pg.Client({ connectionString: domain.url });
    await other.connect();
    await other.query('begin');
    await other.query('lock table memberships in access exclusive mode');
    const lookups = users.map(({ id }) =>
      byId(id).then(
        () => 'found',
        () => 'failed',
      ),
    );
    const kill = `select pg_terminate_backend(pid) from pg_stat_activity
      where wait_event_type = 'Lock' and datname = current_database()`;
    let killed = 0;
    await until('all are killed', async () => (killed += (await domain.pool.query(kill)).rowCount ?? 0) >= 5);
    await other.query('rollback');
    await other.end();
    expect(new Set(await Promise.all(lookups))).toEqual(new Set(['failed']));
    expect(await byId(users[0]!.id)).toMatchObject({ userName: 'user-0' });
  });
});
