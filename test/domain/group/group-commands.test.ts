import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { newId } from '../../../src/domain/kernel/id.js';
import { parseAttributes } from '../../../src/domain/attributes/attributes.js';
import { GROUP_SCHEMA } from '../../../src/domain/schema/resource-schema.js';
import { openTestDomain, toRenameGroup, type DomainDirectory, type TestDomain } from '../../support/domain.js';

let domain: TestDomain;
let directory: DomainDirectory;

beforeAll(async () => {
  domain = await openTestDomain();
});

beforeEach(async () => {
  directory = await domain.createDirectory();
});

afterAll(() => domain.close());

describe('a group', () => {
  test('is created with its members, with events for both', async () => {
    const user = await directory.createUser('kim');
    const nested = await directory.createGroup('Nested');
    const group = await directory.createGroup('Guides', user.id, nested.id, user.id);
    expect(group).toMatchObject({ displayName: 'Guides', memberCount: 2, version: 1 });
    const [created, ...added] = await directory.events(2);
    expect(created).toMatchObject({ type: 'GROUP_CREATED', payload: { groupId: group.id, displayName: 'Guides' } });
    expect(added.map(({ type }) => type)).toEqual(['MEMBERSHIP_ADDED', 'MEMBERSHIP_ADDED']);
    expect(added.map(({ payload }) => payload)).toEqual(
      expect.arrayContaining([
        { groupId: group.id, memberId: user.id, memberType: 'User' },
        { groupId: group.id, memberId: nested.id, memberType: 'Group' },
      ]),
    );
    expect(await directory.stamp('groups', group.id)).toMatchObject({ version: 1 });
    expect(await directory.miscounts()).toEqual([]);
  });

  test('has a case-insensitively unique displayName until it is deleted', async () => {
    const group = await directory.createGroup('ÉQUIPE');
    const other = await directory.createGroup('Other');
    const refused = { name: 'DomainError', code: 'ALREADY_EXISTS', path: 'displayName' };
    await expect(directory.createGroup('équipe')).rejects.toMatchObject(refused);
    await expect(directory.execute(toRenameGroup(other.id, 'Équipe'))).rejects.toMatchObject(refused);
    await directory.execute({ type: 'DeleteGroup', id: group.id });
    await expect(directory.createGroup('équipe')).resolves.toMatchObject({ version: 1 });
    expect(await directory.miscounts()).toEqual([]);
  });

  test('has an event with the names of its changed attributes, and none if nothing changes', async () => {
    const group = await directory.createGroup('Guides');
    const renamed = await directory.execute(toRenameGroup(group.id, 'Leaders'));
    const payload = { groupId: group.id, displayName: 'Leaders', changedAttributes: ['displayName'] };
    expect(renamed.events).toMatchObject([{ type: 'GROUP_UPDATED', payload }]);
    expect(renamed.group).toMatchObject({ version: 2 });
    const before = await directory.stamp('groups', group.id);
    const attributes = parseAttributes(GROUP_SCHEMA, { displayName: 'Leaders' });
    for (const command of [
      toRenameGroup(group.id, 'Leaders'),
      { type: 'ReplaceGroup', id: group.id, attributes } as const,
    ]) {
      const outcome = await directory.execute(command);
      expect(outcome.events).toEqual([]);
      expect(outcome.group).toMatchObject({ version: 2 });
    }
    expect(await directory.stamp('groups', group.id)).toEqual(before);
  });

  test('keeps its members when its attributes are replaced', async () => {
    const user = await directory.createUser('kim');
    const group = await directory.createGroup('Guides', user.id);
    const attributes = parseAttributes(GROUP_SCHEMA, { displayName: 'Leaders', externalId: 'x' });
    const { events, group: after } = await directory.execute({ type: 'ReplaceGroup', id: group.id, attributes });
    expect(events).toMatchObject([{ payload: { changedAttributes: ['displayName', 'externalId'] } }]);
    expect(after).toMatchObject({ memberCount: 1, externalId: 'x', version: 2 });
    expect(await directory.miscounts()).toEqual([]);
  });

  test('is deleted with its memberships in both directions, with one event', async () => {
    const user = await directory.createUser('kim');
    const nested = await directory.createGroup('Nested');
    const group = await directory.createGroup('Middle', user.id, nested.id);
    const holders = [await directory.createGroup('A', group.id), await directory.createGroup('B', group.id)];
    const { events } = await directory.execute({ type: 'DeleteGroup', id: group.id });
    expect(events).toMatchObject([{ type: 'GROUP_DELETED', payload: { groupId: group.id, displayName: 'Middle' } }]);
    const { groupIds } = events[0]?.payload as { readonly groupIds: readonly string[] };
    expect(groupIds.toSorted()).toEqual(holders.map(({ id }) => id).toSorted());
    for (const { id } of holders) expect(await directory.stamp('groups', id)).toMatchObject({ version: 2 });
    // Its members do not change.
    expect(await directory.stamp('groups', nested.id)).toMatchObject({ version: 1 });
    expect(await directory.stamp('users', user.id)).toMatchObject({ version: 1 });
    expect(await directory.sql('select 1 from memberships where directory_id = $1')).toEqual([]);
    expect(await directory.miscounts()).toEqual([]);
    await expect(directory.execute({ type: 'DeleteGroup', id: group.id })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test('of another directory is NOT_FOUND, like one that does not exist', async () => {
    const group = await directory.createGroup('Guides');
    const other = await domain.createDirectory();
    const missing = { code: 'NOT_FOUND' };
    await expect(other.execute(toRenameGroup(group.id, 'Theirs'))).rejects.toMatchObject(missing);
    await expect(other.execute({ type: 'DeleteGroup', id: group.id })).rejects.toMatchObject(missing);
    await expect(directory.execute(toRenameGroup(newId(), 'None'))).rejects.toMatchObject(missing);
  });
});
