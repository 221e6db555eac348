import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { importSchemas } from '../../../src/domain/schema-registry/resource-type-commands.js';
import { Harness } from '../../graph/harness.js';
import { ScimClient, type Wire } from '../../support/scim-client.js';
import { startTestServer, type TestServer } from '../../support/server.js';

const LIMIT = 2_000;
const DEVICE = 'urn:example:scim:device:2.0:Device';
const BADGES = 'urn:example:scim:badges:2.0:Group';

const tags = { name: 'tags', multiValued: true, caseExact: true };
const SCHEMAS = [
  { schema: { id: DEVICE, name: 'Device', attributes: [{ name: 'serial', required: true }, tags] } },
  { schema: { id: BADGES, attributes: [tags] } },
];
const TYPE = { name: 'Device', endpoint: '/Devices', schema: DEVICE };

/** One resource of each kind, with its request body and the path of its list. */
const KINDS: ReadonlyArray<
  [name: string, collection: string, own: Wire, path: string, list: (values: string[]) => Wire]
> = [
  ['a user', 'Users', { userName: 'kim' }, 'emails', (values) => ({ emails: values.map((value) => ({ value })) })],
  ['a group', 'Groups', { displayName: 'Sales' }, `${BADGES}:tags`, (values) => ({ [BADGES]: { tags: values } })],
  ['another resource', 'Devices', { serial: 'd-1' }, 'tags', (values) => ({ tags: values })],
];

let harness: Harness;
let scim: ScimClient;

beforeAll(async () => {
  harness = await Harness.start({ environment: { PORTICO_MAX_RESOURCE_BYTES: String(LIMIT) } });
  const { server, directory } = harness;
  scim = new ScimClient(directory.scimUrl, directory.scimToken);
  await importSchemas(server.store, directory.id, SCHEMAS, [TYPE]);
});
afterAll(() => harness.stop());

/** Returns distinct values with a given total length as a JSON list. */
function values(count: number, length: number): string[] {
  return Array.from({ length: count }, (_, index) => `${index}`.padStart(length, 'é'));
}

async function eventCount(): Promise<number> {
  const { rows } = await harness.server.database.pool.query('select count(*)::int as n from events');
  return rows[0].n;
}

describe.each(KINDS)('%s', (_name, collection, own, path, list) => {
  let resource: Wire;
  let url: string;

  beforeAll(async () => {
    const created = await scim.post(`/${collection}`, { ...own, ...list(values(5, 40)) });
    expect(created.status).toBe(201);
    resource = created.body;
    url = `/${collection}/${resource.id}`;
  });

  async function expectRefusal(change: Promise<{ readonly status: number; readonly body: Wire }>): Promise<void> {
    const { status, body } = await change;
    expect([status, body.scimType]).toEqual([400, 'tooMany']);
    expect(body.detail).toContain(String(LIMIT));
  }

  async function expectUntouched(before: number): Promise<void> {
    expect((await scim.get(url)).body).toEqual(resource);
    expect(await eventCount()).toBe(before);
  }

  test('cannot be created larger than the limit', async () => {
    const before = await eventCount();
    const more = Object.fromEntries(Object.entries(own).map(([key, value]) => [key, `${value as string} again`]));
    await expectRefusal(scim.post(`/${collection}`, { ...more, ...list(values(20, 60)) }));
    expect((await scim.get(`/${collection}`)).body.totalResults).toBe(1);
    await expectUntouched(before);
  });

  test('cannot grow beyond the limit by PUT, or by PATCH of all its values', async () => {
    const before = await eventCount();
    await expectRefusal(scim.put(url, { ...own, ...list(values(20, 60)) }));
    const rename = { op: 'replace', path: 'externalId', value: 'x' };
    await expectRefusal(scim.patch(url, rename, { op: 'add', value: list(values(20, 60)) }));
    await expectUntouched(before);
  });

  test('cannot grow beyond the limit by many small additions', async () => {
    let added = 0;
    let answer = await add(added);
    while (answer.status < 300) answer = await add(++added);
    await expectRefusal(Promise.resolve(answer));
    expect(added).toBeGreaterThan(2);
    expect(added).toBeLessThan(20);
    // Removed values free space.
    await scim.patch(url, { op: 'remove', path });
    expect((await add(added)).status).toBeLessThan(300);
    await scim.put(url, { ...own, ...list(values(5, 40)) });
    resource = (await scim.get(url)).body;

    function add(index: number): ReturnType<ScimClient['patch']> {
      return scim.patch(url, { op: 'add', value: list([`${index}`.padEnd(100, 'x')]) });
    }
  });

  test('is rejected in a bulk request without affecting the other operations', async () => {
    const { body } = await scim.post('/Bulk', {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
      Operations: [
        { method: 'PUT', path: url, data: { ...own, ...list(values(20, 60)) } },
        { method: 'PATCH', path: url, data: { Operations: [{ op: 'add', value: list(values(20, 60)) }] } },
        { method: 'PATCH', path: url, data: { Operations: [{ op: 'add', path: 'externalId', value: 'bulk' }] } },
      ],
    });
    const [put, patch, beside] = body.Operations;
    for (const { status, response } of [put, patch]) expect([status, response.scimType]).toEqual(['400', 'tooMany']);
    expect(Number(beside.status)).toBeLessThan(300);
    expect((await scim.get(url)).body).toMatchObject({ externalId: 'bulk', ...list(values(5, 40)) });
  });
});

describe('over GraphQL', () => {
  const emails = values(20, 60).map((value) => ({ value }));
  const refusal = { code: 'TOO_MANY', message: expect.stringContaining(String(LIMIT)), path: null };

  test('users and groups cannot exceed the limit, and the payload has the error', async () => {
    const id = await harness.createUser({ userName: 'lee' });
    const groupId = await harness.createGroup('Guides');
    const before = await eventCount();
    const extensions = { [BADGES]: { tags: values(20, 60) } };
    const selection = { user: 'user { id }', group: 'group { id }' };
    const refused = [
      await harness.mutate('createUser', { userName: 'new', emails }, selection.user),
      await harness.mutate('updateUser', { id, title: 'Lead', emails }, selection.user),
      await harness.mutate('createGroup', { displayName: 'New', extensions }, selection.group),
      await harness.mutate('updateGroup', { id: groupId, displayName: 'Leads', extensions }, selection.group),
    ];
    for (const payload of refused)
      expect([payload.user ?? payload.group ?? null, payload.errors]).toEqual([null, [refusal]]);
    expect(await eventCount()).toBe(before);
  });
});

describe('with the default limit', () => {
  let roomy: TestServer;
  let unlimited: ScimClient;

  beforeAll(async () => {
    const { server, directory } = harness;
    roomy = await startTestServer({ databaseUrl: server.database.url });
    unlimited = new ScimClient(`${roomy.url}/scim/v2/${directory.slug}`, directory.scimToken);
  });
  afterAll(() => roomy.stop());

  test('a user that exceeds a lowered limit can shrink, change and be deactivated, but not grow', async () => {
    const emails = values(60, 60).map((value) => ({ value }));
    const { body } = await unlimited.post('/Users', { userName: 'large', title: 'Clerk', emails });
    const path = `/Users/${body.id}`;
    const status = async (operation: Wire): Promise<number> => (await scim.patch(path, operation)).status;
    expect(await status({ op: 'replace', path: 'active', value: false })).toBe(200);
    expect(await status({ op: 'replace', path: 'title', value: 'Guide' })).toBe(200);
    expect(await status({ op: 'replace', path: 'title', value: 'Leader' })).toBe(400);
    expect(await status({ op: 'remove', path: `emails[value eq "${emails[0]!.value}"]` })).toBe(200);
    expect((await scim.get(path)).body).toMatchObject({ active: false, title: 'Guide', emails: emails.slice(1) });
  });

  test('photos and full lists of typical values fit', async () => {
    const photo = `data:image/jpeg;base64,${'A'.repeat(99_000)}`;
    const { status } = await unlimited.post('/Users', {
      userName: 'photographed',
      photos: [
        { value: photo, type: 'photo' },
        { value: `${photo}B`, type: 'thumbnail' },
      ],
      emails: values(1_000, 40).map((value) => ({ value: `${value}@fabrikam.example`, type: 'work' })),
      x509Certificates: Array.from({ length: 20 }, (_, index) => ({ value: `${index}`.padStart(4_000, 'A') })),
    });
    expect(status).toBe(201);
  });
});
