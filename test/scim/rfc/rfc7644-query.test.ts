import { beforeAll, expect } from '@jest/globals';
import type { Wire } from '../../support/scim-client.js';
import { ENTERPRISE, LIST, listed, ok, refusal, useProvider } from './provider.js';
import { notOurs, requirement } from './requirement.js';

/* RFC 7644 §3.4.2: queries and their responses. Filters and sorting have separate files. */

const provider = useProvider();
const all = ['anna', 'bert', 'carl', 'dora', 'emil'];

beforeAll(async () => {
  for (const userName of all) await provider.createUser({ userName, title: userName === 'dora' ? 'Boss' : null });
  await provider.createGroup({ displayName: 'anna' });
});

requirement('7644-3.4.2-01', 'SHOULD', 'Unknown query parameters are ignored', async () => {
  expect(listed(await provider.scim.get('/Users', { aadOptscim062020: '', colour: 'blue', startIndex: 1 }))).toEqual(
    all,
  );
});

requirement('7644-3.4.2-02', 'MUST', 'The response to a query has the schema ListResponse', async () => {
  for (const path of ['/Users', '/Groups', '/', '/Schemas', '/ResourceTypes']) {
    expect((await provider.read(path)).schemas).toEqual([LIST]);
  }
});

requirement('7644-3.4.2-03', 'MUST', 'totalResults is in every list response and counts all matches', async () => {
  expect((await provider.read('/Users', { count: 2 })).totalResults).toBe(5);
  expect((await provider.read('/Users', { filter: 'title pr' })).totalResults).toBe(1);
  expect((await provider.read('/', {})).totalResults).toBe(6);
});

requirement('7644-3.4.2-04', 'MUST', 'Resources is present if totalResults is not zero', async () => {
  const body = await provider.read('/Users');
  expect(body.Resources).toHaveLength(body.totalResults);
  expect((await provider.read('/Users', { startIndex: 9 })).Resources).toEqual([]);
});

requirement('7644-3.4.2-05', 'MUST', 'startIndex is present if a page contains a part of the results', async () => {
  expect((await provider.read('/Users', { startIndex: 2, count: 2 })).startIndex).toBe(2);
  expect((await provider.read('/Users', { count: 2 })).startIndex).toBe(1);
});

requirement('7644-3.4.2-06', 'MUST', 'itemsPerPage is present if a page contains a part of the results', async () => {
  const page = await provider.read('/Users', { startIndex: 4, count: 3 });
  expect([page.itemsPerPage, page.Resources.length]).toEqual([2, 2]);
});

requirement('7644-3.4.2-07', 'MUST', 'A query without a match returns 200 and totalResults 0', async () => {
  for (const path of ['/Users', '/Groups', '/']) {
    const { status, body } = await provider.scim.get(path, { filter: 'id eq "nobody"' });
    expect([status, body.totalResults, body.Resources]).toEqual([200, 0, []]);
  }
});

requirement('7644-3.4.2.1-01', 'MUST', 'A query at the root finds all resources of all types', async () => {
  const { totalResults, Resources } = await provider.read('/');
  expect(totalResults).toBe(6);
  const types = Resources.map((resource: Wire) => resource.meta.resourceType);
  expect(types.sort()).toEqual(['Group', 'User', 'User', 'User', 'User', 'User']);
});

notOurs(
  '7644-3.4.2.1-02',
  'MUST',
  'A query with too many results for the provider is rejected with 400 tooMany',
  'No query has too many: results are returned in pages, whatever their number.',
);

requirement('7644-3.4.2.1-03', 'MUST', 'A filter at the root has the same meaning as at an endpoint', async () => {
  const filter = 'userName sw "a" or displayName eq "ANNA"';
  const { Resources } = await provider.read('/', { filter });
  expect(Resources.map((one: Wire) => one.userName ?? one.displayName)).toEqual(['anna', 'anna']);
  expect(refusal(await provider.scim.get('/', { filter: 'userName is "a"' }))).toEqual([400, 'invalidFilter']);
});

requirement('7644-3.4.2.1-04', 'MUST', 'An attribute that is not defined for a type has no value', async () => {
  const count = async (filter: string): Promise<number> => (await provider.read('/', { filter })).totalResults;
  expect(await count('userName pr')).toBe(5);
  expect(await count('userName eq "anna"')).toBe(1);
  expect(await count('not (userName pr)')).toBe(1);
  expect(await count('shoeSize eq 7')).toBe(0);
});

notOurs(
  '7644-3.4.2.4-01',
  'MUST',
  'A client is prepared for pages that are not consistent with each other',
  'It binds clients.',
);

requirement('7644-3.4.2.4-02', 'MUST', 'A startIndex below 1 means 1', async () => {
  for (const startIndex of [0, -1, -99]) {
    const body = await provider.read('/Users', { startIndex });
    expect([body.startIndex, body.Resources.length]).toEqual([1, 5]);
  }
});

requirement('7644-3.4.2.4-03', 'MUST', 'A negative count means 0, which returns totalResults only', async () => {
  for (const count of [-1, 0, -500]) {
    const body = await provider.read('/Users', { count });
    expect([body.totalResults, body.itemsPerPage, body.Resources]).toEqual([5, 0, []]);
  }
});

requirement('7644-3.4.2.4-04', 'MUST', 'A page has no more results than count', async () => {
  for (const count of [1, 3, 5, 50]) {
    expect((await provider.read('/Users', { count })).Resources).toHaveLength(Math.min(count, 5));
  }
});

requirement('7644-3.4.2.5-01', 'MUST', '`attributes` and `excludedAttributes` of a query are supported', async () => {
  const [chosen] = (await provider.read('/Users', { attributes: 'title', filter: 'title pr' })).Resources;
  expect(Object.keys(chosen).sort()).toEqual(['id', 'schemas', 'title']);
  const [rest] = (await provider.read('/Users', { excludedAttributes: 'title,meta', filter: 'title pr' })).Resources;
  expect(rest).toHaveProperty('userName', 'dora');
  expect(rest).not.toHaveProperty('title');
  expect(rest).not.toHaveProperty('meta');
});

requirement('7644-3.4.2.5-02', 'MUST', 'Names in `attributes` are in standard attribute notation', async () => {
  const name = { givenName: 'Zoë', familyName: 'Moss' };
  const { id } = await provider.createUser({ userName: 'zoe', name, [ENTERPRISE]: { department: 'D', division: 'V' } });
  const attributes = `NAME.familyName,urn:ietf:params:scim:schemas:core:2.0:User:userName,${ENTERPRISE}:department`;
  const user = await provider.read(`/Users/${id}`, { attributes });
  const { schemas: _schemas, ...shown } = user;
  expect(shown).toEqual({ id, userName: 'zoe', name: { familyName: 'Moss' }, [ENTERPRISE]: { department: 'D' } });
  await provider.scim.delete(`/Users/${id}`);
});

requirement(
  '7644-3.4.2.5-03',
  'MUST',
  '`excludedAttributes` does not remove attributes that are always returned',
  async () => {
    const { Resources } = await provider.read('/Users', { excludedAttributes: 'id,schemas,userName' });
    for (const resource of Resources)
      expect(resource).toMatchObject({ id: expect.any(String), schemas: [expect.any(String)] });
    expect(Resources[0]).not.toHaveProperty('userName');
  },
);

requirement('7644-3.9-01', 'MUST', '`attributes` overrides the default set of returned attributes', async () => {
  const user = await provider.createUser({ userName: 'fritz', title: 'Chef' });
  const shown = await provider.read(`/Users/${user.id}`, { attributes: 'title' });
  expect(shown).toEqual({ schemas: user.schemas, id: user.id, title: 'Chef' });
  await provider.scim.delete(`/Users/${user.id}`);
});

requirement(
  '7644-3.9-02',
  'MUST',
  'With `attributes`, a resource in any response has the minimum set and the requested attributes',
  async () => {
    const { scim } = provider;
    const query = { attributes: 'title,name.givenName' };
    const body = { userName: 'gustav', title: 'Chef', nickName: 'Gus', name: { givenName: 'G', familyName: 'H' } };
    const answer = await scim.send('POST', '/Users', { query, body });
    expect(answer.status).toBe(201);
    const { id } = answer.body;
    const minimum = { schemas: expect.any(Array), id, title: 'Chef', name: { givenName: 'G' } };
    expect(answer.body).toEqual(minimum);
    expect(ok(await scim.send('PUT', `/Users/${id}`, { query, body }))).toEqual(minimum);
    const patch = { Operations: [{ op: 'replace', path: 'nickName', value: 'Gu' }] };
    expect(ok(await scim.send('PATCH', `/Users/${id}`, { query, body: patch }))).toEqual(minimum);
    expect(ok(await scim.get(`/Users/${id}`, query))).toEqual(minimum);
    expect(ok(await scim.get('/', { ...query, filter: 'userName eq "gustav"' })).Resources).toEqual([minimum]);
    await scim.delete(`/Users/${id}`);
  },
);

requirement('7644-3.9-03', 'MUST', 'With `excludedAttributes`, a resource still has the minimum set', async () => {
  const query = { excludedAttributes: 'schemas,id,meta,title' };
  const body = { userName: 'hedwig', title: 'Chef', nickName: 'Hedi' };
  const answer = await provider.scim.send('POST', '/Users', { query, body });
  const { id } = answer.body;
  expect(answer.body).toMatchObject({ schemas: expect.any(Array), id, userName: 'hedwig', nickName: 'Hedi' });
  expect(answer.body).not.toHaveProperty('title');
  expect(answer.body).not.toHaveProperty('meta');
  expect(await provider.read(`/Users/${id}`, query)).toEqual(answer.body);
  await provider.scim.delete(`/Users/${id}`);
});

notOurs(
  '7644-3.10-01',
  'SHOULD',
  'A client writes attributes of an extension with the URN of their schema',
  'It binds clients.',
);
