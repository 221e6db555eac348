import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { queryGraphQL } from './support/graphql-client.js';
import { populate } from './support/population.js';
import { equals, ScimClient, type Wire } from './support/scim-client.js';
import { startTestServer, type TestDirectory, type TestServer } from './support/server.js';
import { isOfRequest, recordStatements, type RecordedStatement } from './support/statements.js';

const recorder = recordStatements();
let server: TestServer;
let directory: TestDirectory;
let scim: ScimClient;
let user: Wire;
let small: Wire;
let large: Wire;

beforeAll(async () => {
  server = await startTestServer({ clientClass: recorder.clientClass });
  directory = await server.createDirectory();
  scim = new ScimClient(directory.scimUrl, directory.scimToken);
  await populate(server.database.pool, [directory.id], { users: 2_000, groups: 40, groupsPerUser: 4 });
  const created = await scim.post('/Users', {
    userName: 'kim',
    externalId: 'k-1',
    emails: [{ value: 'kim@x.example', type: 'work' }],
  });
  user = created.body;
  const list = async (filter: string): Promise<Wire[]> =>
    (await scim.get('/Users', { filter, count: 10, attributes: 'id' })).body.Resources;
  const ten = (await list('userName sw "user-1"')).map(({ id }) => ({ value: id }));
  small = (await scim.post('/Groups', { displayName: 'Ten', members: ten })).body;
  large = (await scim.get('/Groups', { filter: equals('displayName', 'Group 1'), excludedAttributes: 'members' })).body
    .Resources[0];
  // The last use of a token is recorded once a minute in the background; wait for it, so that it is not counted later.
  await queryGraphQL({ url: server.url, token: directory.graphqlToken }, '{ directory { id } }');
  await new Promise((resolve) => setTimeout(resolve, 100));
});

afterAll(() => server.stop());

/** Returns the statements of one request, except those that refresh caches of one second. */
async function statementsOf(request: () => Promise<unknown>): Promise<RecordedStatement[]> {
  recorder.take();
  await request();
  return recorder.take().filter(({ text }) => isOfRequest(text));
}

async function expectStatus(status: number, request: ReturnType<ScimClient['send']>): Promise<Wire> {
  const answer = await request;
  expect(answer.status).toBe(status);
  return answer.body;
}

test('token, directory and registered schemas are cached between requests', async () => {
  recorder.take();
  const began = performance.now();
  for (let count = 0; count < 40; count++) await expectStatus(200, scim.get('/ServiceProviderConfig'));
  const seconds = Math.ceil((performance.now() - began) / 1_000);
  // Four statements, each at most once a second.
  expect(recorder.take().length).toBeLessThanOrEqual(4 * (seconds + 1));
});

describe('reading over SCIM takes one statement', () => {
  test.each([
    ['a match by userName', 'userName eq "KIM"'],
    ['a match by externalId', 'externalId eq "k-1"'],
    ['a match by e-mail address', 'emails.value eq "kim@x.example"'],
    ['a match by a value path', 'emails[type eq "work"].value eq "kim@x.example"'],
  ])('%s', async (_what, filter) => {
    let body: Wire;
    const statements = await statementsOf(async () => {
      body = await expectStatus(200, scim.get('/Users', { filter }));
    });
    expect(body.Resources.map(({ id }: Wire) => id)).toEqual([user.id]);
    expect(statements).toHaveLength(1);
    expect(statements[0]!.rows).toBe(1);
  });

  test('a match without results', async () => {
    const statements = await statementsOf(async () => {
      const body = await expectStatus(200, scim.get('/Users', { filter: 'userName eq "nobody"' }));
      expect(body.totalResults).toBe(0);
    });
    expect(statements).toHaveLength(1);
  });

  test('a user by id, with its groups', async () => {
    const statements = await statementsOf(() => expectStatus(200, scim.get(`/Users/${user.id}`)));
    expect(statements).toHaveLength(1);
  });

  test('a page of users, with the total', async () => {
    const statements = await statementsOf(() => expectStatus(200, scim.get('/Users', { count: 50 })));
    expect(statements.map(({ rows }) => rows)).toEqual([50]);
  });

  test('a group of ten by id, with its members', async () => {
    const statements = await statementsOf(async () => {
      expect((await expectStatus(200, scim.get(`/Groups/${small.id}`))).members).toHaveLength(10);
    });
    expect(statements.map(({ rows }) => rows)).toEqual([1]);
  });

  test('a group of two thousand by id or by name, without its members', async () => {
    const query = { excludedAttributes: 'members' };
    const byId = await statementsOf(() => expectStatus(200, scim.get(`/Groups/${large.id}`, query)));
    const filter = equals('displayName', 'group 1');
    const byName = await statementsOf(() => expectStatus(200, scim.get('/Groups', { ...query, filter })));
    for (const statements of [byId, byName]) {
      expect(statements.map(({ rows }) => rows)).toEqual([1]);
      expect(statements[0]!.text).not.toContain('memberships');
    }
  });
});

describe('writing over SCIM', () => {
  test('creates a user with two statements: the row, and the events with the counters', async () => {
    const statements = await statementsOf(() =>
      expectStatus(201, scim.post('/Users', { userName: 'lee', title: 'Clerk' })),
    );
    expect(statements).toHaveLength(2);
  });

  test('changes a user with three statements, and detects a no-op with one', async () => {
    const operation = { op: 'Replace', path: 'title', value: 'Guide' };
    const change = (): Promise<unknown> => scim.patch(`/Users/${user.id}`, operation);
    expect(await statementsOf(change)).toHaveLength(3);
    expect(await statementsOf(change)).toHaveLength(1);
  });

  test('deactivates a user with four statements, two of which lock the user and its memberships', async () => {
    const operation = { op: 'Replace', path: 'active', value: 'False' };
    expect(await statementsOf(() => scim.patch(`/Users/${user.id}`, operation))).toHaveLength(4);
  });

  test('changes one member with the same four statements in a group of ten and in one of two thousand', async () => {
    const value = [{ value: user.id }];
    const change = async (group: Wire): Promise<RecordedStatement[]> => [
      ...(await statementsOf(() =>
        expectStatus(204, scim.patch(`/Groups/${group.id}`, { op: 'Add', path: 'members', value })),
      )),
      ...(await statementsOf(() =>
        expectStatus(204, scim.patch(`/Groups/${group.id}`, { op: 'Remove', path: 'members', value })),
      )),
    ];
    const [ofSmall, ofLarge] = [await change(small), await change(large)];
    expect(ofSmall).toHaveLength(8);
    expect(ofLarge.map(({ text }) => text)).toEqual(ofSmall.map(({ text }) => text));
    for (const { rows, values } of [...ofSmall, ...ofLarge]) {
      expect(rows).toBeLessThanOrEqual(1);
      for (const one of values) if (Array.isArray(one)) expect(one.length).toBeLessThanOrEqual(1);
      expect(JSON.stringify(values).length).toBeLessThan(1_000);
    }
    const counted = await server.database.pool.query('select member_count from groups where id = any($1) order by 1', [
      [small.id, large.id],
    ]);
    expect(counted.rows).toEqual([{ member_count: 10 }, { member_count: 2_000 }]);
  });
});

describe('changing thousands of members over SCIM', () => {
  const ALL = 2_000;

  test('takes four or five statements, which neither fetch the members nor send them one by one', async () => {
    const path = `/Groups/${large.id}`;
    const users = (await scim.get('/Groups', { filter: equals('displayName', 'group 1'), attributes: 'members.value' }))
      .body.Resources[0].members;
    expect(users).toHaveLength(ALL);
    const empty = await statementsOf(() =>
      expectStatus(200, scim.put(path, { displayName: 'Group 1', externalId: 'y-1', members: [] })),
    );
    const add = await statementsOf(() =>
      expectStatus(204, scim.patch(path, { op: 'add', path: 'members', value: users })),
    );
    const remove = await statementsOf(() =>
      expectStatus(204, scim.patch(path, { op: 'remove', path: 'members', value: users.slice(0, 1_000) })),
    );
    // 500 members stay, 500 are removed and 500 are added.
    const replace = await statementsOf(() =>
      expectStatus(204, scim.patch(path, { op: 'replace', path: 'members', value: users.slice(500, 1_500) })),
    );
    expect([empty.length, add.length, remove.length, replace.length]).toEqual([5, 4, 4, 5]);
    for (const { rows, values } of [...empty, ...add, ...remove, ...replace]) {
      expect(rows).toBeLessThanOrEqual(1);
      for (const one of values) if (Array.isArray(one)) expect(one.length).toBeLessThanOrEqual(1);
    }
    const log = await server.database.pool.query(
      `select type, count(*)::int from events where directory_id = $1 and payload ->> 'groupId' = $2 group by 1 order by 1`,
      [directory.id, large.id],
    );
    expect(log.rows).toEqual([
      { type: 'MEMBERSHIP_ADDED', count: ALL + 500 + 1 },
      { type: 'MEMBERSHIP_REMOVED', count: ALL + 1_000 + 500 + 1 },
    ]);
  });
});

describe('reading over GraphQL', () => {
  test.each([10, 100])('takes two statements for users with their groups, first: %d', async (first) => {
    const query = `query ($first: Int!) { directory { users(first: $first) { edges { node {
      userName emails { value } groups(first: 5) { edges { node { displayName } } } } } } } }`;
    let users: Wire[] = [];
    const statements = await statementsOf(async () => {
      const connection = { url: server.url, token: directory.graphqlToken };
      users = (await queryGraphQL(connection, query, { first })).directory.users.edges;
    });
    expect(users).toHaveLength(first);
    expect(users.every(({ node }) => node.groups.edges.length > 0)).toBe(true);
    expect(statements).toHaveLength(2);
  });
});
