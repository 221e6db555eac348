import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { pruneKeys } from '../../src/domain/idempotency/idempotency.js';
import { newId } from '../../src/domain/kernel/id.js';
import { resetClock, setClock } from '../support/clock.js';
import type { Wire } from '../support/scim-client.js';
import { Harness } from './harness.js';

let harness: Harness;

beforeAll(async () => {
  harness = await Harness.start();
});

afterAll(() => harness.stop());
afterEach(resetClock);

const USER = 'user { id userName title active version }';
const DAY = 24 * 60 * 60 * 1000;

async function eventCount(): Promise<number> {
  const { directory } = await harness.query('{ directory { events(first: 100) { nodes { id } } } }');
  return directory.events.nodes.length;
}

function codes(payload: Wire): Array<[string, string[] | null]> {
  return payload.errors.map(({ code, path }: Wire) => [code, path]);
}

/** Makes all keys older. */
async function age(milliseconds: number): Promise<void> {
  const text = `update idempotency_keys set created_at = created_at - interval '${milliseconds} milliseconds'`;
  await harness.server.database.pool.query(text);
}

async function keyCount(): Promise<number> {
  const { rows } = await harness.server.database.pool.query('select 1 from idempotency_keys');
  return rows.length;
}

describe('a mutation with an idempotency key', () => {
  test('has no effect when it is repeated, and returns the current state of the object', async () => {
    const input = { userName: 'once', title: 'Engineer', idempotencyKey: newId() };
    const { user } = await harness.mutate('createUser', input, USER);
    await harness.mutate('updateUser', { id: user.id, title: 'Boss' });
    const before = await eventCount();
    const again = await harness.mutate('createUser', input, USER);
    expect(again).toEqual({ user: { ...user, title: 'Boss', version: 2 }, errors: [] });
    expect(await eventCount()).toBe(before);
  });

  test('is executed once when it is sent twenty times concurrently', async () => {
    const input = { userName: 'crowd', idempotencyKey: newId() };
    const before = await eventCount();
    const answers = await Promise.all(Array.from({ length: 20 }, () => harness.mutate('createUser', input, USER)));
    expect(new Set(answers.map(({ user }) => user.id)).size).toBe(1);
    expect(answers.flatMap(({ errors }) => errors)).toEqual([]);
    expect(await eventCount()).toBe(before + 1);
  });

  test('can be repeated with its expectedVersion without a conflict', async () => {
    const id = await harness.createUser({ userName: 'versioned' });
    const input = { id, title: 'T', expectedVersion: 1, idempotencyKey: newId() };
    expect((await harness.mutate('updateUser', input, USER)).user.version).toBe(2);
    expect(await harness.mutate('updateUser', input, USER)).toMatchObject({ user: { version: 2 }, errors: [] });
  });

  test('is remembered even if it changed nothing', async () => {
    const id = await harness.createUser({ userName: 'back', active: false });
    const input = { id, idempotencyKey: newId() };
    await harness.mutate('deactivateUser', input);
    await harness.mutate('reactivateUser', { id });
    expect((await harness.mutate('deactivateUser', input, USER)).user.active).toBe(true);
  });

  test('that was rejected can be sent again', async () => {
    const other = await harness.createUser({ userName: 'wanted' });
    const input = { userName: 'Wanted', idempotencyKey: newId() };
    expect(codes(await harness.mutate('createUser', input))).toEqual([['ALREADY_EXISTS', ['userName']]]);
    await harness.mutate('deleteUser', { id: other });
    expect((await harness.mutate('createUser', input, USER)).user.userName).toBe('Wanted');
  });

  test('that deletes a user returns the deleted id again', async () => {
    const id = await harness.createUser({ userName: 'gone' });
    const input = { id, idempotencyKey: newId() };
    const selection = `deletedUserId ${USER}`;
    expect((await harness.mutate('deleteUser', input, selection)).user.userName).toBe('gone');
    expect(await harness.mutate('deleteUser', input, selection)).toEqual({
      deletedUserId: id,
      user: null,
      errors: [],
    });
  });

  test('of members or groups is executed once, whatever has changed since', async () => {
    const member = await harness.createUser({ userName: 'member' });
    const groupId = await harness.createGroup('Once', []);
    const input = { groupId, memberIds: [member], idempotencyKey: newId() };
    expect((await harness.mutate('addGroupMembers', input, 'group { memberCount }')).group.memberCount).toBe(1);
    const removal = { ...input, idempotencyKey: newId() };
    expect((await harness.mutate('removeGroupMembers', removal, 'group { memberCount }')).group.memberCount).toBe(0);
    expect((await harness.mutate('addGroupMembers', input, 'group { memberCount }')).group.memberCount).toBe(0);
    const group = { displayName: 'Keyed', memberIds: [member], idempotencyKey: newId() };
    const first = await harness.mutate('createGroup', group, 'group { id }');
    expect(await harness.mutate('createGroup', group, 'group { id }')).toEqual(first);
    const change = { id: groupId, displayName: 'Twice', idempotencyKey: newId() };
    expect((await harness.mutate('updateGroup', change, 'group { version }')).group).toEqual(
      (await harness.mutate('updateGroup', change, 'group { version }')).group,
    );
    const end = { id: groupId, idempotencyKey: newId() };
    await harness.mutate('deleteGroup', end);
    expect(await harness.mutate('deleteGroup', end, 'deletedGroupId')).toEqual({ deletedGroupId: groupId, errors: [] });
  });
});

describe('an idempotency key', () => {
  test('is rejected with another input or another mutation, without effect', async () => {
    const idempotencyKey = newId();
    const { user } = await harness.mutate('createUser', { userName: 'first', idempotencyKey }, USER);
    const before = await eventCount();
    const refused = [['IDEMPOTENCY_KEY_REUSED', ['idempotencyKey']]];
    expect(codes(await harness.mutate('createUser', { userName: 'second', idempotencyKey }))).toEqual(refused);
    expect(codes(await harness.mutate('deactivateUser', { id: user.id, idempotencyKey }))).toEqual(refused);
    expect(codes(await harness.mutate('deleteUser', { id: user.id, idempotencyKey }))).toEqual(refused);
    expect(await eventCount()).toBe(before);
  });

  test('belongs to its token', async () => {
    const { directory } = harness;
    const other = await harness.server.createToken({ directory, kind: 'graphql', scopes: ['directory:write'] });
    const idempotencyKey = newId();
    await harness.mutate('createUser', { userName: 'mine', idempotencyKey });
    const payload = await harness.mutate('createUser', { userName: 'theirs', idempotencyKey }, '', other.secret);
    expect(payload.errors).toEqual([]);
  });

  test('of an admin is unique across directories', async () => {
    const another = await harness.server.createDirectory();
    const idempotencyKey = newId();
    const input = { userName: 'everywhere', idempotencyKey };
    const send = (directory: string): Promise<Wire> =>
      harness.mutate('createUser', { ...input, directory }, '', harness.server.adminToken);
    expect((await send(harness.directory.slug)).errors).toEqual([]);
    expect(codes(await send(another.slug))).toEqual([['IDEMPOTENCY_KEY_REUSED', ['idempotencyKey']]]);
  });

  test('expires after 24 hours', async () => {
    const idempotencyKey = newId();
    await harness.mutate('createUser', { userName: 'yesterday', idempotencyKey });
    await age(DAY - 60_000);
    const next = { userName: 'today', idempotencyKey };
    expect(codes(await harness.mutate('createUser', next))[0]?.[0]).toBe('IDEMPOTENCY_KEY_REUSED');
    await age(60_000);
    const { user, errors } = await harness.mutate('createUser', next, USER);
    expect([user.userName, errors]).toEqual(['today', []]);
    expect((await harness.mutate('createUser', next, USER)).user).toEqual(user);
  });

  test('expires by the clock of the database', async () => {
    const input = { userName: 'early', idempotencyKey: newId() };
    const { user } = await harness.mutate('createUser', input, USER);
    setClock(2 * DAY);
    expect(await harness.mutate('createUser', input, USER)).toEqual({ user, errors: [] });
    resetClock();
    expect(await harness.mutate('createUser', input, USER)).toEqual({ user, errors: [] });
  });

  test('is deleted after its expiry, in batches', async () => {
    const { store } = harness.server;
    await age(2 * DAY);
    const old = await keyCount();
    await harness.mutate('createUser', { userName: 'fresh', idempotencyKey: newId() });
    expect(await pruneKeys(store, 2)).toBe(2);
    expect(await pruneKeys(store, 1_000)).toBe(old - 2);
    expect(await pruneKeys(store, 1_000)).toBe(0);
    expect(await keyCount()).toBe(1);
  });

  test.each([
    ['empty', ''],
    ['longer than 255 characters', 'k'.repeat(256)],
    ['not valid text', 'a\0b'],
  ])('that is %s is rejected', async (_name, idempotencyKey) => {
    const payload = await harness.mutate('createUser', { userName: 'unkeyed', idempotencyKey });
    expect(codes(payload)).toEqual([['INVALID_VALUE', ['idempotencyKey']]]);
  });

  test('is accepted by every mutation', async () => {
    const { __schema: schema } = await harness.query(
      '{ __schema { types { name kind inputFields { name type { name } } } mutationType { fields { args { type { ofType { name } } } } } } }',
    );
    const inputs = new Map<string, Wire[]>(schema.types.map((type: Wire) => [type.name, type.inputFields]));
    for (const { args } of schema.mutationType.fields) {
      const name = args[0].type.ofType.name;
      expect([name, inputs.get(name)]).toEqual([
        name,
        expect.arrayContaining([{ name: 'idempotencyKey', type: { name: 'String' } }]),
      ]);
    }
  });
});

describe('administration with an idempotency key', () => {
  const slug = `keyed-${newId().slice(0, 8)}`;
  const URN = 'urn:ietf:params:scim:schemas:extension:keyed:2.0:User';
  const DEVICE = 'urn:example:params:scim:schemas:Device';
  const attributes = [{ name: 'badge', type: 'string', multiValued: false }];

  /** Sends a mutation twice and returns both payloads. */
  async function twice(name: string, input: object, selection: string): Promise<[Wire, Wire]> {
    const keyed = { ...input, idempotencyKey: newId() };
    const send = (): Promise<Wire> => harness.mutate(name, keyed, selection, harness.server.adminToken);
    return [await send(), await send()];
  }

  test('creates a directory, its tokens and its schemas once', async () => {
    const same = async (name: string, input: object, selection: string): Promise<Wire> => {
      const [first, second] = await twice(name, input, selection);
      expect(first.errors).toEqual([]);
      expect(second).toEqual(first);
      return first;
    };
    await same('createDirectory', { slug, name: 'Keyed' }, 'directory { id slug name }');
    await same('updateDirectory', { directory: slug, name: 'Keys' }, 'directory { id name }');
    const schema = { id: URN, name: 'Keyed', attributes };
    await same('registerSchema', { directory: slug, schema }, 'schema { urn resourceType }');
    const device = { id: DEVICE, name: 'Device', attributes };
    await same('registerSchema', { directory: slug, schema: device }, 'schema { urn }');
    const resourceType = { name: 'Device', endpoint: '/Devices', schema: DEVICE };
    await same('registerResourceType', { directory: slug, resourceType }, 'resourceType { name endpoint }');
    const token = { directory: slug, kind: 'SCIM', name: 'Entra' };
    const [created, replayed] = await twice('createToken', token, 'token { id name } secret');
    expect(created.secret).toMatch(/^ptc_scim_/);
    expect(replayed).toEqual({ ...created, secret: null });
    await same('revokeToken', { id: created.token.id }, 'token { id revokedAt }');
  });

  test('deletes them once', async () => {
    const gone = async (name: string, input: object, field: string, inner: string): Promise<void> => {
      const [first, second] = await twice(name, input, `${field} { ${inner} }`);
      expect([first.errors, first[field]]).toEqual([[], expect.anything()]);
      expect(second).toEqual({ [field]: null, errors: [] });
    };
    await gone('removeResourceType', { directory: slug, name: 'Device' }, 'resourceType', 'name');
    await gone('removeSchema', { directory: slug, urn: URN }, 'schema', 'urn');
    const [first, second] = await twice('deleteDirectory', { directory: slug }, 'deletedDirectoryId');
    expect(first.errors).toEqual([]);
    expect(second).toEqual(first);
  });

  test('that was rejected can be sent again', async () => {
    const input = { directory: harness.directory.slug, urn: URN, idempotencyKey: newId() };
    const send = (): Promise<Wire> => harness.mutate('removeSchema', input, '', harness.server.adminToken);
    expect(codes(await send())[0]?.[0]).toBe('UNKNOWN_SCHEMA');
    const schema = { id: URN, name: 'Keyed', attributes };
    const directory = harness.directory.slug;
    await harness.mutate('registerSchema', { directory, schema }, '', harness.server.adminToken);
    expect((await send()).errors).toEqual([]);
  });
});
