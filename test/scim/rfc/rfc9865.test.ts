import { beforeAll, expect } from '@jest/globals';
import { queryGraphQL } from '../../support/graphql-client.js';
import { ScimClient, type Wire } from '../../support/scim-client.js';
import { LIST, SEARCH, ok, refusal, useProvider } from './provider.js';
import { deviation, notOurs, requirement } from './requirement.js';

/* RFC 9865: cursor-based pagination. */

const provider = useProvider();
const NAMES = ['anna', 'bert', 'carl', 'dora', 'emil'];
const page = (query: Readonly<Record<string, string | number>>, path = '/Users'): Promise<Wire> =>
  provider.read(path, { cursor: '', ...query });
const names = ({ Resources }: Wire): string[] => Resources.map(({ userName }: Wire) => userName);

beforeAll(async () => {
  for (const userName of NAMES) await provider.createUser({ userName });
});

notOurs('9865-2-01', 'MUST', 'A client starts with an empty cursor or without one', 'It binds clients.');

requirement('9865-2-02', 'MUST', 'A negative count means 0', async () => {
  for (const count of [-1, -500]) expect(await page({ count })).toEqual(await page({ count: 0 }));
  // Only the total is returned.
  expect(await page({ count: 0 })).toEqual({ schemas: [LIST], totalResults: 5, itemsPerPage: 0, Resources: [] });
});

requirement('9865-2-03', 'MUST', 'A page has no more resources than count', async () => {
  for (const count of [1, 2, 5, 100]) expect((await page({ count })).Resources).toHaveLength(Math.min(count, 5));
});

requirement('9865-2-04', 'MUST', 'Each page except the last has a nextCursor', async () => {
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
  'A client requests the next page at the same endpoint with the same parameters',
  'It binds clients. A cursor of another filter, order, endpoint or count is rejected.',
);

notOurs('9865-2-08', 'SHOULD', 'A client continues with a cursor that it has received', 'It binds clients.');

requirement('9865-2.1-01', 'SHOULD', 'An invalid cursor is rejected with 400 invalidCursor', async () => {
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

requirement('9865-2.1-02', 'SHOULD', 'An invalid or changed count is rejected with 400 invalidCount', async () => {
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
  'A count above maxPageSize is rejected with 400 invalidCount',
  'It is reduced to maxPageSize, as RFC 7644 §3.4.2.4 allows and as §4 defines that limit: the maximum page size for any ' +
    'count.',
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
  'An expired cursor is rejected with 400 expiredCursor',
  'Cursors do not expire: each contains its position, and the provider stores nothing.',
);

requirement('9865-2.2-01', 'SHOULD', 'Pages by cursor are sorted on request', async () => {
  const query = { count: 3, sortBy: 'userName', sortOrder: 'descending' };
  const first = await page(query);
  const second = await page({ ...query, cursor: first.nextCursor });
  expect([...names(first), ...names(second)]).toEqual([...NAMES].reverse());
});

requirement('9865-2.4-01', 'MUST', 'If a request specifies neither pagination method, a default is used', async () => {
  const { pagination } = await provider.read('/ServiceProviderConfig');
  expect(pagination.defaultPaginationMethod).toBe('index');
  const body = await provider.read('/Users', { count: 2 });
  expect([body.startIndex, body.itemsPerPage]).toEqual([1, 2]);
  expect(body).not.toHaveProperty('nextCursor');
  expect(await page({ count: 2 })).not.toHaveProperty('startIndex');
});

requirement(
  '9865-2.4-02',
  'SHOULD',
  'A provider that supported index pagination before keeps it as the default',
  async () => {
    const body = await provider.read('/Users');
    expect(body).toEqual(await provider.read('/Users', { startIndex: 1 }));
  },
);

requirement('9865-4-01', 'SHOULD', 'The configuration has `pagination`, with cursor and index', async () => {
  const { pagination } = await provider.read('/ServiceProviderConfig');
  expect(pagination).toMatchObject({ cursor: true, index: true });
  // Cursors do not expire, so there is no cursorTimeout.
  for (const name of Object.keys(pagination)) {
    expect(['cursor', 'index', 'defaultPaginationMethod', 'defaultPageSize', 'maxPageSize']).toContain(name);
  }
  const { scim } = await provider.openTenant();
  for (let n = 0; n <= pagination.defaultPageSize; n++) await scim.post('/Users', { userName: `person ${n}` });
  for (const query of [{}, { cursor: '' }]) {
    expect(ok(await scim.get('/Users', query)).itemsPerPage).toBe(pagination.defaultPageSize);
  }
});

requirement('9865-4-02', 'MUST', '`pagination` says correctly whether cursors are supported', async () => {
  const search = { schemas: [SEARCH], cursor: '', count: 2, attributes: ['userName'] };
  expect((await provider.read('/ServiceProviderConfig')).pagination.cursor).toBe(true);
  for (const path of ['/Users/.search', '/.search']) {
    const first = ok(await provider.scim.post(path, search));
    const second = ok(await provider.scim.post(path, { ...search, cursor: first.nextCursor }));
    expect([...names(first), ...names(second)]).toEqual(NAMES.slice(0, 4));
  }
});

requirement('9865-4-03', 'MUST', '`pagination` says correctly whether indexes are supported', async () => {
  expect((await provider.read('/ServiceProviderConfig')).pagination.index).toBe(true);
  expect(names(await provider.read('/Users', { startIndex: 4 }))).toEqual(['dora', 'emil']);
});

notOurs('9865-4-04', 'MUST', 'A client does not infer anything from unpublished limits', 'It binds clients.');

requirement(
  '9865-5.2-01',
  'MUST',
  'A page contains only resources that its reader may read, regardless of who obtained the cursor',
  async () => {
    const other = await provider.openTenant();
    for (const userName of ['xaver', 'yves', 'zoe']) await other.scim.post('/Users', { userName });
    const { nextCursor } = await page({ count: 2 });
    expect(refusal(await other.scim.get('/Users', { cursor: nextCursor, count: 2 }))).toEqual([400, 'invalidCursor']);
    // Another client of the same directory has the same permissions.
    const { secret } = await provider.server.createToken({ directory: provider.directory, kind: 'scim' });
    const colleague = new ScimClient(provider.directory.scimUrl, secret);
    expect(names(ok(await colleague.get('/Users', { cursor: nextCursor, count: 2 })))).toEqual(['carl', 'dora']);
  },
);

requirement('9865-5.2-02', 'MUST', 'Authorization is checked for each page', async () => {
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
  'A cursor contains no permissions and no results: each page, its total included, is read with the permissions of its ' +
    'request (9865-5.2-02).',
);

deviation(
  '9865-5.2-04',
  'SHOULD',
  'Cursors are opaque, and forged ones are detected',
  'They contain a position that a client knows from the page itself, and are not signed: a forged cursor is a position in ' +
    'a list that its client may read anyway. A cursor that is not a position of the list is rejected.',
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
  'An error discloses nothing: unknown resources and those of others are indistinguishable',
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
