import { beforeAll, expect } from '@jest/globals';
import { LIST, SEARCH, listed, ok, refusal, useProvider } from './provider.js';
import { deviation, requirement } from './requirement.js';

/* RFC 7644 §3.4.3: queries by POST. */

const provider = useProvider();
const search = (path: string, parameters: object) => provider.scim.post(path, { schemas: [SEARCH], ...parameters });

beforeAll(async () => {
  await provider.createUser({ userName: 'anna', title: 'Boss' });
  await provider.createUser({ userName: 'bert' });
  await provider.createGroup({ displayName: 'Sales' });
});

requirement('7644-3.4.3-01', 'MUST', 'POST to an endpoint followed by /.search is a query', async () => {
  for (const [path, total] of [
    ['/.search', 3],
    ['/Users/.search', 2],
    ['/Groups/.search', 1],
  ] as const) {
    const body = ok(await search(path, { startIndex: 1, count: 1 }));
    expect(body).toMatchObject({ schemas: [LIST], totalResults: total, itemsPerPage: 1, startIndex: 1 });
  }
  expect((await provider.read('/')).totalResults).toBe(3);
});

deviation(
  '7644-3.4.3-02',
  'MUST',
  'A query request has the schema SearchRequest',
  'It is optional: at /.search the meaning is unambiguous, and clients omit it.',
  async () => {
    expect(listed(await provider.scim.post('/Users/.search', { filter: 'title pr' }))).toEqual(['anna']);
  },
);

requirement('7644-3.4.3-03', 'MUST', 'Names in `attributes` of a query request are in standard notation', async () => {
  const attributes = ['urn:ietf:params:scim:schemas:core:2.0:User:TITLE', 'meta.resourceType'];
  const [user] = ok(await search('/Users/.search', { attributes, filter: 'title pr' })).Resources;
  expect(user).toEqual({ schemas: user.schemas, id: user.id, title: 'Boss', meta: { resourceType: 'User' } });
});

requirement(
  '7644-3.4.3-04',
  'MUST',
  '`excludedAttributes` of a query request does not remove attributes that are always returned',
  async () => {
    const body = ok(await search('/Users/.search', { excludedAttributes: ['id', 'schemas', 'userName'] }));
    for (const user of body.Resources) {
      expect(user).toMatchObject({ id: expect.any(String), schemas: expect.any(Array) });
      expect(user).not.toHaveProperty('userName');
    }
  },
);

requirement(
  '7644-3.4.3-05',
  'MUST',
  'Names in `excludedAttributes` of a query request are in standard notation',
  async () => {
    const excludedAttributes = ['urn:ietf:params:scim:schemas:core:2.0:User:title', 'meta.version'];
    const [user] = ok(await search('/Users/.search', { excludedAttributes, filter: 'title pr' })).Resources;
    expect(user).not.toHaveProperty('title');
    expect(user.meta).not.toHaveProperty('version');
    expect(user.meta).toHaveProperty('created');
  },
);

requirement('7644-3.4.3-06', 'MUST', 'The filter of a query request is a valid filter', async () => {
  expect(refusal(await search('/Users/.search', { filter: 'title is "Boss"' }))).toEqual([400, 'invalidFilter']);
  expect(refusal(await search('/.search', { filter: 'title' }))).toEqual([400, 'invalidFilter']);
});

requirement('7644-3.4.3-07', 'MUST', 'sortBy of a query request orders the resources', async () => {
  const answer = await search('/Users/.search', { sortBy: 'userName', sortOrder: 'descending' });
  expect(listed(answer)).toEqual(['bert', 'anna']);
});

requirement('7644-3.4.3-08', 'MUST', 'sortBy of a query request is in standard notation', async () => {
  const sortBy = 'urn:ietf:params:scim:schemas:core:2.0:User:userName';
  expect(listed(await search('/Users/.search', { sortBy }))).toEqual(['anna', 'bert']);
  expect(refusal(await search('/Users/.search', { sortBy: 'user name' }))).toEqual([400, 'invalidPath']);
});
