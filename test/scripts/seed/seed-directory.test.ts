import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { seedDirectory } from '../../../scripts/seed/seed-directory.js';
import { openTestDomain, type DomainDirectory, type TestDomain } from '../../support/domain.js';

describe('a seeded directory', () => {
  let domain: TestDomain;
  let directory: DomainDirectory;

  beforeAll(async () => {
    domain = await openTestDomain();
    directory = await domain.createDirectory();
  });
  afterAll(() => domain.close());

  test('has users, groups with members, managers, disabled users and correct counters', async () => {
    const seeded = await seedDirectory(domain, { directory: directory.slug, users: 150, seed: 'people' });
    expect(seeded).toEqual({ users: 150, groups: seeded!.groups, createdUsers: 150, createdGroups: seeded!.groups });
    const [counts] = await directory.sql<Record<string, number>>(`
      select count(*)::int as users, count(*) filter (where not active)::int as disabled, count(manager_id)::int as reports,
        (select count(*)::int from groups where directory_id = $1) as groups,
        (select count(distinct group_id)::int from memberships where directory_id = $1) as "withMembers"
      from users where directory_id = $1`);
    expect(counts).toMatchObject({ users: 150, disabled: 7, reports: 149, groups: seeded!.groups });
    expect(counts!['withMembers']).toBeGreaterThan(20);
    expect(await directory.miscounts()).toEqual([]);
  });

  test('does not change when it is seeded again', async () => {
    const before = (await directory.events()).length;
    const seeded = await seedDirectory(domain, { directory: directory.slug, users: 150, seed: 'people' });
    expect(seeded).toMatchObject({ users: 150, createdUsers: 0, createdGroups: 0 });
    expect(await directory.events()).toHaveLength(before);
  });

  test('gets deleted users back with their groups, and the additional users of a larger company', async () => {
    const [user] = await directory.sql<{ id: string }>('select id from users where directory_id = $1 order by id desc');
    await directory.deleteUser(user!.id);
    const seeded = await seedDirectory(domain, { directory: directory.slug, users: 160, seed: 'people' });
    expect(seeded).toMatchObject({ users: 160, createdUsers: 11, createdGroups: 0 });
    const groups = await directory.sql<{ displayName: string }>(
      'select display_name as "displayName" from memberships m join groups g on g.id = m.group_id where m.directory_id = $1 and user_id = $2',
      user!.id,
    );
    expect(groups.map(({ displayName }) => displayName)).toContain('All staff');
    expect(await directory.miscounts()).toEqual([]);
  });

  test('must exist', async () => {
    expect(await seedDirectory(domain, { directory: 'nowhere', users: 1, seed: 'people' })).toBeUndefined();
  });
});
