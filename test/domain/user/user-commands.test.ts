import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { newId } from '../../../src/domain/kernel/id.js';
import { parseAttributes } from '../../../src/domain/attributes/attributes.js';
import { ENTERPRISE_URN } from '../../../src/domain/schema/enterprise-user.js';
import { USER_SCHEMA } from '../../../src/domain/schema/resource-schema.js';
import { openTestDomain, type DomainDirectory, type TestDomain } from '../../support/domain.js';

let domain: TestDomain;
let directory: DomainDirectory;

beforeAll(async () => {
  domain = await openTestDomain();
});

beforeEach(async () => {
  directory = await domain.createDirectory();
});

afterAll(() => domain.close());

describe('creating a user', () => {
  test.each([true, false])('writes an event with active: %s', async (active) => {
    const user = await directory.createUser('kim', { externalId: 'k-1', active });
    const payload = { userId: user.id, userName: 'kim', externalId: 'k-1', active };
    expect(await directory.events()).toMatchObject([{ sequence: 1, type: 'USER_PROVISIONED', payload }]);
    expect(user).toMatchObject({ active, version: 1 });
  });

  test.each([
    ['Kim@Fabrikam.Example', 'kim@fabrikam.example'],
    ['ÉMILE', 'émile'],
    ['E\u0301MILE', 'émile'],
    ['STRASSE', 'straße'],
  ])('%s is rejected while %s exists, and available once it is deleted', async (taken, other) => {
    const first = await directory.createUser(taken);
    const refused = { name: 'DomainError', code: 'ALREADY_EXISTS', path: 'userName' };
    await expect(directory.createUser(other)).rejects.toMatchObject(refused);
    await directory.updateUser(first.id, { active: false });
    await expect(directory.createUser(other)).rejects.toMatchObject(refused);
    await directory.deleteUser(first.id);
    expect((await directory.createUser(other)).id).not.toBe(first.id);
    expect(await directory.miscounts()).toEqual([]);
  });

  test('two users may have the same externalId, and two directories the same userName', async () => {
    await directory.createUser('a', { externalId: 'same' });
    await directory.createUser('b', { externalId: 'same' });
    await expect((await domain.createDirectory()).createUser('a')).resolves.toMatchObject({ userName: 'a' });
  });

  test.each([newId(), 'no id at all'])('with %s as manager is rejected', async (value) => {
    const attributes = { [ENTERPRISE_URN]: { manager: { value } } };
    await expect(directory.createUser('kim', attributes)).rejects.toMatchObject({ code: 'INVALID_REFERENCE' });
    expect(await directory.events()).toEqual([]);
  });

  test('without userName is rejected', async () => {
    const command = { type: 'CreateUser', id: newId(), attributes: {} } as const;
    await expect(directory.execute(command)).rejects.toMatchObject({ code: 'REQUIRED', path: 'userName' });
  });
});

describe('changing a user', () => {
  test('the event of a deactivation has the current groups, which the user keeps', async () => {
    const user = await directory.createUser('kim', { externalId: 'k-1' });
    const left = await directory.createGroup('Left', user.id);
    const stayed = await directory.createGroup('Stayed', user.id);
    await directory.createGroup('Never');
    await directory.removeMembers(left.id, user.id);
    const before = await directory.stamp('groups', stayed.id);
    const { events, user: after } = await directory.updateUser(user.id, { active: false });
    const facts = { userId: user.id, userName: 'kim', externalId: 'k-1' };
    expect(events).toMatchObject([
      { type: 'USER_DEPROVISIONED', payload: { ...facts, reason: 'DEACTIVATED', groupIds: [stayed.id] } },
    ]);
    expect(after).toMatchObject({ active: false, version: 2, groups: [{ id: stayed.id, displayName: 'Stayed' }] });
    expect(await directory.stamp('groups', stayed.id)).toEqual(before);
    expect(await directory.sql('select 1 from memberships where directory_id = $1')).toHaveLength(1);
    const back = await directory.updateUser(user.id, { active: true });
    expect(back.events).toMatchObject([{ type: 'USER_REACTIVATED', payload: facts }]);
    expect(back.user).toMatchObject({ active: true, version: 3 });
  });

  test('the event for other attributes comes before that for active, and has the new names', async () => {
    const user = await directory.createUser('kim', { externalId: 'k-1' });
    const facts = { userId: user.id, userName: 'kimberly', externalId: 'k-2' };
    const gone = await directory.updateUser(user.id, { active: false, userName: 'kimberly', externalId: 'k-2' });
    expect(gone.events).toMatchObject([
      { type: 'USER_UPDATED', payload: { ...facts, changedAttributes: ['userName', 'externalId'] } },
      { type: 'USER_DEPROVISIONED', payload: { ...facts, reason: 'DEACTIVATED', groupIds: [] } },
    ]);
    expect(gone.user?.version).toBe(2);
    const back = await directory.updateUser(user.id, { department: 'Tours', active: true });
    expect(back.events).toMatchObject([
      { type: 'USER_UPDATED', payload: { ...facts, changedAttributes: ['department'] } },
      { type: 'USER_REACTIVATED', payload: facts },
    ]);
  });

  test('no event contains values other than userName, externalId and displayName', async () => {
    const more = {
      title: 'TOP-SECRET',
      name: { familyName: 'TOP-SECRET' },
      emails: [{ value: 'TOP-SECRET', type: 'work' }],
    };
    const user = await directory.createUser('kim', more);
    await directory.updateUser(user.id, { title: 'TOP-SECRET 2', nickName: 'TOP-SECRET', department: 'TOP-SECRET' });
    expect(JSON.stringify(await directory.events())).not.toContain('TOP-SECRET');
  });

  test('a no-op writes nothing', async () => {
    const manager = await directory.createUser('boss');
    const emails = [{ value: 'kim@fabrikam.example', type: 'work', primary: true }];
    const user = await directory.createUser('kim', { title: 'Clerk', emails });
    await directory.updateUser(user.id, { manager: { value: manager.id } });
    const [before, head] = [await directory.stamp('users', user.id), (await directory.events()).length];
    const [{ xmin } = { xmin: '' }] = await directory.sql<{ xmin: string }>(
      'select xmin from users where directory_id = $1 and id = $2',
      user.id,
    );
    const same = [
      { title: 'Clerk', active: true, emails },
      { userName: 'kim', manager: { value: manager.id } },
      { manager: { value: manager.id.toUpperCase() } },
      { nickName: null },
      {},
    ];
    for (const changes of same) {
      const outcome = await directory.updateUser(user.id, changes);
      expect(outcome.events).toEqual([]);
      expect(outcome.user).toMatchObject({ version: before.version });
    }
    expect(await directory.stamp('users', user.id)).toEqual(before);
    // The row was not rewritten.
    expect(
      await directory.sql('select 1 from users where directory_id = $1 and id = $2 and xmin = $3', user.id, xmin),
    ).toHaveLength(1);
    expect((await directory.events()).length).toBe(head);
    expect(await directory.miscounts()).toEqual([]);
  });

  test('the case of a userName can change and is preserved', async () => {
    const user = await directory.createUser('kim');
    const { events, user: after } = await directory.updateUser(user.id, { userName: 'KIM' });
    expect(after).toMatchObject({ userName: 'KIM', version: 2 });
    expect(events).toMatchObject([{ type: 'USER_UPDATED', payload: { changedAttributes: ['userName'] } }]);
  });

  test('the userName of another user is rejected, in any case', async () => {
    await directory.createUser('ÉMILE');
    const user = await directory.createUser('kim');
    const refused = { code: 'ALREADY_EXISTS', path: 'userName' };
    await expect(directory.updateUser(user.id, { userName: 'émile' })).rejects.toMatchObject(refused);
    expect(await directory.stamp('users', user.id)).toMatchObject({ version: 1 });
  });

  test('a replacement clears omitted attributes, but keeps active', async () => {
    const user = await directory.createUser('kim', { title: 'Clerk', active: false });
    const attributes = parseAttributes(USER_SCHEMA, { userName: 'kim', nickName: 'K' });
    const replace = { type: 'ReplaceUser', id: user.id, attributes } as const;
    const { events, user: after } = await directory.execute(replace);
    expect(after).toMatchObject({ active: false, title: null, attributes: { nickName: 'K' } });
    expect(events).toMatchObject([{ type: 'USER_UPDATED', payload: { changedAttributes: ['title', 'nickName'] } }]);
    expect((await directory.execute(replace)).events).toEqual([]);
  });
});

describe('deleting a user', () => {
  test('ends its memberships without further events, and increments the versions of its groups', async () => {
    const [user, other] = [await directory.createUser('kim'), await directory.createUser('lee')];
    const groups = [await directory.createGroup('One', user.id, other.id), await directory.createGroup('Two', user.id)];
    const { events } = await directory.deleteUser(user.id);
    expect(events).toMatchObject([{ type: 'USER_DEPROVISIONED', payload: { userId: user.id, reason: 'DELETED' } }]);
    expect(events[0]?.payload).toMatchObject({ userName: 'kim', externalId: null });
    const { groupIds } = events[0]?.payload as { readonly groupIds: readonly string[] };
    expect(groupIds.toSorted()).toEqual(groups.map(({ id }) => id).toSorted());
    for (const { id } of groups) expect((await directory.stamp('groups', id)).version).toBe(2);
    expect((await directory.stamp('users', other.id)).version).toBe(1);
    expect(await directory.miscounts()).toEqual([]);
  });

  test('writes an event for an inactive user, too', async () => {
    const user = await directory.createUser('kim', { active: false });
    const group = await directory.createGroup('One', user.id);
    const { events } = await directory.deleteUser(user.id);
    const payload = { userId: user.id, reason: 'DELETED', groupIds: [group.id] };
    expect(events).toMatchObject([{ type: 'USER_DEPROVISIONED', payload }]);
  });

  test('clears references to it as a manager, with an event for each report before its own', async () => {
    const manager = await directory.createUser('boss');
    const managed = { [ENTERPRISE_URN]: { manager: { value: manager.id }, department: 'Tours' } };
    const reports = [await directory.createUser('a', managed), await directory.createUser('b', managed)];
    await directory.updateUser(manager.id, { manager: { value: manager.id } });
    const { events } = await directory.deleteUser(manager.id);
    const payload = { changedAttributes: ['manager'] };
    expect(events).toMatchObject([
      { type: 'USER_UPDATED', payload },
      { type: 'USER_UPDATED', payload },
      { type: 'USER_DEPROVISIONED', payload: { userId: manager.id, groupIds: [] } },
    ]);
    const told = events.slice(0, 2).map((event) => (event.payload as { userId: string }).userId);
    expect(told.toSorted()).toEqual(reports.map(({ id }) => id).toSorted());
    const rows = 'select manager_id, department, version from users where directory_id = $1';
    const row = { manager_id: null, department: 'Tours', version: 2 };
    expect(await directory.sql(rows)).toEqual([row, row]);
  });

  test('that does not exist is NOT_FOUND, also if it exists in another directory', async () => {
    const user = await directory.createUser('kim');
    const other = await domain.createDirectory();
    await expect(other.deleteUser(user.id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(other.updateUser(user.id, { title: 'x' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await directory.deleteUser(user.id);
    await expect(directory.deleteUser(user.id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
