import { beforeAll, expect } from '@jest/globals';
import { queryGraphQL } from '../../support/graphql-client.js';
import { ScimClient, type Wire } from '../../support/scim-client.js';
import { LIST, SEARCH, ok, refusal, useProvider } from './provider.js';
import { deviation, notOurs, requirement } from './requirement.js';

/* RFC 9865: lists that are paged by cursor. */

const provider = useProvider();
const NAMES = ['anna', 'bert', 'carl', 'dora', 'emil'];
const page = (query: Readonly<Record<string, string | number>>, path = '/Users'): Promise<Wire> =>
  provider.read(path, { cursor: '', ...query });
const names = ({ Resources }: Wire): string[] => Resources.map(({ userName }: Wire) => userName);

beforeAll(async () => {
  for (const userName of NAMES) await provider.createUser({ userName });
});

notOurs('9865-2-01', 'MUST', 'A client begins with an empty cursor, or without one', 'It binds clients.');

requirement('9865-2-02', 'MUST', 'A negative count means 0', async () => {
  for (const count of [-1, -500]) expect(await page({ count })).toEqual(await page({ count: 0 }));
  // Nothing is returned but how many there are.
  expect(await page({ count: 0 })).toEqual({ schemas: [LIST], totalResults: 5, itemsPerPage: 0, Resources: [] });
});

requirement('9865-2-03', 'MUST', 'A page holds no more resources than count', async () => {
  for (const count of [1, 2, 5, 100]) expect((await page({ count })).Resources).toHaveLength(Math.min(count, 5));
});

requirement('9865-2-04', 'MUST', 'Each page but the last has a nextCursor', async () => {
  const walked: string[] = [];
  const cursors: Array<string | undefined> = [];
  for (let cursor: string | undefined = ''; cursor !== undefined && cursors.length < 9;) {
    const body = await page({ cursor, count: 2 });
    walked.push(...names(body));
    cursor = body.nextCursor;
    cursors.push(cursor);
    // Characters that need no escape in a URI (RFC 3986 §2.3).
    if (cursor !== undefined) expect(cursor).toMatch(/^[\w.~-]+$/);
  }
  expect(walked).toEqual(NAMES);
  expect(cursors.map((cursor) => typeof cursor)).toEqual(['string', 'string', 'undefined']);
});

requirement('9865-2-05', 'MUST', 'A page without a nextCursor is the last', async () => {
  for (const count of [5, 6]) expect(await page({ count })).not.toHaveProperty('nextCursor');
  const first = await page({ count: 3 });
  const second = await page({ count: 3, cursor: first.nextCursor });
  const back = await page({ count: 3, cursor: second.previousCursor });
  expect(back).toEqual(first);
});

requirement('9865-2-06', 'MUST', 'The first page has no previousCursor', async () => {
  const first = await page({ count: 2 });
  expect(first).not.toHaveProperty('previousCursor');
  const second = await page({ count: 2, cursor: first.nextCursor });
  const back = await page({ count: 2, cursor: second.previousCursor });
  expect([names(back), 'previousCursor' in back]).toEqual([['anna', 'bert'], false]);
});

notOurs(
  '9865-2-07',
  'MUST',
  'A client asks for the next page at the same endpoint with the same parameters',
  'It binds clients. A cursor of another filter, order, endpoint or count is refused.',
);

notOurs('9865-2-08', 'SHOULD', 'A client goes on with a cursor that it was given', 'It binds clients.');

requirement('9865-2.1-01', 'SHOULD', 'A cursor that is none is refused with 400 invalidCursor', async () => {
  const { nextCursor } = await page({ count: 2, filter: 'userName pr' });
  for (const query of [
    { cursor: 'nonsense' },
    { cursor: `${nextCursor}x`, filter: 'userName pr' },
    { cursor: nextCursor },
    { cursor: nextCursor, filter: 'userName sw "a"' },
    { cursor: nextCursor, filter: 'userName pr', sortBy: 'title' },
  ]) {
    expect(refusal(await provider.scim.get('/Users', { count: 2, ...query }))).toEqual([400, 'invalidCursor']);
  }
});

requirement('9865-2.1-02', 'SHOULD', 'A count that is none, or changes, is refused with 400 invalidCount', async () => {
  const { nextCursor } = await page({ count: 2 });
  for (const query of [
    { cursor: '', count: 'many' },
    { cursor: '', count: '1.5' },
    { cursor: nextCursor, count: 3 },
    { cursor: nextCursor, count: 0 },
  ]) {
    expect(refusal(await provider.scim.get('/Users', query))).toEqual([400, 'invalidCount']);
  }
});

deviation(
  '9865-2.1-03',
  'SHOULD',
  'A count above maxPageSize is refused with 400 invalidCount',
  'It is cut to maxPageSize, as RFC 7644 §3.4.2.4 lets the provider do and as §4 defines that limit: pages are no larger ' +
    'whatever count says.',
  async () => {
    const maxPageSize: number = (await provider.read('/ServiceProviderConfig')).pagination.maxPageSize;
    const { scim } = await provider.openTenant();
    for (let n = 0; n <= maxPageSize; n++) await scim.post('/Users', { userName: `person ${n}` });
    const body = ok(await scim.get('/Users', { cursor: '', count: maxPageSize + 1, attributes: 'id' }));
    expect([body.itemsPerPage, body.totalResults]).toEqual([maxPageSize, maxPageSize + 1]);
  },
);

notOurs(
  '9865-2.1-04',
  'SHOULD',
  'A cursor that has expired is refused with 400 expiredCursor',
  'Cursors do not expire: each holds its place itself, and costs the provider nothing.',
);

requirement('9865-2.2-01', 'SHOULD', 'Pages by cursor are sorted where sorting is asked for', async () => {
  const query = { count: 3, sortBy: 'userName', sortOrder: 'descending' };
  const first = await page(query);
  const second = await page({ ...query, cursor: first.nextCursor });
  expect([...names(first), ...names(second)]).toEqual([...NAMES].reverse());
});

requirement('9865-2.4-01', 'MUST', 'Of two methods, one is used when a request names neither', async () => {
  const { pagination } = await provider.read('/ServiceProviderConfig');
  expect(pagination.defaultPaginationMethod).toBe('index');
  const body = await provider.read('/Users', { count: 2 });
  expect([body.startIndex, body.itemsPerPage]).toEqual([1, 2]);
  expect(body).not.toHaveProperty('nextCursor');
  expect(await page({ count: 2 })).not.toHaveProperty('startIndex');
});

requirement('9865-2.4-02', 'SHOULD', 'Who paged by index before stays with it by default', async () => {
  const body = await provider.read('/Users');
  expect(body).toEqual(await provider.read('/Users', { startIndex: 1 }));
});

requirement('9865-4-01', 'SHOULD', 'The configuration has `pagination`, with cursor and index', async () => {
  const { pagination } = await provider.read('/ServiceProviderConfig');
  expect(pagination).toMatchObject({ cursor: true, index: true });
  // Without a cursorTimeout there is none.
  for (const name of Object.keys(pagination)) {
    expect(['cursor', 'index', 'defaultPaginationMethod', 'defaultPageSize', 'maxPageSize']).toContain(name);
  }
  const { scim } = await provider.openTenant();
  for (let n = 0; n <= pagination.defaultPageSize; n++) await scim.post('/Users', { userName: `person ${n}` });
  for (const query of [{}, { cursor: '' }]) {
    expect(ok(await scim.get('/Users', query)).itemsPerPage).toBe(pagination.defaultPageSize);
  }
});

requirement('9865-4-02', 'MUST', '`pagination` says whether cursors are supported, and it is so', async () => {
  const search = { schemas: [SEARCH], cursor: '', count: 2, attributes: ['userName'] };
  expect((await provider.read('/ServiceProviderConfig')).pagination.cursor).toBe(true);
  for (const path of ['/Users/.search', '/.search']) {
    const first = ok(await provider.scim.post(path, search));
    const second = ok(await provider.scim.post(path, { ...search, cursor: first.nextCursor }));
    expect([...names(first), ...names(second)]).toEqual(NAMES.slice(0, 4));
  }
});

requirement('9865-4-03', 'MUST', '`pagination` says whether indexes are supported, and it is so', async () => {
  expect((await provider.read('/ServiceProviderConfig')).pagination.index).toBe(true);
  expect(names(await provider.read('/Users', { startIndex: 4 }))).toEqual(['dora', 'emil']);
});

notOurs('9865-4-04', 'MUST', 'A client takes nothing from limits that are not published', 'It binds clients.');

requirement('9865-5.2-01', 'MUST', 'A page holds only what its reader may read, whoever got the cursor', async () => {
  const other = await provider.openTenant();
  for (const userName of ['xaver', 'yves', 'zoe']) await other.scim.post('/Users', { userName });
  const { nextCursor } = await page({ count: 2 });
  expect(refusal(await other.scim.get('/Users', { cursor: nextCursor, count: 2 }))).toEqual([400, 'invalidCursor']);
  // Another client of the same directory may read what the first one may.
  const { secret } = await provider.server.createToken({ directory: provider.directory, kind: 'scim' });
  const colleague = new ScimClient(provider.directory.scimUrl, secret);
  expect(names(ok(await colleague.get('/Users', { cursor: nextCursor, count: 2 })))).toEqual(['carl', 'dora']);
});

requirement('9865-5.2-02', 'MUST', 'Each page asks anew whether its reader may read it', async () => {
  const { directory, server } = provider;
  const { id, secret } = await server.createToken({ directory, kind: 'scim' });
  const { nextCursor } = await page({ count: 2 });
  const connection = { url: server.url, token: server.adminToken };
  await queryGraphQL(connection, `mutation { revokeToken(input: { id: "${id}" }) { errors { code } } }`);
  for (const token of [secret, undefined]) {
    const client = new ScimClient(directory.scimUrl, token);
    expect(refusal(await client.get('/Users', { cursor: nextCursor, count: 2 }))).toEqual([401]);
  }
});

notOurs(
  '9865-5.2-03',
  'SHOULD',
  'Cursors of a client end when its permissions change',
  'A cursor holds no permission and no result: each page, its total included, is read anew by whoever asks (9865-5.2-02).',
);

deviation(
  '9865-5.2-04',
  'SHOULD',
  'Cursors hide what they hold, and forged ones are noticed',
  'They hold a place, which a client knows from the page itself, and are not signed: who makes one up gets a place in a ' +
    'list that is open anyway. What is no place of the list is refused.',
  async () => {
    const { nextCursor } = await page({ count: 2 });
    const [list, query, directory, way, size, , id] = JSON.parse(
      Buffer.from(nextCursor, 'base64url').toString(),
    ) as unknown[];
    const forge = (...parts: unknown[]): string => Buffer.from(JSON.stringify(parts)).toString('base64url');
    const [, second] = NAMES;
    expect(names(await page({ cursor: forge(list, query, directory, way, size, '', id) }))).toEqual(
      names(await page({ cursor: nextCursor })),
    );
    expect(names(await page({ count: 2 })).at(-1)).toBe(second);
    for (const cursor of [
      forge(list, query, directory, way, size, 'x', id),
      forge(list, query, directory, way, size, '', 'x'),
      forge('x', query, directory, way, size, '', id),
    ]) {
      expect(refusal(await provider.scim.get('/Users', { cursor }))).toEqual([400, 'invalidCursor']);
    }
  },
);

requirement(
  '9865-5.2-05',
  'MUST',
  'A refusal discloses nothing: what is not there and what belongs to others are one',
  async () => {
    const other = await provider.openTenant();
    for (const userName of ['xaver', 'yves']) await other.scim.post('/Users', { userName });
    const { nextCursor } = ok(await other.scim.get('/Users', { cursor: '', count: 1 }));
    const answers = await Promise.all(
      [nextCursor, 'nonsense', Buffer.from('[]').toString('base64url')].map((cursor) =>
        provider.scim.get('/Users', { cursor, count: 1 }),
      ),
    );
    for (const { status, body } of answers) expect([status, body]).toEqual([400, answers[0]!.body]);
  },
);
