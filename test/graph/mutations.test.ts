import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { newId } from '../../src/domain/kernel/id.js';
import type { Wire } from '../support/scim-client.js';
import { Harness } from './harness.js';

let harness: Harness;

beforeAll(async () => {
  harness = await Harness.start();
});

afterAll(() => harness.stop());

const USER =
  'user { id userName title active version name { givenName familyName } emails { value primary } manager { id } }';

async function events(): Promise<Wire[]> {
  const { directory } = await harness.query(
    '{ directory { eventCursor events(first: 100) { nodes { __typename type sequence ... on UserUpdated { changedAttributes } } } } }',
  );
  return directory.events.nodes;
}

function codes(payload: Wire): Array<[string, string[] | null]> {
  return payload.errors.map(({ code, path }: Wire) => [code, path]);
}

describe('user mutations', () => {
  test('an absent field is kept, null clears a field, and a list replaces it', async () => {
    const id = await harness.createUser({
      userName: 'ann',
      title: 'Engineer',
      name: { givenName: 'Ann', familyName: 'A' },
      emails: [{ value: 'a@example.com' }, { value: 'b@example.com' }],
    });
    const change = async (input: object): Promise<Wire> =>
      (await harness.mutate('updateUser', { id, ...input }, USER)).user;
    expect(await change({ title: 'Boss' })).toMatchObject({ title: 'Boss', name: { givenName: 'Ann' }, version: 2 });
    expect(await change({ title: null })).toMatchObject({ title: null, version: 3 });
    expect((await change({ emails: [{ value: 'c@example.com', primary: true }] })).emails).toEqual([
      { value: 'c@example.com', primary: true },
    ]);
    expect((await change({ name: { givenName: null } })).name).toEqual({ givenName: null, familyName: 'A' });
    expect((await change({ emails: [] })).emails).toEqual([]);
    expect((await change({ name: null })).name).toBeNull();
    const boss = await harness.createUser({ userName: 'anns-boss' });
    expect((await change({ managerId: boss })).manager).toEqual({ id: boss });
    expect((await change({ managerId: null })).manager).toBeNull();
  });

  test('absent components of a name are kept, null clears one, and an empty object changes nothing', async () => {
    const name = { givenName: 'Ada', familyName: 'Reed', middleName: 'M' };
    const NAME = 'user { version name { givenName familyName middleName } }';
    const id = await harness.createUser({ userName: 'ada', name });
    const change = async (input: unknown): Promise<Wire> =>
      (await harness.mutate('updateUser', { id, name: input }, NAME)).user;
    expect(await change({})).toEqual({ version: 1, name });
    const unset = `mutation ($id: ID!, $given: String, $family: String) {
      updateUser(input: { id: $id, name: { givenName: $given, familyName: $family } }) { ${NAME} }
    }`;
    expect((await harness.query(unset, { id })).updateUser.user).toEqual({ version: 1, name });
    expect(await change({ givenName: 'Eve' })).toEqual({ version: 2, name: { ...name, givenName: 'Eve' } });
    expect((await change({ familyName: null })).name).toEqual({ ...name, givenName: 'Eve', familyName: null });
    expect((await change({ givenName: null, middleName: null })).name).toBeNull();
    expect((await change({ givenName: 'Ada' })).name).toMatchObject({ givenName: 'Ada', familyName: null });
    expect((await change(null)).name).toBeNull();
  });

  test('a no-op changes neither the version nor the log', async () => {
    const id = await harness.createUser({ userName: 'still', title: 'T' });
    const before = (await events()).length;
    expect((await harness.mutate('updateUser', { id, title: 'T' }, USER)).user.version).toBe(1);
    expect((await harness.mutate('reactivateUser', { id }, USER)).user.version).toBe(1);
    expect((await harness.mutate('updateUser', { id }, USER)).user.version).toBe(1);
    expect((await events()).length).toBe(before);
  });

  test('deactivating, reactivating and deleting write their events', async () => {
    const id = await harness.createUser({ userName: 'leaver' });
    const before = (await events()).length;
    expect((await harness.mutate('deactivateUser', { id }, USER)).user).toMatchObject({ active: false, version: 2 });
    expect((await harness.mutate('reactivateUser', { id }, USER)).user).toMatchObject({ active: true, version: 3 });
    const deleted = await harness.mutate('deleteUser', { id, expectedVersion: 3 }, 'deletedUserId');
    expect(deleted).toEqual({ deletedUserId: id, errors: [] });
    expect((await events()).slice(before).map(({ type }) => type)).toEqual([
      'USER_DEPROVISIONED',
      'USER_REACTIVATED',
      'USER_DEPROVISIONED',
    ]);
    expect(codes(await harness.mutate('deleteUser', { id }, 'deletedUserId'))).toEqual([['NOT_FOUND', null]]);
  });

  test('are rejected with payload errors and have no effect', async () => {
    const id = await harness.createUser({ userName: 'refused' });
    await harness.createUser({ userName: 'Taken' });
    const before = (await events()).length;
    const update = async (input: object): Promise<unknown> =>
      codes(await harness.mutate('updateUser', { id, ...input }));
    expect(await update({ userName: 'TAKEN' })).toEqual([['ALREADY_EXISTS', ['userName']]]);
    expect(await update({ userName: null })).toEqual([['REQUIRED', ['userName']]]);
    expect(await update({ userName: '' })).toEqual([['REQUIRED', ['userName']]]);
    expect(await update({ active: null })).toEqual([['INVALID_VALUE', ['active']]]);
    expect(await update({ title: 'a\0b' })).toEqual([['INVALID_VALUE', ['title']]]);
    expect(await update({ x509Certificates: [{ value: '***' }] })).toEqual([
      ['INVALID_VALUE', ['x509Certificates', 'value']],
    ]);
    expect(await update({ emails: Array.from({ length: 1_001 }, () => ({ value: 'x' })) })).toEqual([
      ['TOO_MANY', ['emails']],
    ]);
    expect(await update({ managerId: newId() })).toEqual([['INVALID_REFERENCE', ['manager']]]);
    expect(await update({ managerId: 'nobody' })).toEqual([['INVALID_REFERENCE', ['manager']]]);
    expect(await update({ expectedVersion: 9, title: 'x' })).toEqual([['VERSION_CONFLICT', null]]);
    expect(await update({ extensions: { 'urn:none': { a: 1 } } })).toEqual([['UNKNOWN_SCHEMA', ['extensions']]]);
    expect(await update({ extensions: { userName: 'sneaky' } })).toEqual([['UNKNOWN_SCHEMA', ['extensions']]]);
    expect(await update({ extensions: [] })).toEqual([['INVALID_VALUE', ['extensions']]]);
    const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
    expect(await update({ extensions: { [enterprise]: { department: 'x' } } })).toEqual([
      ['INVALID_VALUE', ['extensions']],
    ]);
    expect(await update({ title: 'good', userName: 'taken' })).toEqual([['ALREADY_EXISTS', ['userName']]]);
    for (const name of ['updateUser', 'deactivateUser', 'reactivateUser', 'deleteUser']) {
      expect(codes(await harness.mutate(name, { id: 'no-uuid' }))).toEqual([['NOT_FOUND', null]]);
      expect(codes(await harness.mutate(name, { id: newId() }))).toEqual([['NOT_FOUND', null]]);
    }
    expect(codes(await harness.mutate('createUser', { userName: 'tAKEN' }))).toEqual([
      ['ALREADY_EXISTS', ['userName']],
    ]);
    expect(codes(await harness.mutate('createUser', { userName: '' }))).toEqual([['REQUIRED', ['userName']]]);
    expect((await events()).length).toBe(before);
  });

  test('accept 2,000 bytes in an indexed attribute, as the schema says, and 100,000 characters in another', async () => {
    const id = await harness.createUser({ userName: 'long' });
    const group = await harness.createGroup('Long');
    const message = (name: string): string => `${name} must be at most 2000 bytes long in UTF-8 because it is indexed`;
    const update = async (mutation: string, input: object): Promise<string[]> =>
      (await harness.mutate(mutation, input)).errors.map((error: Wire) => error.message);
    // Two bytes each.
    for (const [letters, fits] of [
      [1_000, true],
      [1_001, false],
    ] as const) {
      const text = 'é'.repeat(letters);
      for (const name of ['userName', 'displayName', 'externalId', 'employeeNumber']) {
        expect(await update('updateUser', { id, [name]: text })).toEqual(fits ? [] : [message(name)]);
      }
      const emails = [{ value: text }];
      expect(await update('updateUser', { id, emails })).toEqual(fits ? [] : [message('emails.value')]);
      for (const name of ['displayName', 'externalId']) {
        expect(await update('updateGroup', { id: group, [name]: text })).toEqual(fits ? [] : [message(name)]);
      }
    }
    expect(await update('updateUser', { id, title: 'é'.repeat(100_000), nickName: 'x'.repeat(100_000) })).toEqual([]);

    const { types } = (await harness.query('{ schema: __schema { types { name inputFields { name description } } } }'))
      .schema;
    for (const [input, names] of [
      [/^(Create|Update)UserInput$/, ['userName', 'displayName', 'externalId', 'employeeNumber', 'emails']],
      [/^(Create|Update)GroupInput$/, ['displayName', 'externalId']],
    ] as const) {
      const inputs = types.filter(({ name }: Wire) => input.test(name));
      expect(inputs).toHaveLength(2);
      for (const { name, inputFields } of inputs) {
        const limited = inputFields.filter(({ description }: Wire) => /at most 2,000 bytes/i.test(description));
        expect([name, limited.map((field: Wire) => field.name).sort()]).toEqual([name, [...names].sort()]);
      }
    }
  });

  test('of one operation run in order, and each returns its own result', async () => {
    const user = await harness.createUser({ userName: 'member-of-one' });
    const group = await harness.createGroup('In order');
    const FIELDS = '{ group { memberCount members(first: 5) { totalCount nodes { ... on User { id } } } } }';
    const data = await harness.query(
      `mutation ($input: AddGroupMembersInput!, $out: RemoveGroupMembersInput!) {
        a: addGroupMembers(input: $input) ${FIELDS} b: removeGroupMembers(input: $out) ${FIELDS}
      }`,
      { input: { groupId: group, memberIds: [user] }, out: { groupId: group, memberIds: [user] } },
    );
    expect(data.a.group).toEqual({ memberCount: 1, members: { totalCount: 1, nodes: [{ id: user }] } });
    expect(data.b.group).toEqual({ memberCount: 0, members: { totalCount: 0, nodes: [] } });
  });
});

describe('group mutations', () => {
  const GROUP = 'group { id displayName externalId memberCount version }';

  test('create and update a group, add and remove members, and delete it', async () => {
    const user = await harness.createUser({ userName: 'g1' });
    const created = await harness.mutate('createGroup', { displayName: 'G', memberIds: [user] }, GROUP);
    const { id } = created.group;
    expect(created.group).toMatchObject({ memberCount: 1, version: 1 });
    expect((await harness.mutate('updateGroup', { id, externalId: 'x' }, GROUP)).group).toMatchObject({
      displayName: 'G',
      externalId: 'x',
      version: 2,
    });
    expect(
      (await harness.mutate('updateGroup', { id, externalId: null, displayName: 'H' }, GROUP)).group,
    ).toMatchObject({
      displayName: 'H',
      externalId: null,
    });
    expect((await harness.mutate('addGroupMembers', { groupId: id, memberIds: [user] }, GROUP)).group.version).toBe(3);
    const removed = await harness.mutate('removeGroupMembers', { groupId: id, memberIds: [user, newId(), 'x'] }, GROUP);
    expect(removed.group).toMatchObject({ memberCount: 0, version: 4 });
    const conflict = await harness.mutate('addGroupMembers', { groupId: id, memberIds: [user], expectedVersion: 3 });
    expect(codes(conflict)).toEqual([['VERSION_CONFLICT', null]]);
    expect(await harness.mutate('deleteGroup', { id }, 'deletedGroupId')).toEqual({ deletedGroupId: id, errors: [] });
    expect(codes(await harness.mutate('deleteGroup', { id }))).toEqual([['NOT_FOUND', null]]);
  });

  test('are rejected with payload errors', async () => {
    const id = await harness.createGroup('Unique');
    const inner = await harness.createGroup('Nested inside', []);
    await harness.mutate('addGroupMembers', { groupId: id, memberIds: [inner] });
    const add = async (groupId: string, memberIds: string[]): Promise<unknown> =>
      codes(await harness.mutate('addGroupMembers', { groupId, memberIds }));
    expect(await add(inner, [id])).toEqual([['MEMBERSHIP_CYCLE', ['members']]]);
    expect(await add(id, [newId()])).toEqual([['INVALID_REFERENCE', ['members']]]);
    expect(await add(id, ['x'])).toEqual([['INVALID_REFERENCE', ['members']]]);
    expect(await add('x', [])).toEqual([['NOT_FOUND', null]]);
    expect(
      await add(
        id,
        Array.from({ length: 10_001 }, () => 'x'),
      ),
    ).toEqual([['TOO_MANY', ['memberIds']]]);
    expect(codes(await harness.mutate('createGroup', { displayName: 'UNIQUE' }))).toEqual([
      ['ALREADY_EXISTS', ['displayName']],
    ]);
    expect(codes(await harness.mutate('createGroup', { displayName: '' }))).toEqual([['REQUIRED', ['displayName']]]);
    expect(codes(await harness.mutate('updateGroup', { id, displayName: null }))).toEqual([
      ['REQUIRED', ['displayName']],
    ]);
    expect(codes(await harness.mutate('updateGroup', { id: 'x', displayName: 'y' }))).toEqual([['NOT_FOUND', null]]);
  });
});

describe('directory and token mutations', () => {
  test('an admin creates, renames and deletes a directory and its tokens', async () => {
    const { adminToken } = harness.server;
    const slug = 'made-by-mutation';
    const made = await harness.mutate(
      'createDirectory',
      { slug, name: 'Made' },
      'directory { id slug name scimUrl }',
      adminToken,
    );
    expect(made).toMatchObject({
      directory: { slug, name: 'Made', scimUrl: `${harness.url}/scim/v2/${slug}` },
      errors: [],
    });
    const admin = (name: string, input: object, selection = ''): Promise<Wire> =>
      harness.mutate(name, input, selection, adminToken);
    expect(codes(await admin('createDirectory', { slug }))).toEqual([['ALREADY_EXISTS', ['slug']]]);
    expect(codes(await admin('createDirectory', { slug: 'No Slug' }))).toEqual([['INVALID_VALUE', ['slug']]]);
    expect(
      (await admin('updateDirectory', { directory: slug, name: 'Renamed' }, 'directory { name }')).directory,
    ).toEqual({
      name: 'Renamed',
    });

    const TOKEN = 'secret token { id name kind scopes prefix expiresAt revokedAt }';
    const { secret, token } = await admin('createToken', { directory: slug, kind: 'GRAPHQL', name: 'n' }, TOKEN);
    expect(secret).toMatch(/^ptc_gql_/);
    expect(token).toMatchObject({
      name: 'n',
      kind: 'GRAPHQL',
      scopes: ['directory:read', 'events:read'],
      expiresAt: null,
    });
    expect((await harness.query('{ directory { slug } }', {}, secret)).directory).toEqual({ slug });
    expect(codes(await admin('createToken', { kind: 'SCIM' }))).toEqual([['REQUIRED', ['directory']]]);
    expect(codes(await admin('createToken', { kind: 'ADMIN', directory: slug }))).toEqual([
      ['INVALID_VALUE', ['directory']],
    ]);
    expect(codes(await admin('createToken', { kind: 'GRAPHQL', directory: slug, scopes: ['all'] }))).toEqual([
      ['INVALID_VALUE', ['scopes']],
    ]);
    expect(codes(await admin('createToken', { kind: 'GRAPHQL', directory: 'nowhere' }))).toEqual([
      ['NOT_FOUND', ['directory']],
    ]);
    const expiresAt = '2999-01-01T00:00:00.000Z';
    const scim = await admin('createToken', { kind: 'SCIM', directory: slug, expiresAt }, TOKEN);
    expect(scim.token).toMatchObject({ kind: 'SCIM', scopes: [], expiresAt });

    const revoked = await admin('revokeToken', { id: token.id }, 'token { id revokedAt }');
    expect(revoked.token.revokedAt).not.toBeNull();
    expect(codes(await admin('revokeToken', { id: 'x' }))).toEqual([['NOT_FOUND', null]]);
    const { deletedDirectoryId } = await admin('deleteDirectory', { directory: slug }, 'deletedDirectoryId');
    expect(deletedDirectoryId).toBe(made.directory.id);
    expect(codes(await admin('deleteDirectory', { directory: slug }))).toEqual([['NOT_FOUND', ['directory']]]);
  });
});
