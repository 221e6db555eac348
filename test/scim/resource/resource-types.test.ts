import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { JsonObject } from '../../../src/domain/kernel/json.js';
import {
  importSchemas,
  registerResourceType,
  removeResourceType,
} from '../../../src/domain/schema-registry/resource-type-commands.js';
import { registerSchema, removeSchema } from '../../../src/domain/schema-registry/schema-commands.js';
import { ScimClient, type Wire } from '../../support/scim-client.js';
import { startTestServer, type TestDirectory, type TestServer } from '../../support/server.js';

const DEVICE = 'urn:example:scim:device:2.0:Device';
const LEASE = 'urn:example:scim:lease:2.0:Device';

const SCHEMAS = [
  {
    schema: {
      id: DEVICE,
      name: 'Device',
      attributes: [
        { name: 'id', type: 'string', mutability: 'readOnly' },
        { name: 'serial', required: true, uniqueness: 'server', caseExact: true },
        { name: 'label' },
        { name: 'cores', type: 'integer' },
        { name: 'maker', mutability: 'immutable' },
        { name: 'pin', mutability: 'writeOnly' },
        { name: 'tags', multiValued: true },
        {
          name: 'ports',
          type: 'complex',
          multiValued: true,
          subAttributes: [{ name: 'value' }, { name: 'type' }, { name: 'primary', type: 'boolean' }],
        },
      ],
    },
  },
  {
    schema: {
      id: LEASE,
      attributes: [
        { name: 'until', type: 'dateTime', required: true },
        { name: 'rate', type: 'decimal' },
      ],
    },
  },
];

const TYPE = {
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:ResourceType'],
  id: 'Device',
  name: 'Device',
  endpoint: '/Devices',
  description: 'Computers and phones',
  schema: DEVICE,
  schemaExtensions: [{ schema: LEASE, required: true }],
};

const VALUES = {
  externalId: 'inv-1',
  label: 'Größe',
  cores: 8,
  maker: 'Acme',
  tags: ['red'],
  ports: [{ value: 'p1', type: 'usb', primary: true }],
  [LEASE]: { until: '2027-01-01T00:00:00Z', rate: 1.5 },
};

let server: TestServer;
let directory: TestDirectory;
let client: ScimClient;

beforeAll(async () => {
  server = await startTestServer();
  directory = await server.createDirectory();
  client = new ScimClient(directory.scimUrl, directory.scimToken);
  await importSchemas(server.store, directory.id, SCHEMAS, [TYPE]);
});
afterAll(() => server.stop());

let devices = 0;

async function createDevice(more: object = {}): Promise<Wire> {
  const { status, body } = await client.post('/Devices', { serial: `S-${++devices}`, ...VALUES, ...more });
  expect({ status, body }).toMatchObject({ status: 201 });
  return body;
}

const idsOf = async (query: Record<string, string | number>): Promise<string[]> => {
  const { status, body } = await client.get('/Devices', query);
  expect({ query, status, detail: body.detail }).toMatchObject({ status: 200 });
  return (body.Resources as Wire[]).map(({ id }) => id);
};

describe('a custom resource type', () => {
  test('is listed with its schemas in its own directory only', async () => {
    const { body } = await client.get('/ResourceTypes/Device');
    expect(body).toMatchObject({
      id: 'Device',
      name: 'Device',
      endpoint: '/Devices',
      description: 'Computers and phones',
      schema: DEVICE,
      schemaExtensions: [{ schema: LEASE, required: true }],
    });
    const { body: types } = await client.get('/ResourceTypes');
    expect((types.Resources as Wire[]).map(({ name }) => name)).toEqual(['User', 'Group', 'Device']);
    expect((await client.get(`/Schemas/${DEVICE}`)).body.name).toBe('Device');
    const { body: user } = await client.get('/ResourceTypes/User');
    expect(user.schemaExtensions).toHaveLength(1);
    const other = await server.createDirectory();
    const stranger = new ScimClient(other.scimUrl, other.scimToken);
    expect((await stranger.get('/Devices')).status).toBe(404);
  });

  test('has resources that can be created, read, replaced and deleted', async () => {
    const created = await client.post('/Devices', { serial: 'Crud', ...VALUES });
    const { id, meta, schemas, ...attributes } = created.body;
    expect([created.status, attributes, schemas]).toEqual([201, { serial: 'Crud', ...VALUES }, [DEVICE, LEASE]]);
    expect(meta).toMatchObject({
      resourceType: 'Device',
      location: `${directory.scimUrl}/Devices/${id}`,
      version: 'W/"1"',
    });
    expect([created.headers.location, created.headers.etag]).toEqual([meta.location, 'W/"1"']);
    expect((await client.get(`/devices/${id}`)).body).toEqual(created.body);
    expect((await client.send('GET', `/Devices/${id}`, { headers: { 'if-none-match': 'W/"1"' } })).status).toBe(304);
    const same = await client.put(`/Devices/${id}`, { serial: 'Crud', ...VALUES });
    expect([same.status, same.body.meta.version]).toEqual([200, 'W/"1"']);
    const put = await client.put(`/Devices/${id}`, { serial: 'Crud', cores: '4', [LEASE]: VALUES[LEASE] });
    expect(put.body).toMatchObject({ cores: 4, maker: 'Acme', meta: { version: 'W/"2"' } });
    expect([put.body.label, put.body.externalId]).toEqual([undefined, undefined]);
    const stale = await client.send('DELETE', `/Devices/${id}`, { headers: { 'if-match': 'W/"1"' } });
    expect(stale.status).toBe(412);
    expect((await client.delete(`/Devices/${id}`)).status).toBe(204);
    for (const gone of [
      await client.get(`/Devices/${id}`),
      await client.delete(`/Devices/${id}`),
      await client.get('/Devices/x'),
    ]) {
      expect(gone.status).toBe(404);
    }
    expect((await client.send('PUT', '/Devices')).status).toBe(405);
  });

  test('supports filters, sorting, pagination and projection', async () => {
    const { id } = await createDevice({ label: 'Zebra', cores: 10 });
    const other = await createDevice({ label: 'apple', cores: 9, externalId: 'inv-2' });
    for (const filter of [
      'label eq "ZEBRA"',
      'label sw "zeb" and cores gt 9',
      'externalId eq "inv-1" and label co "br"',
      `${LEASE}:rate lt 2 and label ew "a"`,
      `${LEASE}:until gt "2026-01-01T00:00:00Z" and label eq "zebra"`,
      'ports[type eq "usb" and primary eq true] and label eq "zebra"',
      'tags eq "RED" and cores eq "10"',
      `id eq "${id}" and meta.resourceType eq "Device" and meta.version eq "W/\\"1\\"" and meta.created gt "2020-01-01T00:00:00Z"`,
      `${DEVICE}:label eq "zebra"`,
      'not (label eq "apple") and serial pr and label eq "zebra"',
    ]) {
      expect({ filter, ids: await idsOf({ filter }) }).toEqual({ filter, ids: [id] });
    }
    expect((await client.get('/Devices', { filter: 'pin sw "1"' })).body.scimType).toBe('invalidFilter');
    expect(await idsOf({ sortBy: 'label' })).toEqual([other.id, id]);
    expect(await idsOf({ sortBy: 'cores', sortOrder: 'descending' })).toEqual([id, other.id]);
    expect(await idsOf({ startIndex: 2, count: 1 })).toEqual([other.id]);
    const { body } = await client.get('/Devices', { count: 0 });
    expect([body.totalResults, body.Resources]).toEqual([2, []]);
    expect((await client.get('/Devices', { startIndex: 9 })).body.totalResults).toBe(2);
    const { body: part } = await client.get(`/Devices/${id}`, { attributes: `cores,${LEASE}:rate` });
    expect(part).toEqual({ schemas: [DEVICE, LEASE], id, cores: 10, [LEASE]: { rate: 1.5 } });
    const search = await client.post('/Devices/.search', { filter: 'cores eq 9', attributes: ['label'] });
    expect(search.body.Resources).toEqual([{ schemas: [DEVICE, LEASE], id: other.id, label: 'apple' }]);
    for (const one of [id, other.id]) await client.delete(`/Devices/${one}`);
  });

  test('is included in the query over all resource types', async () => {
    const { id } = await createDevice({ externalId: 'everywhere', label: 'm' });
    const { body: user } = await client.post('/Users', { userName: 'kim', externalId: 'everywhere' });
    const { body } = await client.get('/', { filter: 'externalId eq "everywhere"' });
    expect((body.Resources as Wire[]).map((one) => [one.id, one.meta.resourceType])).toEqual([
      [id, 'Device'],
      [user.id, 'User'],
    ]);
    const found = await client.get('/', { filter: 'label eq "m"', sortBy: 'label', attributes: 'label' });
    expect(found.body.Resources).toEqual([{ schemas: [DEVICE, LEASE], id, label: 'm' }]);
    await client.delete(`/Devices/${id}`);
  });

  test('can be patched in both dialects', async () => {
    const { id } = await createDevice();
    const first = await client.patch(
      `/Devices/${id}`,
      { op: 'Replace', path: 'cores', value: '16' },
      { op: 'Add', path: 'tags', value: [{ value: 'blue' }] },
      { op: 'Replace', path: 'ports[type eq "lan"].value', value: 'p2' },
      { op: 'replace', path: `${LEASE}:rate`, value: '2.5' },
    );
    expect(first.body).toMatchObject({
      cores: 16,
      tags: ['red', 'blue'],
      [LEASE]: { rate: 2.5 },
      meta: { version: 'W/"2"' },
    });
    expect(first.body.ports).toEqual([...VALUES.ports, { type: 'lan', value: 'p2' }]);
    const second = await client.patch(`/Devices/${id}`, {
      op: 'replace',
      value: { label: 'x', [`${DEVICE}:cores`]: 1, [`${LEASE}:rate`]: 3, externalId: 'inv-3', id: 'ignored' },
    });
    expect(second.body).toMatchObject({ id, label: 'x', cores: 1, externalId: 'inv-3', [LEASE]: { rate: 3 } });
    const again = await client.patch(`/Devices/${id}`, { op: 'replace', path: 'label', value: 'x' });
    expect(again.body.meta.version).toBe('W/"3"');
    expect((await client.patch(`/Devices/${id}`)).body.meta.version).toBe('W/"3"');
    for (const [operation, scimType] of [
      [{ op: 'replace', path: 'maker', value: 'Other' }, 'mutability'],
      [{ op: 'remove', path: 'serial' }, 'mutability'],
      [{ op: 'remove', path: LEASE }, 'mutability'],
      [{ op: 'replace', path: 'id', value: 'x' }, 'mutability'],
      [{ op: 'replace', path: 'userName', value: 'x' }, 'invalidPath'],
      [{ op: 'replace', path: 'cores', value: 'many' }, 'invalidValue'],
    ] as const) {
      const { status, body } = await client.patch(`/Devices/${id}`, operation);
      expect([operation, status, body.scimType]).toEqual([operation, 400, scimType]);
    }
    await client.delete(`/Devices/${id}`);
  });

  test('enforces required, unique and hidden attributes', async () => {
    const missing = await client.post('/Devices', { ...VALUES });
    expect([missing.status, missing.body.detail]).toEqual([400, 'serial is required']);
    const bare = await client.post('/Devices', { serial: 'x' });
    expect([bare.status, bare.body.detail]).toEqual([400, `The extension ${LEASE} is required`]);
    const { id, pin } = await createDevice({ serial: 'Unique', pin: '1234' });
    expect(pin).toBeUndefined();
    const taken = await client.post('/Devices', { ...VALUES, serial: 'Unique' });
    expect([taken.status, taken.body.scimType]).toEqual([409, 'uniqueness']);
    expect((await client.post('/Devices', { ...VALUES, serial: 'UNIQUE' })).status).toBe(201);
    await client.delete(`/Devices/${id}`);
    expect((await client.post('/Devices', { ...VALUES, serial: 'Unique' })).status).toBe(201);
    const unknown = await client.post('/Devices', { ...VALUES, serial: 'y', 'urn:example:none': { a: 1 } });
    expect([unknown.status, unknown.body.detail]).toEqual([400, expect.stringContaining('urn:example:none')]);
  });

  test('supports cursor pagination, on its own and in the query over all resource types (RFC 9865)', async () => {
    const label = 'paged';
    for (const cores of [3, 1, 2]) await createDevice({ label, cores });
    for (const [path, sortBy] of [
      ['/Devices', 'cores'],
      ['/Devices', 'id'],
      ['/', 'externalId'],
    ] as const) {
      const query = { filter: `label eq "${label}"`, sortBy, count: 2 };
      const first = await client.get(path, { ...query, cursor: '' });
      expect({ path, status: first.status, body: first.body }).toMatchObject({ status: 200 });
      expect(first.body).toMatchObject({ totalResults: 3, itemsPerPage: 2 });
      const second = await client.get(path, { ...query, cursor: first.body.nextCursor });
      expect(second.body).not.toHaveProperty('nextCursor');
      const found: Wire[] = [...first.body.Resources, ...second.body.Resources];
      expect(new Set(found.map(({ id }) => id)).size).toBe(3);
      if (sortBy === 'cores') expect(found.map(({ cores }) => cores)).toEqual([1, 2, 3]);
    }
  });

  test('can be used in a bulk request, also with a bulkId of a later operation', async () => {
    const { status, body } = await client.post('/Bulk', {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
      Operations: [
        {
          method: 'PATCH',
          path: '/Devices/bulkId:phone',
          data: { Operations: [{ op: 'replace', path: 'label', value: 'Renamed' }] },
        },
        { method: 'POST', path: '/Devices', bulkId: 'phone', data: { ...VALUES, serial: 'bulk' } },
        { method: 'POST', path: '/Widgets', bulkId: 'none', data: {} },
      ],
    });
    expect(status).toBe(200);
    const [patched, created, unknown] = body.Operations as Wire[];
    expect([patched.status, created.status, unknown.status]).toEqual(['200', '201', '404']);
    const id = String(created.location).split('/').at(-1) ?? '';
    expect((await client.get(`/Devices/${id}`)).body).toMatchObject({ serial: 'bulk', label: 'Renamed' });
  });

  test('writes no events', async () => {
    const { pool } = server.database;
    const { rows } = await pool.query('select type from events where directory_id = $1', [directory.id]);
    expect(rows).toEqual([{ type: 'USER_PROVISIONED' }]);
  });
});

describe('registering', () => {
  let own: TestDirectory;
  const register = (type: JsonObject) => registerResourceType(server.store, own.id, type);
  const schema = (id: string, name = 'a') =>
    registerSchema(server.store, own.id, { schema: { id, attributes: [{ name }] } });
  const remove = (name: string) => removeResourceType(server.store, own.id, name);

  beforeAll(async () => {
    own = await server.createDirectory();
    for (const id of ['urn:example:a', 'urn:example:b', 'urn:example:c']) await schema(id);
    await register({ name: 'A', endpoint: 'As', schema: 'urn:example:A' });
  });

  test.each<[string, JsonObject, string, string | undefined]>([
    ['a name with a space', { name: 'A b' }, 'INVALID_VALUE', 'name'],
    ['the name of another type', { name: 'user' }, 'INVALID_VALUE', 'name'],
    ['no endpoint', { endpoint: null }, 'INVALID_VALUE', 'endpoint'],
    ['an endpoint with two segments', { endpoint: '/a/b' }, 'INVALID_VALUE', 'endpoint'],
    ['an endpoint of the protocol', { endpoint: '/schemas' }, 'INVALID_VALUE', 'endpoint'],
    ['an endpoint that is taken', { endpoint: '/as' }, 'ALREADY_EXISTS', 'endpoint'],
    ['no schema', { schema: null }, 'INVALID_VALUE', 'schema'],
    ['an unregistered schema', { schema: 'urn:example:none' }, 'UNKNOWN_SCHEMA', 'schema'],
    ['a core schema', { schema: 'urn:ietf:params:scim:schemas:core:2.0:User' }, 'UNKNOWN_SCHEMA', 'schema'],
    ["another type's schema", { schema: 'urn:example:a' }, 'SCHEMA_IN_USE', 'schema'],
    ['extensions that are no list', { schemaExtensions: 'x' }, 'INVALID_VALUE', 'schemaExtensions'],
    ['an extension without a schema', { schemaExtensions: [{}] }, 'INVALID_VALUE', 'schemaExtensions.0.schema'],
    ['itself as extension', { schemaExtensions: [{ schema: 'urn:example:B' }] }, 'INVALID_VALUE', 'schemaExtensions'],
    [
      'an unregistered extension',
      { schemaExtensions: [{ schema: 'urn:x:y' }] },
      'UNKNOWN_SCHEMA',
      'schemaExtensions.0.schema',
    ],
  ])('rejects %s', async (_what, part, code, path) => {
    const type = { name: 'B', endpoint: '/Bs', schema: 'urn:example:b', ...part };
    await expect(
      register(type).then(
        () => 'registered',
        (error: unknown) => error,
      ),
    ).resolves.toMatchObject({ code, path });
  });

  test('uses schemas that are then not available to users, until the type is removed', async () => {
    const ownClient = new ScimClient(own.scimUrl, own.scimToken);
    const { body: user } = await ownClient.post('/Users', { userName: 'kim', 'urn:example:c': { a: 'x' } });
    const type = { name: 'C', endpoint: '/Cs', schema: 'urn:example:c' };
    await expect(register(type)).rejects.toMatchObject({ code: 'SCHEMA_IN_USE', path: 'schema' });
    await ownClient.delete(`/Users/${user.id}`);
    await register(type);
    await register(type);
    expect((await ownClient.post('/Users', { userName: 'kim', 'urn:example:c': { a: 'x' } })).status).toBe(400);
    const { body: resource } = await ownClient.post('/Cs', { a: 'x' });
    await expect(remove('C')).rejects.toMatchObject({ code: 'SCHEMA_IN_USE' });
    await expect(register({ ...type, endpoint: '/Others' })).rejects.toMatchObject({ code: 'SCHEMA_IN_USE' });
    await expect(removeSchema(server.store, own.id, 'urn:example:c')).rejects.toMatchObject({
      code: 'SCHEMA_IN_USE',
    });
    // Its schema can be extended by an attribute, like an extension.
    const attributes = [{ name: 'a' }, { name: 'b' }];
    await registerSchema(server.store, own.id, { schema: { id: 'urn:example:c', attributes } });
    expect((await ownClient.patch(`/Cs/${resource.id}`, { op: 'add', path: 'b', value: 'y' })).body).toMatchObject({
      a: 'x',
      b: 'y',
    });
    await ownClient.delete(`/Cs/${resource.id}`);
    await register({ ...type, endpoint: '/Others' });
    expect([(await ownClient.get('/Cs')).status, (await ownClient.get('/Others')).status]).toEqual([404, 200]);
    await remove('c');
    await expect(remove('c')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect((await ownClient.get('/Others')).status).toBe(404);
    expect((await ownClient.post('/Users', { userName: 'kim', 'urn:example:c': { a: 'x' } })).status).toBe(201);
  });
});
