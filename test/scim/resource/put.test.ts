import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { ScimClient, type Wire } from '../../support/scim-client.js';
import { startTestServer, type TestServer } from '../../support/server.js';

const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const NOBODY = '00000000-0000-4000-8000-000000000000';

describe('PUT (RFC 7644 §3.5.1)', () => {
  let server: TestServer;
  let client: ScimClient;
  let user: Wire;
  let group: Wire;

  beforeAll(async () => {
    server = await startTestServer();
  });

  afterAll(() => server.stop());

  beforeEach(async () => {
    const directory = await server.createDirectory();
    client = new ScimClient(directory.scimUrl, directory.scimToken);
    user = (
      await client.post('/Users', {
        userName: 'kim',
        active: false,
        title: 'Engineer',
        name: { givenName: 'Kim' },
        emails: [{ value: 'kim@fabrikam.example', type: 'work' }],
        [ENTERPRISE]: { department: 'Sales' },
      })
    ).body;
    group = (await client.post('/Groups', { displayName: 'Sales', externalId: 'g', members: [{ value: user.id }] }))
      .body;
  });

  test('omitted attributes are cleared, except active and members', async () => {
    const replaced = (await client.put(`/Users/${user.id}`, { userName: 'kim' })).body;
    expect(replaced).toMatchObject({ id: user.id, userName: 'kim', active: false });
    for (const name of ['title', 'name', 'emails', ENTERPRISE]) expect(replaced).not.toHaveProperty(name);
    const kept = (await client.put(`/Groups/${group.id}`, { displayName: 'Sales' })).body;
    expect(kept).not.toHaveProperty('externalId');
    expect(kept.members).toHaveLength(1);
    expect((await client.put(`/Groups/${group.id}`, { displayName: 'Sales', members: [] })).body).not.toHaveProperty(
      'members',
    );
  });

  test('read-only attributes are ignored, at every level', async () => {
    const { body, status } = await client.put(`/Users/${user.id}`, {
      schemas: ['urn:example:nothing'],
      id: NOBODY,
      meta: { created: '2000-01-01T00:00:00Z', version: 'W/"99"', resourceType: 'Group' },
      groups: [{ value: NOBODY, display: 'Admins' }],
      userName: 'kim',
      [ENTERPRISE]: { manager: { value: user.id, displayName: 'Nobody' } },
    });
    expect(status).toBe(200);
    expect([body.id, body.meta.created, body.meta.version]).toEqual([user.id, user.meta.created, 'W/"2"']);
    expect(body.groups.map(({ display }: Wire) => display)).toEqual(['Sales']);
    expect(body[ENTERPRISE].manager).not.toHaveProperty('displayName');
  });

  test('a PUT of the representation of GET changes nothing', async () => {
    for (const path of [`/Users/${user.id}`, `/Groups/${group.id}`]) {
      const before = (await client.get(path)).body;
      const { status, body } = await client.put(path, before);
      expect([status, body]).toEqual([200, before]);
    }
  });

  test('does not create a resource, and requires the required attributes', async () => {
    expect((await client.put(`/Users/${NOBODY}`, { userName: 'new' })).status).toBe(404);
    expect((await client.put('/Users/new', { userName: 'new' })).status).toBe(404);
    const without = await client.put(`/Users/${user.id}`, { title: 'Lead' });
    expect([without.status, without.body.scimType]).toEqual([400, 'invalidValue']);
    expect((await client.get(`/Users/${user.id}`)).body.title).toBe('Engineer');
  });
});
