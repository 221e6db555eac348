import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ScimClient, type Wire } from '../../support/scim-client.js';
import { startTestServer, type TestServer } from '../../support/server.js';

const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

describe('paging by cursor (RFC 9865)', () => {
  let server: TestServer;
  let client: ScimClient;
  let other: ScimClient;

  beforeAll(async () => {
    server = await startTestServer();
    const [directory, second] = [await server.createDirectory(), await server.createDirectory()];
    client = new ScimClient(directory.scimUrl, directory.scimToken);
    other = new ScimClient(second.scimUrl, second.scimToken);
    let manager = '';
    for (let index = 0; index < 9; index++) {
      const { body } = await client.post('/Users', {
        userName: `User ${8 - index}`,
        active: index % 2 === 0,
        ...(index % 3 === 0 ? {} : { title: `É${index % 2}`, emails: [{ value: `m${9 - index}@fabrikam.example` }] }),
        ...(index > 5 ? { [ENTERPRISE]: { manager: { value: manager } } } : {}),
      });
      manager ||= body.id;
      await client.post('/Groups', { displayName: `Group ${index}`, members: index < 4 ? [{ value: body.id }] : [] });
    }
  });

  afterAll(() => server.stop());

  async function walk(path: string, query: Record<string, string | number>): Promise<Wire[]> {
    const pages: Wire[] = [];
    for (let cursor: string | undefined = ''; cursor !== undefined;) {
      const { status, body } = await client.get(path, { ...query, cursor });
      expect(status).toBe(200);
      expect(body).not.toHaveProperty('startIndex');
      expect(body.itemsPerPage).toBe(body.Resources.length);
      pages.push(body);
      cursor = body.nextCursor;
      if (cursor !== undefined) expect(cursor).toMatch(/^[A-Za-z0-9._~-]+$/);
    }
    return pages;
  }

  const ids = (body: Wire): string[] => body.Resources.map(({ id }: Wire) => id);

  test.each([
    ['/Users', {}],
    ['/Users', { filter: 'active eq true' }],
    ['/Groups', {}],
    ['/Groups', { filter: 'members pr', sortBy: 'displayName' }],
    ['/Users', { sortBy: 'userName' }],
    ['/Users', { sortBy: 'userName', sortOrder: 'descending' }],
    ['/Users', { sortBy: 'title' }],
    ['/Users', { sortBy: 'title', sortOrder: 'descending' }],
    ['/Users', { sortBy: 'emails' }],
    ['/Users', { sortBy: 'emails.value', sortOrder: 'descending', filter: 'active eq true' }],
    ['/Users', { sortBy: 'active' }],
    ['/Users', { sortBy: 'id' }],
    ['/Users', { sortBy: 'meta.created', sortOrder: 'descending' }],
    ['/Users', { sortBy: 'meta.lastModified' }],
    ['/Users', { sortBy: 'manager' }],
    ['/Users', { sortBy: 'groups.display' }],
    ['/Groups', { sortBy: 'members.value', sortOrder: 'descending' }],
    ['/', {}],
    ['/', { sortBy: 'displayName' }],
    ['/', { sortBy: 'title', sortOrder: 'descending' }],
    ['/', { sortBy: 'meta.created', filter: 'id pr' }],
  ])('%s %j: returns every resource once, in both directions', async (path, query) => {
    const whole = (await client.get(path, query)).body;
    for (const count of [1, 2, 4, 100]) {
      const pages = await walk(path, { ...query, count });
      expect(pages.map(({ totalResults }) => totalResults)).toEqual(pages.map(() => whole.totalResults));
      expect(pages.flatMap(ids).sort()).toEqual([...ids(whole)].sort());
      expect(pages.every((page, index) => page.Resources.length === count || index === pages.length - 1)).toBe(true);
      expect(pages.map((page) => 'previousCursor' in page)).toEqual(pages.map((_, index) => index > 0));
      for (const [index, page] of pages.entries()) {
        if (index === 0) continue;
        const back = (await client.get(path, { ...query, count, cursor: page.previousCursor })).body;
        expect(ids(back)).toEqual(ids(pages[index - 1]));
        expect([back.nextCursor, 'previousCursor' in back]).toEqual([pages[index - 1].nextCursor, index > 1]);
      }
    }
  });

  test.each([
    ['userName', undefined, (user: Wire) => user.userName.toLowerCase()],
    ['title', undefined, (user: Wire) => user.title?.toLowerCase() ?? '\uffff'],
    ['emails', 'descending', (user: Wire) => user.emails?.[0].value ?? '\uffff'],
  ])('sorts by %s %s', async (sortBy, sortOrder, keyOf) => {
    const users = (await walk('/Users', { sortBy, ...(sortOrder ? { sortOrder } : {}), count: 2 })).flatMap(
      ({ Resources }) => Resources,
    );
    const keys = users.map(keyOf);
    const sorted = [...keys].sort((a, b) => (a < b ? -1 : 1));
    expect(keys).toEqual(sortOrder === 'descending' ? sorted.reverse() : sorted);
  });

  test('a user created before the position of the cursor does not shift the next page', async () => {
    const first = (await client.get('/Users', { sortBy: 'userName', count: 3, cursor: '' })).body;
    const { id } = (await client.post('/Users', { userName: 'Aaron' })).body;
    const second = (await client.get('/Users', { sortBy: 'userName', count: 3, cursor: first.nextCursor })).body;
    await client.delete(`/Users/${id}`);
    expect(second.Resources[0].userName).toBe('User 3');
    expect(second.totalResults).toBe(10);
  });

  test('works in a search by POST, with a projection, and with count=0', async () => {
    const first = (await client.post('/Users/.search', { cursor: '', count: 2, attributes: ['userName'] })).body;
    expect(Object.keys(first.Resources[0])).toEqual(['schemas', 'id', 'userName']);
    const second = (await client.post('/Users/.search', { cursor: first.nextCursor, count: 2 })).body;
    expect(second.Resources[0].userName).toBe('User 6');
    const none = (await client.get('/Users', { cursor: '', count: 0 })).body;
    expect(none).toEqual({ schemas: first.schemas, totalResults: 9, itemsPerPage: 0, Resources: [] });
  });

  test('a cursor of another query, order, endpoint or directory, or a damaged one, is invalidCursor', async () => {
    const { nextCursor } = (await client.get('/Users', { cursor: '', count: 1, sortBy: 'title' })).body;
    const forged = (parts: (list: unknown[], size: number) => unknown): string => {
      const known = JSON.parse(Buffer.from(nextCursor, 'base64url').toString());
      return Buffer.from(JSON.stringify(parts(known.slice(0, 3), known[4]))).toString('base64url');
    };
    const nobody = '00000000-0000-4000-8000-000000000000';
    const wrong: Array<[ScimClient, string, Record<string, string>]> = [
      [client, '/Users', { cursor: nextCursor }],
      [client, '/Users', { cursor: nextCursor, sortBy: 'userName' }],
      [client, '/Users', { cursor: nextCursor, sortBy: 'title', sortOrder: 'descending' }],
      [client, '/Users', { cursor: nextCursor, sortBy: 'title', filter: 'title pr' }],
      [other, '/Users', { cursor: nextCursor, sortBy: 'title' }],
      [client, '/Groups', { cursor: nextCursor }],
      ...[
        'x',
        `${nextCursor}x`,
        'eyJ9',
        forged(() => 1),
        forged((list, size) => [...list, 'next', size, 'a\0', nobody]),
        forged((list, size) => [...list, 'next', size, 'a', "1' or 1"]),
        forged((list, size) => [...list, 'next', size, 'a', nobody, nobody]),
        forged((list, size) => [...list, 'up', size, 'a', nobody]),
        forged((list, size) => [...list, 'previous', size]),
        forged((list) => [...list, 'next', 201, 'a', nobody]),
        forged((list) => [...list, 'next', -1, 'a', nobody]),
        forged((list) => [...list, 'next', '1', 'a', nobody]),
      ].map((cursor): [ScimClient, string, Record<string, string>] => [client, '/Users', { cursor, sortBy: 'title' }]),
    ];
    for (const [from, path, query] of wrong) {
      const { status, body } = await from.get(path, query);
      expect([query, status, body.scimType]).toEqual([query, 400, 'invalidCursor']);
    }
    expect((await client.get('/Users', { cursor: nextCursor, sortBy: 'title' })).status).toBe(200);
    const fit = forged((list, size) => [...list, 'next', size, 'a', nobody]);
    expect((await client.get('/Users', { cursor: fit, sortBy: 'title' })).status).toBe(200);
  });

  test.each(['x', '1.5', '0x1', '1e1'])('count=%s is invalidCount', async (count) => {
    const { status, body } = await client.get('/Users', { cursor: '', count });
    expect([status, body.scimType]).toEqual([400, 'invalidCount']);
  });

  test('count is the same for all pages, whether it is repeated or not', async () => {
    const { nextCursor } = (await client.get('/Users', { cursor: '', count: 2 })).body;
    for (const count of [{}, { count: 2 }, { count: '+2' }] as ReadonlyArray<Record<string, string | number>>) {
      const { body } = await client.get('/Users', { cursor: nextCursor, ...count });
      expect([count, body.itemsPerPage]).toEqual([count, 2]);
    }
    for (const count of [0, 1, 3, 500, -2]) {
      const { status, body } = await client.get('/Users', { cursor: nextCursor, count });
      expect([count, status, body.scimType]).toEqual([count, 400, 'invalidCount']);
    }
    // A count above the limit is reduced to the limit.
    for (let index = 0; index < 201; index++) await other.post('/Users', { userName: `Many ${index}` });
    const large = (await other.get('/Users', { cursor: '', count: 10_000 })).body;
    expect(large.itemsPerPage).toBe(200);
    const rest = await other.get('/Users', { cursor: large.nextCursor, count: 500 });
    expect([rest.status, rest.body.itemsPerPage, rest.body.nextCursor]).toEqual([200, 1, undefined]);
  });

  test('startIndex is ignored with a cursor', async () => {
    const { body } = await client.get('/Users', { cursor: '', startIndex: 4, count: 2 });
    expect(body.Resources.map(({ userName }: Wire) => userName)).toEqual(['User 8', 'User 7']);
    expect(body).not.toHaveProperty('startIndex');
  });

  test('after an empty previous page the next page is the first', async () => {
    const names = ['Back 1', 'Back 2', 'Back 3', 'Back 4'];
    const made: Wire[] = [];
    for (const userName of names) made.push((await client.post('/Users', { userName })).body);
    const query = { filter: 'userName sw "Back"', sortBy: 'userName', count: 2 };
    const first = (await client.get('/Users', { ...query, cursor: '' })).body;
    const second = (await client.get('/Users', { ...query, cursor: first.nextCursor })).body;
    for (const { id } of made.slice(0, 2)) await client.delete(`/Users/${id}`);
    const back = (await client.get('/Users', { ...query, cursor: second.previousCursor })).body;
    expect([back.Resources, back.totalResults, back.previousCursor]).toEqual([[], 2, undefined]);
    const again = (await client.get('/Users', { ...query, cursor: back.nextCursor })).body;
    expect(again.Resources.map(({ userName }: Wire) => userName)).toEqual(['Back 3', 'Back 4']);
    expect(again).not.toHaveProperty('previousCursor');
    for (const { id } of made.slice(2)) await client.delete(`/Users/${id}`);
    const none = (await client.get('/Users', { ...query, cursor: second.previousCursor })).body;
    expect([none.totalResults, none.nextCursor]).toEqual([0, undefined]);
  });

  test('is announced in ServiceProviderConfig', async () => {
    expect((await client.get('/ServiceProviderConfig')).body.pagination).toEqual({
      cursor: true,
      index: true,
      defaultPaginationMethod: 'index',
      defaultPageSize: 100,
      maxPageSize: 200,
    });
  });
});
