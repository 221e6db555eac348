import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ScimClient, type Wire } from '../../support/scim-client.js';
import { startTestServer, type TestServer } from '../../support/server.js';

const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

const PEOPLE: readonly Wire[] = [
  {
    userName: 'Carla',
    active: true,
    title: 'b',
    name: { familyName: 'Östman' },
    emails: [
      { value: 'a@fabrikam.example', type: 'home' },
      { value: 'm@fabrikam.example', type: 'work', primary: true },
    ],
    [ENTERPRISE]: { department: 'Sales' },
  },
  {
    userName: 'anton',
    active: false,
    title: 'A',
    name: { familyName: 'Zander' },
    emails: [{ value: 'z@fabrikam.example' }, { value: 'b@fabrikam.example' }],
    [ENTERPRISE]: { department: 'finance' },
  },
  { userName: 'Berta', active: true, name: { familyName: 'adler' } },
];

describe('sortBy and sortOrder (RFC 7644 §3.4.2.3)', () => {
  let server: TestServer;
  let client: ScimClient;

  beforeAll(async () => {
    server = await startTestServer();
    const directory = await server.createDirectory();
    client = new ScimClient(directory.scimUrl, directory.scimToken);
    for (const person of PEOPLE) await client.post('/Users', person);
  });

  afterAll(() => server.stop());

  async function namesBy(query: string): Promise<string[]> {
    const { status, body } = await client.send('GET', `/Users?${query}`);
    expect(status).toBe(200);
    return (body.Resources as Wire[]).map((user) => String(user.userName));
  }

  test.each([
    ['text without regard to case', 'sortBy=userName', ['anton', 'Berta', 'Carla']],
    ['descending', 'sortBy=userName&sortOrder=descending', ['Carla', 'Berta', 'anton']],
    ['a sub-attribute', 'sortBy=name.familyName', ['Berta', 'anton', 'Carla']],
    ['who has no value comes last', 'sortBy=title', ['anton', 'Carla', 'Berta']],
    ['and first when descending', 'sortBy=title&sortOrder=descending', ['Berta', 'Carla', 'anton']],
    ['an extension by its URN', `sortBy=${ENTERPRISE}:department`, ['anton', 'Carla', 'Berta']],
    ['the primary e-mail, else the first', 'sortBy=emails', ['Carla', 'anton', 'Berta']],
    ['a boolean', 'sortBy=active&sortOrder=descending', ['Carla', 'Berta', 'anton']],
    ['a time', 'sortBy=meta.created&sortOrder=descending', ['Berta', 'anton', 'Carla']],
    ['names in any case', 'sortBy=USERNAME&sortOrder=Descending', ['Carla', 'Berta', 'anton']],
    ['together with a filter and a slice', 'sortBy=userName&filter=active%20eq%20true&startIndex=2', ['Carla']],
  ])('sorts by %s', async (_what, query, expected) => {
    const names = await namesBy(query);
    if (query.startsWith('sortBy=active')) expect(names.at(-1)).toBe('anton');
    else expect(names).toEqual(expected);
  });

  test.each([
    ['sortBy=shoeSize', 'invalidPath'],
    ['sortBy=name', 'invalidPath'],
    ['sortBy=userName&sortOrder=sideways', 'invalidValue'],
  ])('rejects %s with %s', async (query, scimType) => {
    const { status, body } = await client.send('GET', `/Users?${query}`);
    expect([status, body.scimType]).toEqual([400, scimType]);
  });

  test('groups sort by their name and by their members', async () => {
    for (const displayName of ['zeta', 'Alpha']) await client.post('/Groups', { displayName });
    const { body } = await client.send('GET', '/Groups?sortBy=displayName');
    expect((body.Resources as Wire[]).map((group) => group.displayName)).toEqual(['Alpha', 'zeta']);
    expect((await client.send('GET', '/Groups?sortBy=members.value')).status).toBe(200);
  });
});
