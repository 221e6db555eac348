import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { newId } from '../../src/domain/kernel/id.js';
import {
  openTestDomain,
  toCreateGroup,
  toCreateUser,
  toRenameGroup,
  toUpdateUser,
  type DomainDirectory,
  type TestDomain,
} from '../support/domain.js';

let domain: TestDomain;
let directory: DomainDirectory;

beforeAll(async () => {
  domain = await openTestDomain();
  directory = await domain.createDirectory();
});

afterAll(() => domain.close());

describe('execute', () => {
  test('numbers the events of each directory from 1 and records the actor', async () => {
    const [left, right] = [await domain.createDirectory(), await domain.createDirectory()];
    await left.createUser('a');
    await right.createUser('a');
    const user = await left.createUser('b');
    const { events } = await left.updateUser(user.id, { title: 'Clerk', active: false });
    expect((await left.events()).map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4]);
    expect((await right.events()).map(({ sequence }) => sequence)).toEqual([1]);
    // `execute` passes to the feed the events that the log contains.
    expect(events).toEqual(await left.events(2));
    expect(events[0]).toMatchObject({
      source: 'SYSTEM',
      actor: 'tester',
      requestId: 'request-1',
      directoryId: left.id,
    });
    expect(new Set((await left.events()).map(({ id }) => id)).size).toBe(4);
  });

  test('executes several commands in one transaction, with one event order and one new version of a group', async () => {
    const user = toCreateUser('together');
    const group = toCreateGroup('Together', [user.id]);
    const { events } = await directory.execute(user, group);
    expect(events.map(({ type }) => type)).toEqual(['USER_PROVISIONED', 'GROUP_CREATED', 'MEMBERSHIP_ADDED']);
    const outcome = await directory.execute(
      toRenameGroup(group.id, 'Apart'),
      { type: 'RemoveMembers', groupId: group.id, memberIds: [user.id] },
      { type: 'AddMembers', groupId: group.id, memberIds: [user.id] },
    );
    expect(outcome.events.map(({ type }) => type)).toEqual(['GROUP_UPDATED', 'MEMBERSHIP_REMOVED', 'MEMBERSHIP_ADDED']);
    expect(outcome.group).toMatchObject({ displayName: 'Apart', memberCount: 1, version: 2 });
    expect((await directory.stamp('groups', group.id)).version).toBe(2);
    expect(await directory.miscounts()).toEqual([]);
  });

  test.each([
    ['a name that is taken', () => toCreateUser('TOGETHER'), 'ALREADY_EXISTS'],
    ['an id that is none', () => toUpdateUser(newId(), { title: 'x' }), 'NOT_FOUND'],
    ['a value that does not fit', (id: string) => toUpdateUser(id, { active: null }), 'INVALID_VALUE'],
    ['a required attribute cleared', (id: string) => toUpdateUser(id, { userName: null }), 'REQUIRED'],
    ['a member that is nobody', () => toCreateGroup('Failing', [newId()]), 'INVALID_REFERENCE'],
  ])('rolls back all commands if one fails with %s', async (_reason, failing, code) => {
    const user = await directory.createUser(`before-${newId()}`);
    const group = await directory.createGroup(`Before ${newId()}`, user.id);
    const head = (await directory.events()).length;
    const stamps = [await directory.stamp('users', user.id), await directory.stamp('groups', group.id)];
    const list = [
      toCreateUser(`never-${newId()}`),
      toUpdateUser(user.id, { title: 'Changed' }),
      { type: 'RemoveMembers', groupId: group.id, memberIds: [user.id] } as const,
      failing(user.id),
      toCreateUser(`after-${newId()}`),
    ];
    await expect(directory.execute(...list)).rejects.toMatchObject({ name: 'DomainError', code });
    expect((await directory.events()).length).toBe(head);
    expect([await directory.stamp('users', user.id), await directory.stamp('groups', group.id)]).toEqual(stamps);
    expect(await directory.sql(`select 1 from users where directory_id = $1 and user_name like 'never-%'`)).toEqual([]);
    expect(await directory.miscounts()).toEqual([]);
  });

  test('checks the expected version of the first target only', async () => {
    const user = await directory.createUser('versioned');
    const group = await directory.createGroup('Versioned', user.id);
    const stale = { name: 'DomainError', code: 'VERSION_CONFLICT' };
    await expect(directory.executeAt(2, toUpdateUser(user.id, { title: 'x' }))).rejects.toMatchObject(stale);
    await expect(directory.executeAt(2, { type: 'DeleteUser', id: user.id })).rejects.toMatchObject(stale);
    await expect(directory.executeAt(2, toRenameGroup(group.id, 'x'))).rejects.toMatchObject(stale);
    await expect(directory.executeAt(2, { type: 'DeleteGroup', id: group.id })).rejects.toMatchObject(stale);
    const removal = { type: 'RemoveMembers', groupId: group.id, memberIds: [user.id] } as const;
    await expect(directory.executeAt(2, removal)).rejects.toMatchObject(stale);
    // The version is checked even if the command would change nothing.
    await expect(directory.executeAt(2, toUpdateUser(user.id, { active: true }))).rejects.toMatchObject(stale);
    const { events } = await directory.executeAt(1, removal, toUpdateUser(user.id, { title: 'x' }));
    expect(events.map(({ type }) => type)).toEqual(['MEMBERSHIP_REMOVED', 'USER_UPDATED']);
  });

  test('reports changed, unchanged and failed commands to its observer', async () => {
    const other = await openTestDomain({ url: domain.url });
    const told: string[] = [];
    other.observe({
      onCommit: (events) => void told.push(`committed ${events.length}`),
      onExecuted: (command, outcome, seconds) => void told.push(`${command} ${outcome} ${seconds > 0}`),
    });
    try {
      const own = await other.createDirectory();
      const user = await own.createUser('observed');
      await own.updateUser(user.id, { active: true });
      await expect(own.createUser('Observed')).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
    } finally {
      await other.close();
    }
    expect(told).toEqual([
      'CreateUser changed true',
      'committed 1',
      'UpdateUser unchanged true',
      'CreateUser failed true',
    ]);
  });

  test('rejects every command in a deleted directory', async () => {
    const gone = await domain.createDirectory();
    await gone.sql('delete from directory_counters where directory_id = $1');
    await gone.sql('delete from directories where id = $1');
    await expect(gone.createUser('nobody')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(gone.createGroup('Nobody')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
