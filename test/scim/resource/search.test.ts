import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ScimClient, type Wire } from '../../support/scim-client.js';
import { startTestServer, type TestServer } from '../../support/server.js';

const SEARCH_REQUEST = 'urn:ietf:params:scim:api:messages:2.0:SearchRequest';

describe('queries over more than one list', () => {
  let server: TestServer;
  let client: ScimClient;
  let anna: string;

  beforeAll(async () => {
    server = await startTestServer();
    const directory = await server.createDirectory();
    client = new ScimClient(directory.scimUrl, directory.scimToken);
    anna = (await client.post('/Users', { userName: 'anna', displayName: 'Beta', title: 'Boss' })).body.id;
    await client.post('/Users', { userName: 'otto', displayName: 'Delta' });
    await client.post('/Groups', { displayName: 'Alpha', members: [{ value: anna }] });
    await client.post('/Groups', { displayName: 'Gamma' });
  });

  afterAll(() => server.stop());

  const names = (body: Wire): string[] => body.Resources.map((resource: Wire) => resource.displayName);

  test('POST /Users/.search is equivalent to GET /Users (RFC 7644 §3.4.3)', async () => {
    const search = {
      schemas: [SEARCH_REQUEST],
      filter: 'title pr',
      attributes: ['displayName', 'title'],
      startIndex: 1,
      count: 5,
    };
    const { status, body } = await client.post('/Users/.search', search);
    expect(status).toBe(200);
    expect(body).toMatchObject({ totalResults: 1, startIndex: 1, itemsPerPage: 1 });
    expect(Object.keys(body.Resources[0])).toEqual(['schemas', 'id', 'displayName', 'title']);
  });

  test('POST /Groups/.search omits excluded attributes', async () => {
    const { body } = await client.post('/Groups/.search', { sortBy: 'displayName', excludedAttributes: ['members'] });
    expect(names(body)).toEqual(['Alpha', 'Gamma']);
    expect(body.Resources[0]).not.toHaveProperty('members');
  });

  test.each([
    ['in the order of creation', '', ['Beta', 'Delta', 'Alpha', 'Gamma'], 4],
    ['sorted by an attribute of both', '?sortBy=displayName', ['Alpha', 'Beta', 'Delta', 'Gamma'], 4],
    ['descending', '?sortBy=displayName&sortOrder=descending', ['Gamma', 'Delta', 'Beta', 'Alpha'], 4],
    ['on a later page', '?sortBy=displayName&startIndex=2&count=2', ['Beta', 'Delta'], 4],
    ['beyond the end', '?startIndex=9', [], 4],
    ['filtered', '?filter=displayName%20co%20%22m%22', ['Gamma'], 1],
    ['filtered by an attribute of one', '?filter=userName%20pr', ['Beta', 'Delta'], 2],
    ['filtered by an attribute of none', '?filter=shoeSize%20pr', [], 0],
    ['filtered by the type', '?filter=meta.resourceType%20eq%20%22Group%22', ['Alpha', 'Gamma'], 2],
  ])('GET / finds users and groups %s', async (_what, query, expected, total) => {
    const { status, body } = await client.get(`/${query}`);
    expect(status).toBe(200);
    expect([names(body), body.totalResults]).toEqual([expected, total]);
  });

  test('POST /.search returns each resource like its own endpoint', async () => {
    const { body } = await client.post('/.search', { filter: `id eq "${anna}" or displayName eq "alpha"` });
    const [user, group] = body.Resources;
    expect(user).toEqual((await client.get(`/Users/${anna}`)).body);
    expect(group).toEqual((await client.get(`/Groups/${group.id}`)).body);
    expect(group.members[0].value).toBe(anna);
  });

  test.each([
    ['/?sortBy=shoeSize', 'invalidPath'],
    ['/?filter=userName', 'invalidFilter'],
  ])('GET %s is rejected with %s', async (path, scimType) => {
    const { status, body } = await client.get(path);
    expect([status, body.scimType]).toEqual([400, scimType]);
  });

  test('a search request with a parameter of the wrong type is rejected', async () => {
    const { status, body } = await client.post('/.search', { filter: { all: true } });
    expect([status, body.scimType]).toEqual([400, 'invalidValue']);
  });

  test('GET /.search is not allowed, and /Me is not implemented (RFC 7644 §3.11)', async () => {
    expect((await client.get('/.search')).status).toBe(405);
    expect((await client.get('/Me')).status).toBe(501);
  });
});
