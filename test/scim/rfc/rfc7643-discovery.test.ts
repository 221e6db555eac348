import { expect } from '@jest/globals';
import { sendRaw, type Wire } from '../../support/scim-client.js';
import { ENTERPRISE, GROUP, NOBODY, USER, created, refusal, useProvider } from './provider.js';
import { deviation, notOurs, requirement } from './requirement.js';

/* RFC 7643 §5 to §8 and §10: configuration, resource types, schemas. */

const provider = useProvider();

async function schemas(): Promise<Wire[]> {
  return (await provider.read('/Schemas')).Resources;
}

async function attributes(): Promise<Wire[]> {
  return (await schemas()).flatMap((one) => one.attributes);
}

requirement('7643-5-01', 'MUST', 'The configuration says whether PATCH is supported', async () => {
  expect((await provider.read('/ServiceProviderConfig')).patch).toEqual({ supported: true });
});

requirement('7643-5-02', 'MUST', 'The configuration says whether bulk is supported, and its limits', async () => {
  const { bulk } = await provider.read('/ServiceProviderConfig');
  const limits = { maxOperations: expect.any(Number), maxPayloadSize: expect.any(Number) };
  expect(bulk).toEqual({ supported: expect.any(Boolean), ...limits });
  const answer = await provider.scim.post('/Bulk', { Operations: [] });
  expect(answer.status === 404).toBe(!bulk.supported);
});

requirement(
  '7643-5-03',
  'MUST',
  'The configuration says whether filters are supported, and the maximum number of results',
  async () => {
    const { filter } = await provider.read('/ServiceProviderConfig');
    expect(filter).toEqual({ supported: true, maxResults: expect.any(Number) });
    for (let n = 0; n <= filter.maxResults; n++) await provider.createUser();
    const page = await provider.read('/Users', { filter: 'userName pr', count: 10_000, attributes: 'id' });
    expect([page.itemsPerPage, page.totalResults > filter.maxResults]).toEqual([filter.maxResults, true]);
  },
);

requirement('7643-5-04', 'MUST', 'The configuration says whether a password can be changed', async () => {
  expect((await provider.read('/ServiceProviderConfig')).changePassword).toEqual({ supported: false });
});

requirement('7643-5-05', 'MUST', 'The configuration says whether sorting is supported', async () => {
  expect((await provider.read('/ServiceProviderConfig')).sort).toEqual({ supported: true });
});

requirement('7643-5-06', 'MUST', 'The configuration says whether ETags are supported', async () => {
  expect((await provider.read('/ServiceProviderConfig')).etag).toEqual({ supported: true });
});

requirement(
  '7643-5-07',
  'MUST',
  'The configuration has the authentication schemes: type, name, description',
  async () => {
    const { authenticationSchemes } = await provider.read('/ServiceProviderConfig');
    expect(authenticationSchemes.length).toBeGreaterThan(0);
    const known = ['oauth', 'oauth2', 'oauthbearertoken', 'httpbasic', 'httpdigest'];
    for (const scheme of authenticationSchemes) {
      expect(known).toContain(scheme.type);
      expect(scheme).toMatchObject({ name: expect.stringMatching(/./), description: expect.stringMatching(/./) });
    }
  },
);

deviation(
  '7643-5-08',
  'SHOULD',
  'The authentication schemes can be read without authentication',
  'Nothing about a directory can be read without it, not even whether it exists. The challenge of a 401 names the scheme.',
  async () => {
    const { origin, pathname } = new URL(provider.directory.scimUrl);
    const answer = await sendRaw(origin, 'GET', `${pathname}/ServiceProviderConfig`);
    expect(refusal(answer)).toEqual([401]);
    expect(answer.headers['www-authenticate']).toMatch(/^Bearer /);
  },
);

requirement('7643-6-01', 'MUST', 'A resource type has its name, the one in meta.resourceType', async () => {
  const { Resources } = await provider.read('/ResourceTypes');
  expect(Resources.map(({ name }: Wire) => name)).toEqual(['User', 'Group']);
  expect((await provider.createUser()).meta.resourceType).toBe('User');
  expect((await provider.createGroup()).meta.resourceType).toBe('Group');
});

requirement('7643-6-02', 'MUST', 'A resource type has its description', async () => {
  const { Resources } = await provider.read('/ResourceTypes');
  for (const { description } of Resources) expect(description).toMatch(/./);
});

requirement('7643-6-03', 'MUST', 'A resource type has its endpoint, relative to the base', async () => {
  const { Resources } = await provider.read('/ResourceTypes');
  for (const { endpoint } of Resources) {
    expect(endpoint).toMatch(/^\/\w+$/);
    expect((await provider.scim.get(endpoint)).status).toBe(200);
  }
});

requirement('7643-6-04', 'MUST', 'The schema of a resource type is the id of a schema', async () => {
  const { Resources } = await provider.read('/ResourceTypes');
  expect(Resources.map(({ schema }: Wire) => schema)).toEqual([USER, GROUP]);
  for (const { schema } of Resources) expect((await provider.read(`/Schemas/${schema}`)).id).toBe(schema);
});

requirement('7643-6-05', 'MUST', 'The schema of an extension is the id of a schema', async () => {
  const { schemaExtensions } = await provider.read('/ResourceTypes/User');
  expect(schemaExtensions.map(({ schema }: Wire) => schema)).toEqual([ENTERPRISE]);
  for (const { schema } of schemaExtensions) expect((await provider.read(`/Schemas/${schema}`)).id).toBe(schema);
});

requirement('7643-6-06', 'MUST', 'An extension says whether it is required', async () => {
  const { schemaExtensions } = await provider.read('/ResourceTypes/User');
  expect(schemaExtensions).toEqual([{ schema: ENTERPRISE, required: false }]);
  expect(await provider.createUser()).not.toHaveProperty([ENTERPRISE]);
});

requirement('7643-6-07', 'MUST', 'A resource has all required extensions with their required attributes', async () => {
  const urn = 'urn:ietf:params:scim:schemas:extension:Badge:2.0:User';
  const attributes = [{ name: 'serial', required: true }, { name: 'colour' }];
  const { scim } = await provider.openExtendedTenant(urn, attributes, true);
  for (const extension of [{}, { [urn]: null }, { [urn]: {} }, { [urn]: { colour: 'blue' } }]) {
    const answer = await scim.post('/Users', { userName: 'anna', ...extension });
    expect(refusal(answer)).toEqual([400, 'invalidValue']);
  }
  const user = created(await scim.post('/Users', { userName: 'anna', [urn]: { serial: '7' } }));
  expect(user.schemas).toEqual([USER, urn]);
  const removal = { op: 'remove', path: `${urn}:serial` };
  expect(refusal(await scim.patch(`/Users/${user.id}`, removal))).toEqual([400, 'mutability']);
});

requirement('7643-7-01', 'MUST', 'The id of a schema is its URI', async () => {
  for (const { id, meta } of await schemas()) {
    expect(id).toMatch(/^urn:ietf:params:scim:schemas:/);
    expect(meta).toEqual({ resourceType: 'Schema', location: `${provider.directory.scimUrl}/Schemas/${id}` });
  }
});

requirement('7643-7-02', 'MUST', 'A schema has its name', async () => {
  const ofDiscovery = ['ResourceType', 'Schema', 'ServiceProviderConfig'];
  const names = (await schemas()).map(({ name }) => name);
  expect(names.sort()).toEqual(['EnterpriseUser', 'Group', ...ofDiscovery, 'User']);
});

requirement('7643-7-03', 'MUST', 'A schema has its description', async () => {
  for (const { description } of await schemas()) expect(description).toMatch(/./);
});

requirement('7643-7-04', 'MUST', 'A schema has its attributes, each with all characteristics', async () => {
  const keywords = {
    mutability: ['readOnly', 'readWrite', 'immutable', 'writeOnly'],
    returned: ['always', 'never', 'default', 'request'],
    uniqueness: ['none', 'server', 'global'],
  };
  const all = (await attributes()).flatMap((one) => [one, ...(one.subAttributes ?? [])]);
  expect(all.length).toBeGreaterThan(60);
  for (const one of all) {
    expect(one).toMatchObject({ name: expect.any(String), type: expect.any(String) });
    for (const flag of ['multiValued', 'required', 'caseExact']) expect(typeof one[flag]).toBe('boolean');
    for (const [name, values] of Object.entries(keywords)) expect(values).toContain(one[name]);
    if (one.type === 'reference') expect(one.referenceTypes.length).toBeGreaterThan(0);
    expect(Object.values(one)).not.toContain(null);
  }
});

requirement('7643-7-05', 'SHOULD', 'A complex attribute lists its sub-attributes', async () => {
  const complex = (await attributes()).filter(({ type }) => type === 'complex');
  expect(complex.length).toBeGreaterThan(8);
  for (const { subAttributes } of complex) expect(subAttributes.length).toBeGreaterThan(0);
});

requirement('7643-7-06', 'MUST', 'An attribute has its description', async () => {
  for (const one of await attributes()) {
    for (const { description } of [one, ...(one.subAttributes ?? [])]) expect(description).toMatch(/./);
  }
});

requirement('7643-7-07', 'MUST', 'Filters on a case-exact attribute are case-sensitive', async () => {
  const { userName } = await provider.createUser({
    externalId: 'Abc',
    profileUrl: 'https://x.example/Kim',
    title: 'Abc',
  });
  const count = async (filter: string) =>
    (await provider.read('/Users', { filter: `userName eq "${userName}" and ${filter}` })).totalResults;
  for (const path of ['externalId', 'profileUrl', 'title']) {
    const schema = (await attributes()).find(({ name }) => name === path) ?? { caseExact: true };
    const value = path === 'profileUrl' ? 'https://x.example/Kim' : 'Abc';
    expect([path, await count(`${path} eq "${value}"`)]).toEqual([path, 1]);
    expect([path, await count(`${path} eq "${value.toLowerCase()}"`)]).toEqual([path, schema.caseExact ? 0 : 1]);
  }
});

requirement('7643-7-08', 'MUST', 'The case of a case-exact value is preserved', async () => {
  const exact = { externalId: 'MiXeD', profileUrl: 'https://X.example/MiXeD' };
  expect(await provider.createUser(exact)).toMatchObject(exact);
});

requirement('7643-7-09', 'MUST', 'A read-only attribute is not modified', async () => {
  const { id, userName, meta, groups } = await provider.createUser();
  await provider.scim.put(`/Users/${id}`, { userName, id: NOBODY, groups: [{ value: NOBODY }], meta: {} });
  await provider.scim.patch(`/Users/${id}`, { op: 'replace', value: { id: NOBODY, meta: { version: '7' } } });
  for (const path of ['id', 'meta.created', 'groups']) {
    await provider.scim.patch(`/Users/${id}`, { op: 'replace', path, value: NOBODY });
  }
  expect(await provider.read(`/Users/${id}`)).toMatchObject({ id, userName, meta, ...(groups && { groups }) });
});

requirement('7643-7-10', 'MUST', 'An immutable attribute is not updated', async () => {
  const [one, two] = [await provider.createUser(), await provider.createUser()];
  const group = await provider.createGroup({ members: [{ value: one.id }] });
  for (const [name, value] of [
    ['value', two.id],
    ['type', 'Group'],
    ['$ref', two.meta.location],
  ] as const) {
    const path = `members[value eq "${one.id}"].${name}`;
    const answer = await provider.scim.patch(`/Groups/${group.id}`, { op: 'replace', path, value });
    expect([name, refusal(answer)]).toEqual([name, [400, 'mutability']]);
  }
  expect(await provider.read(`/Groups/${group.id}`)).toEqual(group);
});

requirement('7643-7-11', 'MUST', 'A write-only attribute is not returned', async () => {
  // The password is the only write-only attribute of the core schemas; it is accepted, but neither stored nor returned.
  const { id } = await provider.createUser({ password: 'secret' });
  expect(await provider.read(`/Users/${id}`, { attributes: 'password' })).not.toHaveProperty('password');
  for (const { mutability, returned } of await attributes()) {
    if (mutability === 'writeOnly') expect(returned).toBe('never');
  }
});

requirement('7643-7-12', 'SHOULD', 'A value of uniqueness `server` is unique at its endpoint', async () => {
  const unique = (await schemas()).flatMap(({ id, attributes: own }) =>
    own.filter((one: Wire) => one.uniqueness === 'server').map((one: Wire) => [id, one.name]),
  );
  expect(unique.sort()).toEqual([
    [GROUP, 'displayName'],
    [USER, 'userName'],
  ]);
  const { displayName } = await provider.createGroup();
  const { userName } = await provider.createUser();
  expect(refusal(await provider.scim.post('/Users', { userName }))).toEqual([409, 'uniqueness']);
  expect(refusal(await provider.scim.post('/Groups', { displayName }))).toEqual([409, 'uniqueness']);
});

requirement(
  '7643-7-13',
  'SHOULD',
  'No two resources of a server have the same value of uniqueness `server`',
  async () => {
    const one = await provider.createGroup();
    const two = await provider.createGroup();
    const rename = { op: 'replace', path: 'displayName', value: one.displayName.toUpperCase() };
    expect(refusal(await provider.scim.patch(`/Groups/${two.id}`, rename))).toEqual([409, 'uniqueness']);
    // A tenant counts as a separate server.
    const other = await provider.openTenant();
    expect((await other.scim.post('/Groups', { displayName: one.displayName })).status).toBe(201);
  },
);

notOurs(
  '7643-7-14',
  'SHOULD',
  'A value of uniqueness `global` is unique everywhere',
  'No schema of the provider declares one, and no provider can know the values of other servers.',
);

requirement('7643-8.7.2-01', 'MUST', 'Canonical types of an attribute are published', async () => {
  const canonical = Object.fromEntries(
    (await attributes()).flatMap(({ name, subAttributes = [] }) =>
      subAttributes.filter((one: Wire) => one.name === 'type').map((one: Wire) => [name, one.canonicalValues]),
    ),
  );
  expect(canonical).toMatchObject({
    emails: ['work', 'home', 'other'],
    phoneNumbers: ['work', 'home', 'mobile', 'fax', 'pager', 'other'],
    photos: ['photo', 'thumbnail'],
    addresses: ['work', 'home', 'other'],
    groups: ['direct', 'indirect'],
    members: ['User', 'Group'],
  });
});

notOurs(
  '7643-10.2.1-01',
  'MUST',
  'A name in the URN namespace is not reassigned and keeps its meaning',
  'It binds the registry of IANA.',
);

notOurs(
  '7643-10.3.1-01',
  'MUST',
  'New core and API schemas, data types and changes to registered schemas need an RFC',
  'It binds those who register schemas with IANA.',
);

notOurs(
  '7643-10.3.1-02',
  'MUST',
  'An RFC with new schema URIs contains their registration templates',
  'It binds the authors of RFCs.',
);

notOurs('7643-10.3.1-03', 'SHOULD', 'Such an RFC contains the attributes', 'It binds the authors of RFCs.');
