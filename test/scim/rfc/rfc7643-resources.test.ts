import { expect } from '@jest/globals';
import { ENTERPRISE, GROUP, NOBODY, USER, created, ok, refusal, useProvider } from './provider.js';
import { deviation, notOurs, requirement } from './requirement.js';

/* RFC 7643 §3: resources, their common attributes and extensions. */

const provider = useProvider();

requirement('7643-3-01', 'MUST', 'Every representation has `schemas`, not empty', async () => {
  const user = await provider.createUser({ [ENTERPRISE]: { department: 'Sales' } });
  const query = { attributes: 'title' };
  expect(user.schemas).toEqual([USER, ENTERPRISE]);
  expect((await provider.read(`/Users/${user.id}`, query)).schemas).toEqual([USER, ENTERPRISE]);
  expect((await provider.createGroup()).schemas).toEqual([GROUP]);
});

deviation(
  '7643-3-02',
  'MUST',
  'A client sends `schemas` with a resource',
  '`schemas` is optional and ignored: Entra omits the URNs of extensions for which it sends values, and sends unknown ' +
    'schemas.',
  async () => {
    const values = { [ENTERPRISE]: { department: 'Sales' } };
    for (const schemas of [undefined, [USER], ['http://schemas.microsoft.com/x'], []]) {
      const body = { schemas, userName: provider.newName(), ...values };
      const user = created(await provider.scim.post('/Users', body));
      expect(user).toMatchObject({ schemas: [USER, ENTERPRISE], ...values });
    }
  },
);

requirement('7643-3-03', 'MUST', '`schemas` contains only schemas of the resource type', async () => {
  const unknown = ['urn:example:params:scim:schemas:extension:unknown:2.0:User', GROUP];
  expect((await provider.createUser({ schemas: [USER, ...unknown] })).schemas).toEqual([USER]);
  expect((await provider.createGroup({ schemas: [GROUP, ENTERPRISE] })).schemas).toEqual([GROUP]);
});

requirement('7643-3-04', 'MUST', '`schemas` has no duplicate values', async () => {
  const schemas = [USER, USER, ENTERPRISE, ENTERPRISE];
  const user = await provider.createUser({ schemas, [ENTERPRISE]: { division: 'North' } });
  expect(user.schemas).toEqual([USER, ENTERPRISE]);
});

requirement('7643-3-05', 'MUST', 'The order of `schemas` is not significant', async () => {
  const values = { [ENTERPRISE]: { division: 'North' } };
  const one = await provider.createUser({ schemas: [USER, ENTERPRISE], ...values });
  const two = await provider.createUser({ schemas: [ENTERPRISE, USER], ...values });
  expect([two.schemas, two[ENTERPRISE]]).toEqual([one.schemas, one[ENTERPRISE]]);
});

requirement('7643-3-06', 'MUST', 'Common attributes exist whatever the value of `schemas`', async () => {
  for (const resource of [
    await provider.createUser({ schemas: [ENTERPRISE], externalId: 'e-1' }),
    await provider.createGroup({ schemas: [], externalId: 'e-2' }),
  ]) {
    expect(resource).toMatchObject({ id: expect.any(String), externalId: /^e-/.exec(resource.externalId)?.input });
    expect(resource.meta).toMatchObject({ resourceType: expect.any(String), location: expect.any(String) });
  }
});

requirement('7643-3.1-01', 'MUST', 'Common attributes are defined for all resources', async () => {
  for (const [path, resource] of [
    ['/Users', await provider.createUser({ externalId: 'e-3' })],
    ['/Groups', await provider.createGroup({ externalId: 'e-3' })],
  ] as const) {
    const filter = `externalId eq "e-3" and id eq "${resource.id}" and meta.created pr`;
    expect((await provider.read(path, { filter })).Resources).toEqual([resource]);
  }
});

requirement('7643-3.1-02', 'MUST', 'id and meta are assigned by the provider', async () => {
  const meta = {
    resourceType: expect.any(String),
    created: expect.any(String),
    lastModified: expect.any(String),
    location: expect.any(String),
    version: expect.any(String),
  };
  expect(await provider.createUser()).toMatchObject({ id: expect.any(String), meta });
  expect(await provider.createGroup()).toMatchObject({ id: expect.any(String), meta });
});

requirement('7643-3.1-03', 'MUST', 'Common attributes have the characteristics listed in this section', async () => {
  const { id } = await provider.createUser({ externalId: 'Case' });
  const count = async (filter: string) => (await provider.read('/Users', { filter })).totalResults;
  expect([await count('externalId eq "Case"'), await count('externalId eq "case"')]).toEqual([1, 0]);
  expect([await count(`id eq "${id}"`), await count('meta.resourceType eq "user"')]).toEqual([1, 0]);
  expect(await provider.read(`/Users/${id}`, { attributes: 'title' })).toHaveProperty('id', id);
});

requirement('7643-3.1-04', 'MUST', 'Every representation has an id, not empty', async () => {
  await provider.createUser();
  for (const query of [{}, { attributes: 'userName' }, { excludedAttributes: 'id' }]) {
    for (const { id } of (await provider.read('/Users', query)).Resources) expect(id).toMatch(/^.+$/);
  }
});

requirement('7643-3.1-05', 'MUST', 'An id is unique among all resources of the provider', async () => {
  const other = await provider.openTenant();
  const ids = [
    (await provider.createUser()).id,
    (await provider.createGroup()).id,
    created(await other.scim.post('/Users', { userName: 'anna' })).id,
    created(await other.scim.post('/Groups', { displayName: 'Sales' })).id,
  ];
  expect(new Set(ids).size).toBe(4);
  expect(refusal(await provider.scim.get(`/Groups/${ids[0]}`))).toEqual([404]);
});

requirement('7643-3.1-06', 'MUST', 'An id is stable and never reassigned', async () => {
  const { id, userName } = await provider.createUser();
  const path = `/Users/${id}`;
  expect(ok(await provider.scim.put(path, { userName: `x-${userName}` })).id).toBe(id);
  expect(ok(await provider.scim.patch(path, { op: 'replace', path: 'userName', value: userName })).id).toBe(id);
  await provider.scim.delete(path);
  expect((await provider.createUser({ userName })).id).not.toBe(id);
});

requirement('7643-3.1-07', 'MUST', 'A client does not choose the id', async () => {
  const user = await provider.createUser({ id: NOBODY });
  expect(user.id).not.toBe(NOBODY);
  const put = await provider.scim.put(`/Users/${user.id}`, { id: NOBODY, userName: user.userName });
  expect(ok(put).id).toBe(user.id);
  const patch = await provider.scim.patch(`/Users/${user.id}`, { op: 'replace', path: 'id', value: NOBODY });
  expect(refusal(patch)).toEqual([400, 'mutability']);
  expect(refusal(await provider.scim.get(`/Users/${NOBODY}`))).toEqual([404]);
});

requirement('7643-3.1-08', 'MUST', 'No id contains `bulkId`', async () => {
  for (const { id } of [await provider.createUser({ id: 'bulkId:1' }), await provider.createGroup()]) {
    expect(id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  }
});

requirement('7643-3.1-09', 'MUST', 'The provider does not set externalId', async () => {
  expect(await provider.createUser()).not.toHaveProperty('externalId');
  expect(await provider.createGroup()).not.toHaveProperty('externalId');
});

requirement('7643-3.1-10', 'MUST', 'An externalId is interpreted within the provisioning domain', async () => {
  const other = await provider.openTenant();
  await provider.createUser({ externalId: 'shared' });
  const { id } = created(await other.scim.post('/Users', { userName: 'anna', externalId: 'shared' }));
  const found = ok(await other.scim.get('/Users', { filter: 'externalId eq "shared"' }));
  expect(found.Resources.map((user: { id: string }) => user.id)).toEqual([id]);
  // It need not be unique there: uniqueness is the responsibility of the client.
  expect((await provider.createUser({ externalId: 'shared' })).externalId).toBe('shared');
});

requirement('7643-3.1-11', 'MUST', 'meta is ignored when a client sends it', async () => {
  const meta = {
    resourceType: 'Group',
    created: '2001-01-01T00:00:00Z',
    version: 'W/"99"',
    location: 'https://x.example',
  };
  const user = await provider.createUser({ meta });
  for (const [key, value] of Object.entries(meta)) expect(user.meta[key]).not.toBe(value);
  const put = await provider.scim.put(`/Users/${user.id}`, { userName: user.userName, meta });
  expect(ok(put).meta).toEqual(user.meta);
});

requirement('7643-3.1-12', 'MUST', 'meta.created is a dateTime', async () => {
  const before = Date.now() - 60_000;
  const { created: text } = (await provider.createUser()).meta;
  expect(text).toMatch(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$/);
  expect(Date.parse(text)).toBeGreaterThan(before);
});

requirement('7643-3.1-13', 'MUST', 'meta.lastModified is meta.created until the resource is changed', async () => {
  const { id, meta } = await provider.createUser();
  expect(meta.lastModified).toBe(meta.created);
  const { meta: after } = ok(await provider.scim.patch(`/Users/${id}`, { op: 'add', path: 'title', value: 'Boss' }));
  expect(after.created).toBe(meta.created);
  expect(Date.parse(after.lastModified)).toBeGreaterThanOrEqual(Date.parse(meta.lastModified));
  expect(after.version).not.toBe(meta.version);
});

requirement('7643-3.1-14', 'MUST', 'meta.location is the Content-Location of the response', async () => {
  const posted = await provider.scim.post('/Users', { userName: provider.newName() });
  const path = `/Users/${posted.body.id}`;
  const patched = await provider.scim.patch(path, { op: 'add', path: 'title', value: 'Boss' });
  for (const { headers, body } of [posted, patched, await provider.scim.get(path)]) {
    expect(body.meta.location).toBe(provider.directory.scimUrl + path);
    expect(headers['content-location']).toBe(body.meta.location);
  }
});

requirement('7643-3.1-15', 'MUST', 'A version that is not a strong validator is marked as weak', async () => {
  const answer = await provider.scim.post('/Groups', { displayName: provider.newName() });
  expect(created(answer).meta.version).toMatch(/^W\/"[^"]+"$/);
  expect(answer.headers.etag).toBe(answer.body.meta.version);
});

requirement('7643-3.3-01', 'MUST', '`schemas` contains at least the base schema', async () => {
  const user = await provider.createUser({ schemas: [ENTERPRISE], [ENTERPRISE]: { division: 'North' } });
  expect(user.schemas[0]).toBe(USER);
  expect((await provider.createGroup({ schemas: [] })).schemas).toEqual([GROUP]);
});

requirement('7643-3.3-02', 'SHOULD', 'An extension does not redefine attributes of the core schema', async () => {
  const names = async (urn: string): Promise<string[]> =>
    (await provider.read(`/Schemas/${urn}`)).attributes.map(({ name }: { name: string }) => name.toLowerCase());
  const core = await names(USER);
  for (const name of await names(ENTERPRISE)) expect(core).not.toContain(name);
});

notOurs(
  '7643-3.3-03',
  'SHOULD',
  'An extension follows the conventions of the specification',
  'It binds the authors of schemas.',
);

requirement('7643-3.3-04', 'MUST', 'Attributes of an extension are in an object under its URN', async () => {
  const { id } = await provider.createUser();
  const operation = { op: 'add', path: `${ENTERPRISE}:costCenter`, value: '4130' };
  const user = ok(await provider.scim.patch(`/Users/${id}`, operation));
  expect(user[ENTERPRISE]).toEqual({ costCenter: '4130' });
  expect(user).not.toHaveProperty('costCenter');
});
