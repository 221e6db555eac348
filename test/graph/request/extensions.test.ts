import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ScimClient, type Wire } from '../../support/scim-client.js';
import { Harness } from '../harness.js';

const USER = 'urn:example:graph:kit:2.0:User';
const GROUP = 'urn:example:graph:team:2.0:Group';

const SCHEMA = {
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:Schema'],
  id: USER,
  name: 'Kit',
  attributes: [
    { name: 'size', type: 'string' },
    { name: 'count', type: 'integer' },
    { name: 'badge', type: 'string', uniqueness: 'server' },
    { name: 'once', type: 'string', mutability: 'immutable' },
    { name: 'secret', type: 'string', returned: 'never' },
    { name: 'bulky', type: 'string', returned: 'request' },
    { name: 'tags', type: 'string', multiValued: true },
    {
      name: 'desks',
      type: 'complex',
      multiValued: true,
      subAttributes: [{ name: 'room' }, { name: 'pin', mutability: 'writeOnly' }],
    },
    {
      name: 'locker',
      type: 'complex',
      subAttributes: [{ name: 'floor' }, { name: 'number' }, { name: 'keys', multiValued: true }],
    },
  ],
};

let harness: Harness;

const register = (input: object, token?: string) =>
  harness.mutate(
    'registerSchema',
    { directory: harness.directory.slug, ...input },
    'schema { urn name resourceType required }',
    token ?? harness.server.adminToken,
  );
const remove = (urn: string) =>
  harness.mutate(
    'removeSchema',
    { directory: harness.directory.slug, urn },
    'schema { urn }',
    harness.server.adminToken,
  );

beforeAll(async () => {
  harness = await Harness.start();
});
afterAll(() => harness.stop());

describe('registerSchema', () => {
  test('accepts a Schema resource, with the resource type from the URN or the input', async () => {
    expect(await register({ schema: SCHEMA })).toEqual({
      schema: { urn: USER, name: 'Kit', resourceType: 'User', required: false },
      errors: [],
    });
    const attributes = [{ name: 'budget', type: 'decimal' }];
    expect((await register({ schema: { id: GROUP, attributes } })).schema.resourceType).toBe('Group');
    const named = await register({ schema: { id: `${USER}:x`, attributes }, resourceType: 'group', required: true });
    expect(named.schema).toMatchObject({ resourceType: 'Group', required: true });
    expect((await remove(`${USER}:x`)).schema).toEqual({ urn: `${USER}:x` });
    // Registering the same schema again is neither a change nor an error.
    expect((await register({ schema: SCHEMA })).errors).toEqual([]);
  });

  test('fails with a code and a path', async () => {
    const codes = async (input: object) => (await register(input)).errors;
    expect(await codes({ schema: { id: USER, attributes: [{ name: 'a', type: 'text' }] } })).toMatchObject([
      { code: 'INVALID_VALUE', path: ['attributes', '0', 'type'] },
    ]);
    expect(await codes({ schema: 'x' })).toMatchObject([{ code: 'INVALID_VALUE', path: ['schema'] }]);
    expect(await codes({ schema: SCHEMA, resourceType: 'Device' })).toMatchObject([
      { code: 'INVALID_VALUE', path: ['resourceType'] },
    ]);
    const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
    expect(await codes({ schema: { ...SCHEMA, id: enterprise } })).toMatchObject([
      { code: 'INVALID_VALUE', path: ['id'] },
    ]);
    expect(await codes({ schema: SCHEMA, directory: 'nowhere' })).toMatchObject([{ code: 'NOT_FOUND' }]);
    expect((await register({ schema: SCHEMA }, harness.directory.graphqlToken)).errors).toMatchObject([
      { code: 'FORBIDDEN' },
    ]);
    expect((await remove('urn:example:nothing')).errors).toMatchObject([{ code: 'UNKNOWN_SCHEMA' }]);
  });
});

describe('extensions', () => {
  const values = { size: 'L', count: 5, tags: ['a'], desks: [{ room: 'A.1', pin: '1' }], once: 'o' };

  test('of a user are written and read, without attributes that are never returned', async () => {
    const input = { userName: 'kim', extensions: { [USER.toUpperCase()]: { ...values, secret: 's', bulky: 'b' } } };
    const { user, errors } = await harness.mutate('createUser', input, 'user { id extensions }');
    expect(errors).toEqual([]);
    const shown = { ...values, desks: [{ room: 'A.1' }] };
    expect(user.extensions).toEqual({ [USER]: shown });
    const change = (extensions: unknown) =>
      harness.mutate('updateUser', { id: user.id, extensions }, 'user { version extensions }');
    expect((await change({ [USER]: { size: null, count: 6 } })).user.extensions).toEqual({
      [USER]: { count: 6, tags: ['a'], desks: [{ room: 'A.1' }], once: 'o' },
    });
    expect((await change({ [USER]: { once: 'p' } })).errors).toMatchObject([{ code: 'IMMUTABLE', path: ['once'] }]);
    expect((await change({ [USER]: { nope: 'p' } })).errors).toMatchObject([{ code: 'INVALID_VALUE', path: [USER] }]);
    expect((await change({ 'urn:example:x': { a: 1 } })).errors).toMatchObject([{ code: 'UNKNOWN_SCHEMA' }]);
    const { directory } = await harness.query('{ directory { users(first: 9) { nodes { extensions } } } }');
    expect(directory.users.nodes).toMatchObject([{ extensions: { [USER]: { count: 6 } } }]);
    expect((await remove(USER)).errors).toMatchObject([{ code: 'SCHEMA_IN_USE', path: [USER] }]);
  });

  test('of a new user are rejected if a name is unknown or a unique value exists', async () => {
    const create = (userName: string, own: object) =>
      harness.mutate('createUser', { userName, extensions: { [USER]: own } }, 'user { id }');
    expect((await create('a', { nope: 1 })).errors).toMatchObject([{ code: 'INVALID_VALUE', path: [USER] }]);
    expect((await create('a', { count: 'many' })).errors).toMatchObject([{ code: 'INVALID_VALUE', path: ['count'] }]);
    expect((await create('a', { badge: 'B' })).errors).toEqual([]);
    expect((await create('b', { badge: 'b' })).errors).toMatchObject([
      { code: 'ALREADY_EXISTS', path: [`${USER}:badge`] },
    ]);
  });

  test('keep absent sub-attributes of a complex attribute, clear one by null, and ignore an empty object', async () => {
    const locker = { floor: '1', number: '12', keys: ['a', 'b'] };
    const id = await harness.createUser({ userName: 'locker', extensions: { [USER]: { locker } } });
    const change = async (own: unknown): Promise<unknown> => {
      const input = { id, extensions: { [USER]: own } };
      const { user } = await harness.mutate('updateUser', input, 'user { version extensions }');
      return [user.version, user.extensions[USER]?.locker];
    };
    expect(await change({ locker: {} })).toEqual([1, locker]);
    expect(await change({})).toEqual([1, locker]);
    expect(await change({ locker: { number: '13' } })).toEqual([2, { ...locker, number: '13' }]);
    expect(await change({ locker: { floor: null, keys: ['c'] } })).toEqual([3, { number: '13', keys: ['c'] }]);
    expect(await change({ locker: null })).toEqual([4, undefined]);
  });

  test('of a user and of a group are cleared by null, unless an attribute is required or immutable', async () => {
    const [other, strict, team] = [`${USER}:other`, `${USER}:strict`, 'urn:example:graph:squad:2.0:Group'];
    const attributes = [{ name: 'note' }];
    await register({ schema: { id: other, attributes }, resourceType: 'User' });
    await register({ schema: { id: team, attributes } });
    const kit = { size: 'S', secret: 's', tags: ['a'] };
    const extensions = { [USER]: kit, [other]: { note: 'n' } };
    const input = { userName: 'bare', employeeNumber: '7', extensions };
    const { user } = await harness.mutate('createUser', input, 'user { id }');
    const clear = (id: string): Promise<Wire> =>
      harness.mutate('updateUser', { id, extensions: null }, 'user { version employeeNumber extensions }');
    const cleared = { version: 2, employeeNumber: '7', extensions: {} };
    expect(await clear(user.id)).toEqual({ user: cleared, errors: [] });
    expect(await clear(user.id)).toEqual({ user: cleared, errors: [] });
    expect((await harness.mutate('updateUser', { id: user.id, title: 'T' }, 'user { version }')).user.version).toBe(3);

    const once = await harness.createUser({ userName: 'once', extensions: { [USER]: { once: 'o' } } });
    expect((await clear(once)).errors).toMatchObject([{ code: 'IMMUTABLE', path: ['once'] }]);

    await register({ schema: { id: strict, attributes }, resourceType: 'User', required: true });
    const bound = { userName: 'bound', extensions: { [strict]: { note: 'n' } } };
    const { user: holder } = await harness.mutate('createUser', bound, 'user { id }');
    expect((await clear(holder.id)).errors).toMatchObject([{ code: 'REQUIRED', path: [strict] }]);
    expect((await harness.mutate('createUser', { userName: 'none', extensions: null })).errors).toMatchObject([
      { code: 'REQUIRED', path: [strict] },
    ]);
    await harness.mutate('deleteUser', { id: holder.id });
    await remove(strict);

    const group = await harness.mutate(
      'createGroup',
      { displayName: 'Squad', extensions: { [team]: { note: 'n' } } },
      'group { id }',
    );
    const emptied = { id: group.group.id, extensions: null };
    expect(await harness.mutate('updateGroup', emptied, 'group { version extensions }')).toEqual({
      group: { version: 2, extensions: {} },
      errors: [],
    });
  });

  test('of a group are written, read and cleared', async () => {
    const input = { displayName: 'Team', extensions: { [GROUP]: { budget: 1.5 } } };
    const { group } = await harness.mutate('createGroup', input, 'group { id extensions }');
    expect(group.extensions).toEqual({ [GROUP]: { budget: 1.5 } });
    const cleared = await harness.mutate(
      'updateGroup',
      { id: group.id, extensions: { [GROUP]: null } },
      'group { extensions }',
    );
    expect(cleared.group.extensions).toEqual({});
    expect((await remove(GROUP)).errors).toEqual([]);
  });
});

test('registerResourceType and removeResourceType, for admins', async () => {
  const { slug, scimUrl, scimToken } = harness.directory;
  const schema = { id: 'urn:example:graph:device', attributes: [{ name: 'serial' }] };
  await register({ schema });
  const call = (name: string, input: object, token = harness.server.adminToken) =>
    harness.mutate(name, { directory: slug, ...input }, 'resourceType { name endpoint schema }', token);
  const resourceType = { name: 'Device', endpoint: '/Devices', schema: schema.id };
  const forbidden = await call('registerResourceType', { resourceType }, harness.directory.graphqlToken);
  expect(forbidden.errors).toMatchObject([{ code: 'FORBIDDEN' }]);
  expect(await call('registerResourceType', { resourceType })).toEqual({ resourceType, errors: [] });
  const client = new ScimClient(scimUrl, scimToken);
  const { status, body } = await client.post('/Devices', { serial: 'S' });
  expect(status).toBe(201);
  expect((await call('removeResourceType', { name: 'Device' })).errors).toMatchObject([{ code: 'SCHEMA_IN_USE' }]);
  await client.delete(`/Devices/${body.id}`);
  expect((await call('removeResourceType', { name: 'Device' })).resourceType).toEqual(resourceType);
  const unknown = { resourceType: { ...resourceType, schema: 'urn:example:none' } };
  expect((await call('registerResourceType', unknown)).errors).toMatchObject([
    { code: 'UNKNOWN_SCHEMA', path: ['schema'] },
  ]);
});
