import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { newId } from '../../../src/domain/kernel/id.js';
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

describe('members', () => {
  test('have one event each, and increment the version of the group once and that of users never', async () => {
    const [kim, lee] = [await directory.createUser('kim'), await directory.createUser('lee')];
    const group = await directory.createGroup('Guides');
    const { events, group: after } = await directory.addMembers(group.id, kim.id, lee.id);
    expect(events).toMatchObject(
      [kim.id, lee.id].map((memberId) => ({
        type: 'MEMBERSHIP_ADDED',
        payload: { groupId: group.id, memberId, memberType: 'User' },
      })),
    );
    expect(after).toMatchObject({ version: 2, memberCount: 2 });
    const removed = await directory.removeMembers(group.id, lee.id);
    const payload = { groupId: group.id, memberId: lee.id, memberType: 'User' };
    expect(removed.events).toMatchObject([{ type: 'MEMBERSHIP_REMOVED', payload }]);
    expect(removed.group).toMatchObject({ version: 3, memberCount: 1 });
    expect(await directory.stamp('groups', group.id)).toMatchObject({ version: 3 });
    for (const { id } of [kim, lee]) expect(await directory.stamp('users', id)).toMatchObject({ version: 1 });
    expect(await directory.miscounts()).toEqual([]);
  });

  test('that are added or removed without effect cause no event and no new version', async () => {
    const [kim, lee] = [await directory.createUser('kim'), await directory.createUser('lee')];
    const group = await directory.createGroup('Guides', kim.id);
    const before = await directory.stamp('groups', group.id);
    const head = (await directory.events()).length;
    const commands = [
      { type: 'AddMembers', groupId: group.id, memberIds: [kim.id, kim.id] },
      { type: 'AddMembers', groupId: group.id, memberIds: [] },
      { type: 'RemoveMembers', groupId: group.id, memberIds: [lee.id, newId(), 'no id at all'] },
      { type: 'RemoveMembers', groupId: group.id, memberIds: [] },
      { type: 'ReplaceMembers', groupId: group.id, memberIds: [kim.id] },
    ] as const;
    for (const command of commands) {
      const outcome = await directory.execute(command);
      expect(outcome.events).toEqual([]);
      expect(outcome.group).toMatchObject({ version: 1, memberCount: 1 });
    }
    expect(await directory.stamp('groups', group.id)).toEqual(before);
    expect((await directory.events()).length).toBe(head);
  });

  test('are replaced by writing the difference only', async () => {
    const [a, b, c] = [
      await directory.createUser('a'),
      await directory.createUser('b'),
      await directory.createUser('c'),
    ];
    const group = await directory.createGroup('Guides', a.id, b.id);
    const replace = { type: 'ReplaceMembers', groupId: group.id, memberIds: [b.id, c.id] } as const;
    const { events, group: after } = await directory.execute(replace);
    expect(events).toMatchObject([
      { type: 'MEMBERSHIP_REMOVED', payload: { memberId: a.id } },
      { type: 'MEMBERSHIP_ADDED', payload: { memberId: c.id } },
    ]);
    expect(after).toMatchObject({ version: 2, memberCount: 2 });
    const emptied = await directory.execute({ ...replace, memberIds: [] });
    expect(emptied.events.map(({ type }) => type)).toEqual(['MEMBERSHIP_REMOVED', 'MEMBERSHIP_REMOVED']);
    expect(emptied.group).toMatchObject({ version: 3, memberCount: 0 });
    expect(await directory.miscounts()).toEqual([]);
  });

  test.each([
    ['nobody', () => newId()],
    ['no id at all', () => 'no id at all'],
    ['somebody of another directory', async () => (await (await domain.createDirectory()).createUser('x')).id],
  ])('that are %s are rejected together with the rest of the command', async (_who, make) => {
    const user = await directory.createUser('kim');
    const group = await directory.createGroup('Guides');
    const refused = { name: 'DomainError', code: 'INVALID_REFERENCE', path: 'members' };
    const stranger = await make();
    await expect(directory.addMembers(group.id, user.id, stranger)).rejects.toMatchObject(refused);
    await expect(directory.createGroup('Other', stranger)).rejects.toMatchObject(refused);
    expect(await directory.sql('select 1 from memberships where directory_id = $1')).toEqual([]);
    expect(await directory.events(2)).toEqual([]);
  });

  test('appear in events with their stored ids, whatever the case in the command', async () => {
    const user = await directory.createUser('kim');
    const group = await directory.createGroup('Guides');
    const added = await directory.addMembers(group.id.toUpperCase(), user.id.toUpperCase());
    const payload = { groupId: group.id, memberId: user.id };
    expect(added.events).toMatchObject([{ payload }]);
    expect(added.group).toMatchObject({ id: group.id, memberCount: 1 });
    const removed = await directory.removeMembers(group.id.toUpperCase(), user.id.toUpperCase());
    expect(removed.events).toMatchObject([{ payload }]);
    expect(await directory.miscounts()).toEqual([]);
  });

  test('of a group that does not exist are NOT_FOUND', async () => {
    const user = await directory.createUser('kim');
    await expect(directory.addMembers(newId(), user.id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    // A user is not a group.
    await expect(directory.addMembers(user.id, user.id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('nesting', () => {
  test('a group in itself is rejected, directly and indirectly', async () => {
    const [a, b, c] = [
      await directory.createGroup('A'),
      await directory.createGroup('B'),
      await directory.createGroup('C'),
    ];
    const refused = { name: 'DomainError', code: 'MEMBERSHIP_CYCLE' };
    await expect(directory.addMembers(a.id, a.id)).rejects.toMatchObject(refused);
    await directory.addMembers(a.id, b.id);
    await directory.addMembers(b.id, c.id);
    await expect(directory.addMembers(c.id, a.id)).rejects.toMatchObject(refused);
    await expect(directory.addMembers(b.id, a.id)).rejects.toMatchObject(refused);
    const both = [
      { type: 'RemoveMembers', groupId: a.id, memberIds: [b.id] },
      { type: 'AddMembers', groupId: c.id, memberIds: [a.id] },
    ] as const;
    // Removals by earlier commands of the same list count.
    await expect(directory.execute(...both)).resolves.toMatchObject({ group: { id: c.id, memberCount: 1 } });
    expect(await directory.miscounts()).toEqual([]);
  });

  test('a group in two groups of the same parent is not a cycle', async () => {
    const bottom = await directory.createGroup('Bottom');
    const [left, right] = [await directory.createGroup('L', bottom.id), await directory.createGroup('R', bottom.id)];
    await expect(directory.createGroup('Top', left.id, right.id, bottom.id)).resolves.toMatchObject({ memberCount: 3 });
  });
});
