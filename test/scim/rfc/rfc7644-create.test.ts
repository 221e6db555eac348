import { expect } from '@jest/globals';
import type { Wire } from '../../support/scim-client.js';
import { ENTERPRISE, NOBODY, USER, created, ok, refusal, useProvider } from './provider.js';
import { deviation, notOurs, requirement } from './requirement.js';

/* RFC 7644 §3.2 and §3.3: endpoints, and creating resources. */

const provider = useProvider();

requirement(
  '7644-3.2-01',
  'SHOULD',
  'The endpoint of an extended resource type is the plural of its name',
  async () => {
    const urn = 'urn:ietf:params:scim:schemas:custom:2.0:Device';
    const { scim } = await provider.openTenantWithType('Device', '/Devices', urn);
    expect(ok(await scim.get('/ResourceTypes/Device')).endpoint).toBe('/Devices');
    expect(created(await scim.post('/Devices', { displayName: 'Door' })).meta.resourceType).toBe('Device');
  },
);

notOurs(
  '7644-3.2-02',
  'SHOULD',
  'A client discovers the endpoints of resources through /ResourceTypes',
  'It binds clients.',
);

requirement('7644-3.2-03', 'MUST', 'PUT does not create a resource', async () => {
  const body = { schemas: [USER], userName: provider.newName() };
  for (const id of [NOBODY, 'not-an-id', body.userName]) {
    expect(refusal(await provider.scim.put(`/Users/${id}`, body))).toEqual([404]);
  }
  const found = await provider.read('/Users', { filter: `userName eq "${body.userName}"` });
  expect(found.totalResults).toBe(0);
  expect((await provider.scim.put('/Users', body)).status).toBe(405);
});

requirement('7644-3.2-04', 'SHOULD', 'An error is indicated by the HTTP status of the response', async () => {
  expect((await provider.scim.get(`/Users/${NOBODY}`)).status).toBe(404);
  expect((await provider.scim.post('/Users', '{')).status).toBe(400);
});

requirement('7644-3.2-05', 'SHOULD', 'The status of an error is also in the body', async () => {
  expect((await provider.scim.get(`/Users/${NOBODY}`)).body.status).toBe('404');
  expect((await provider.scim.post('/Users', '{')).body.status).toBe('400');
});

requirement('7644-3.3-01', 'MUST', 'Read-only attributes in the body of a create are ignored', async () => {
  const user = await provider.createUser({
    id: NOBODY,
    groups: [{ value: NOBODY }],
    meta: { resourceType: 'Group', created: '2001-01-01T00:00:00Z', version: 'W/"77"' },
    [ENTERPRISE]: { department: 'Sales', manager: { displayName: 'Nobody at all' } },
  });
  expect(user.id).not.toBe(NOBODY);
  expect(user).not.toHaveProperty('groups');
  expect(user.meta.resourceType).toBe('User');
  expect(user.meta.version).not.toBe('W/"77"');
  expect(Date.parse(user.meta.created)).toBeGreaterThan(Date.parse('2020-01-01T00:00:00Z'));
  expect(user[ENTERPRISE]).toEqual({ department: 'Sales' });
});

requirement('7644-3.3-02', 'MUST', 'A successful create returns 201', async () => {
  const user = await provider.scim.post('/Users', { schemas: [USER], userName: provider.newName() });
  const group = await provider.scim.post('/Groups', { displayName: provider.newName() });
  expect([user.status, group.status]).toEqual([201, 201]);
});

requirement('7644-3.3-03', 'SHOULD', 'The response to a create contains the new resource', async () => {
  const attributes = { displayName: 'Kim Moss', emails: [{ value: 'kim@fabrikam.example', type: 'work' }] };
  const user = await provider.createUser(attributes);
  expect(user).toMatchObject(attributes);
  expect(await provider.read(`/Users/${user.id}`)).toEqual(user);
  const group = await provider.createGroup({ members: [{ value: user.id }] });
  expect(await provider.read(`/Groups/${group.id}`)).toEqual(group);
});

requirement('7644-3.3-04', 'MUST', 'The URI of a new resource is in Location and in meta.location', async () => {
  for (const [path, body] of [
    ['/Users', { userName: provider.newName() }],
    ['/Groups', { displayName: provider.newName() }],
  ] as const) {
    const answer = await provider.scim.post(path, body);
    const { id, meta } = created(answer);
    expect(meta.location).toBe(`${provider.directory.scimUrl}${path}/${id}`);
    expect(answer.headers.location).toBe(meta.location);
  }
});

requirement(
  '7644-3.3-05',
  'MUST',
  'A create that conflicts with a resource is rejected with 409 uniqueness',
  async () => {
    const userName = provider.newName();
    await provider.createUser({ userName });
    for (const same of [userName, userName.toUpperCase()]) {
      expect(refusal(await provider.scim.post('/Users', { userName: same }))).toEqual([409, 'uniqueness']);
    }
    const { displayName } = await provider.createGroup();
    expect(refusal(await provider.scim.post('/Groups', { displayName }))).toEqual([409, 'uniqueness']);
  },
);

/** Writes the same content by POST, PUT and PATCH, and expects that each is rejected with invalidValue and changes nothing. */
async function expectRefused(endpoint: string, { id, ...existing }: Wire, content: object): Promise<void> {
  const path = `${endpoint}/${id}`;
  const before = await provider.read(path);
  const { totalResults } = await provider.read(endpoint, { count: 0 });
  const name = endpoint === '/Users' ? 'userName' : 'displayName';
  for (const answer of [
    await provider.scim.post(endpoint, { [name]: provider.newName(), ...content }),
    await provider.scim.put(path, { [name]: existing[name], title: 'Boss', ...content }),
    await provider.scim.patch(path, { op: 'add', path: 'externalId', value: 'x' }, { op: 'add', value: content }),
  ]) {
    expect([content, refusal(answer)]).toEqual([content, [400, 'invalidValue']]);
  }
  expect(await provider.read(path)).toEqual(before);
  expect((await provider.read(endpoint, { count: 0 })).totalResults).toBe(totalResults);
}

deviation(
  '7644-3.3-06',
  'SHOULD',
  'A provider is free to ignore content of a create: members that do not exist',
  'A request with a member that is not a user or group of the directory is rejected with 400 invalidValue, in POST, PUT ' +
    'and PATCH, and has no effect. If the member were ignored, the client would wrongly assume that it is a member.',
  async () => {
    const user = await provider.createUser();
    const group = await provider.createGroup();
    const other = await provider.openTenant();
    const stranger = created(await other.scim.post('/Users', { userName: 'stranger' }));
    for (const value of [NOBODY, 'not-an-id', stranger.id]) {
      await expectRefused('/Groups', group, { members: [{ value: user.id }, { value }] });
    }
  },
);

deviation(
  '7644-3.3-07',
  'SHOULD',
  'A provider is free to ignore content of a create: a manager that does not exist',
  'A request with a manager that is not a user of the directory is rejected with 400 invalidValue, in POST, PUT and ' +
    'PATCH, by `value` and by `$ref`. If the manager were ignored, the client would not send it again.',
  async () => {
    const user = await provider.createUser();
    const group = await provider.createGroup();
    for (const manager of [
      { value: NOBODY },
      { value: 'not-an-id' },
      { value: group.id },
      NOBODY,
      { $ref: `Users/${NOBODY}` },
      { $ref: group.meta.location },
    ]) {
      await expectRefused('/Users', user, { [ENTERPRISE]: { manager } });
    }
  },
);

deviation(
  '7644-3.3-08',
  'SHOULD',
  'A provider is free to ignore content of a create: values under the URN of an unknown schema',
  'A request with values under a URN that is not registered for the resource type is rejected with 400 invalidValue, and ' +
    'the error names the URN: an administrator who forgot to register the schema would silently lose its values. ' +
    'Unknown names without a URN are ignored in POST and PUT, and so are unknown URNs without values or in `schemas`.',
  async () => {
    const urn = 'urn:example:params:scim:schemas:extension:unknown:2.0:User';
    const user = await provider.createUser();
    for (const content of [{ [urn]: { size: 'L' } }, { [`${urn}:size`]: 'L' }]) {
      await expectRefused('/Users', user, content);
    }
    await expectRefused('/Groups', await provider.createGroup(), { [urn]: { size: 'L' } });
    const answer = await provider.scim.post('/Users', { userName: provider.newName(), [urn]: { size: 'L' } });
    expect(answer.body.detail).toContain(urn);
    const known = { userName: provider.newName(), schemas: [USER, urn], [urn]: {}, size: 'L' };
    const kept = created(await provider.scim.post('/Users', known));
    expect([kept.schemas, Object.hasOwn(kept, urn), Object.hasOwn(kept, 'size')]).toEqual([[USER], false, false]);
  },
);

requirement('7644-3.3.1-01', 'MUST', 'meta.resourceType is that of the endpoint a resource is added to', async () => {
  const forged = { meta: { resourceType: 'Schema' } };
  expect((await provider.createUser(forged)).meta.resourceType).toBe('User');
  expect((await provider.createGroup(forged)).meta.resourceType).toBe('Group');
});
