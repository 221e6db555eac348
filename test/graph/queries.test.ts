import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { newId } from '../../src/domain/kernel/id.js';
import { isOfRequest } from '../support/statements.js';
import { CountingClient, statements } from './counting-client.js';
import { Harness } from './harness.js';

let harness: Harness;
let users: string[];
let groups: string[];

beforeAll(async () => {
  harness = await Harness.start({ clientClass: CountingClient });
  const boss = await harness.createUser({ userName: 'boss' });
  users = [boss];
  for (let index = 1; index < 30; index++) {
    users.push(
      await harness.createUser({ userName: `user-${index}`, managerId: users[index % 3], externalId: 'same' }),
    );
  }
  groups = [];
  for (let index = 0; index < 12; index++) groups.push(await harness.createGroup(`Group ${index}`, users.slice(index)));
});

afterAll(() => harness.stop());

/** Returns the number of statements of a query with a warm cache of tokens and directories. */
async function statementsOf(query: string, variables: object = {}): Promise<number> {
  await harness.query('{ directory { id } }');
  statements.length = 0;
  await harness.query(query, variables);
  return statements.filter(isOfRequest).length;
}

describe('statement budgets', () => {
  beforeEach(() => harness.query('{ directory { id } }'));

  test.each([
    ['a user', '{ directory { user(userName: "boss") { userName emails { value } createdAt } } }', 1],
    ['a user by id', '{ directory { user(id: "ID") { userName } } }', 1],
    ['users alone', '{ directory { users(first: 20) { edges { cursor node { userName name { formatted } } } } } }', 1],
    [
      'few users with their groups',
      '{ directory { users(first: 2) { edges { node { userName groups(first: 10) { edges { addedAt node { displayName } } } } } } } }',
      2,
    ],
    [
      'many users with their groups',
      '{ directory { users(first: 30) { edges { node { userName groups(first: 10) { edges { node { displayName } } } } } } } }',
      2,
    ],
    ['users with their managers', '{ directory { users(first: 30) { nodes { manager { userName } } } } }', 2],
    [
      'users with their reports',
      '{ directory { users(first: 30) { nodes { directReports(first: 2) { nodes { id } } } } } }',
      2,
    ],
    [
      'groups with members of both kinds',
      '{ directory { groups(first: 12) { nodes { memberCount members(first: 10) { totalCount nodes { __typename ... on User { userName } } } } } } }',
      2,
    ],
    ['totals without a filter', '{ directory { users(first: 1) { totalCount } groups(first: 1) { totalCount } } }', 2],
    ['a total with its page', '{ directory { users(first: 1) { totalCount nodes { id } } } }', 2],
    [
      'groups of users with their totals',
      '{ directory { users(first: 30) { nodes { groups(first: 1) { totalCount nodes { id } } } } } }',
      3,
    ],
    ['the log', '{ directory { events(first: 50) { nodes { id sequence } } } }', 1],
  ])('%s', async (_name, query, budget) => {
    expect(await statementsOf(query.replace('ID', users[0]!))).toBe(budget);
  });

  test('totals without a filter do not count rows', async () => {
    await statementsOf('{ directory { users(first: 1) { totalCount } groups(first: 1) { totalCount } } }');
    expect(statements.some((text) => text.includes('count(*)'))).toBe(false);
    const { directory } = await harness.query(
      '{ directory { users(first: 1) { totalCount } groups(first: 1) { totalCount } } }',
    );
    expect(directory).toEqual({ users: { totalCount: 30 }, groups: { totalCount: 12 } });
  });

  test('the groups of users are not read unless they are selected', async () => {
    await statementsOf('{ directory { users(first: 30) { nodes { userName } } user(id: "x") { id } } }');
    expect(statements.some((text) => text.includes('memberships'))).toBe(false);
  });
});

describe('lookups', () => {
  const USER = `query ($id: ID, $userName: String, $externalId: String) {
    directory { user(id: $id, userName: $userName, externalId: $externalId) { id } }
  }`;

  test('find a user by case-insensitive userName and by id', async () => {
    expect((await harness.query(USER, { userName: 'BOSS' })).directory.user.id).toBe(users[0]);
    expect((await harness.query(USER, { id: users[0] })).directory.user.id).toBe(users[0]);
  });

  test('by the externalId of several users are AMBIGUOUS', async () => {
    expect(await harness.code(USER, { externalId: 'same' })).toBe('AMBIGUOUS');
    expect((await harness.query(USER, { externalId: 'SAME' })).directory.user).toBeNull();
  });

  test.each([[{}], [{ id: 'x', userName: 'boss' }], [{ id: null }]])(
    'with %j need exactly one argument',
    async (args) => {
      expect(await harness.code(USER, args)).toBe('BAD_USER_INPUT');
    },
  );

  test.each([
    [{ id: 'no-uuid' }],
    [{ id: newId() }],
    [{ id: '' }],
    [{ userName: 'nobody\0' }],
    [{ userName: '' }],
    [{ externalId: '\0' }],
  ])('by %j find no user', async (args) => {
    expect((await harness.query(USER, args)).directory.user).toBeNull();
  });

  test('find groups by id and by displayName', async () => {
    const query =
      'query ($id: ID, $displayName: String) { directory { group(id: $id, displayName: $displayName) { id } } }';
    expect((await harness.query(query, { displayName: 'group 3' })).directory.group.id).toBe(groups[3]);
    expect((await harness.query(query, { id: groups[3] })).directory.group.id).toBe(groups[3]);
    expect((await harness.query(query, { id: 'x' })).directory.group).toBeNull();
    expect(await harness.code(query, {})).toBe('BAD_USER_INPUT');
  });

  test('node finds only the directory, users and groups of the token', async () => {
    const query = 'query ($id: ID!) { node(id: $id) { __typename id ... on User { userName } } }';
    const node = async (id: string): Promise<unknown> => (await harness.query(query, { id })).node;
    expect(await node(users[0]!)).toEqual({ __typename: 'User', id: users[0], userName: 'boss' });
    expect(await node(groups[0]!)).toEqual({ __typename: 'Group', id: groups[0] });
    expect(await node(harness.directory.id)).toEqual({ __typename: 'Directory', id: harness.directory.id });
    expect(await node(newId())).toBeNull();
    expect(await node('x')).toBeNull();
    const other = await harness.server.createDirectory();
    expect(await node(other.id)).toBeNull();
  });

  test('a user has all the attributes that were set', async () => {
    const elements = [{ value: 'v', display: 'd', type: 'work', primary: true }];
    const input = {
      userName: 'Whole',
      externalId: 'e',
      active: false,
      displayName: 'Whole User',
      name: {
        formatted: 'f',
        familyName: 'fa',
        givenName: 'g',
        middleName: 'm',
        honorificPrefix: 'p',
        honorificSuffix: 's',
      },
      nickName: 'n',
      profileUrl: 'https://example.com/',
      title: 't',
      userType: 'u',
      preferredLanguage: 'de',
      locale: 'de-CH',
      timezone: 'Europe/Zurich',
      emails: elements,
      phoneNumbers: elements,
      ims: elements,
      photos: elements,
      addresses: [
        {
          formatted: 'f',
          streetAddress: 's',
          locality: 'l',
          region: 'r',
          postalCode: 'p',
          country: 'c',
          type: 'work',
          primary: true,
        },
      ],
      entitlements: elements,
      roles: elements,
      x509Certificates: elements.map((element) => ({ ...element, value: 'AAAA' })),
      employeeNumber: '1',
      costCenter: 'c',
      organization: 'o',
      division: 'd',
      department: 'dep',
    };
    const ELEMENT = '{ value display type primary }';
    const selection = `userName externalId active displayName
      name { formatted familyName givenName middleName honorificPrefix honorificSuffix }
      nickName profileUrl title userType preferredLanguage locale timezone
      emails ${ELEMENT} phoneNumbers ${ELEMENT} ims ${ELEMENT} photos ${ELEMENT} entitlements ${ELEMENT} roles ${ELEMENT}
      x509Certificates ${ELEMENT}
      addresses { formatted streetAddress locality region postalCode country type primary }
      employeeNumber costCenter organization division department`;
    const id = await harness.createUser({ ...input, managerId: users[0] });
    const { user } = (
      await harness.query(
        `query ($id: ID) { directory { user(id: $id) { ${selection} manager { id } version extensions createdAt updatedAt } } }`,
        { id },
      )
    ).directory;
    const { manager, version, extensions, createdAt, updatedAt, ...rest } = user;
    expect(rest).toEqual(input);
    expect({ manager, version, extensions }).toEqual({ manager: { id: users[0] }, version: 1, extensions: {} });
    expect(Date.parse(createdAt)).toBeGreaterThan(Date.now() - 60_000);
    expect(updatedAt).toBe(createdAt);
  });
});

describe('directories', () => {
  test('are listed to admins, page by page', async () => {
    await harness.server.createDirectory();
    const query = `query ($after: String) {
      directories(first: 1, after: $after) { nodes { slug scimUrl } totalCount pageInfo { hasNextPage hasPreviousPage endCursor } }
    }`;
    const { adminToken } = harness.server;
    const first = (await harness.query(query, {}, adminToken)).directories;
    expect(first.nodes[0].scimUrl).toBe(`${harness.url}/scim/v2/${first.nodes[0].slug}`);
    expect(first.totalCount).toBeGreaterThan(1);
    expect(first.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
    const second = (await harness.query(query, { after: first.pageInfo.endCursor }, adminToken)).directories;
    expect(second.pageInfo.hasPreviousPage).toBe(true);
    expect(second.nodes[0].slug).not.toBe(first.nodes[0].slug);
    expect(await harness.code(query)).toBe('FORBIDDEN');
  });

  test('are named by an admin, and implied by other tokens', async () => {
    const { slug, id } = harness.directory;
    const query = 'query ($slug: String) { directory(slug: $slug) { id slug } }';
    expect((await harness.query(query)).directory).toEqual({ id, slug });
    expect((await harness.query(query, { slug })).directory).toEqual({ id, slug });
    expect((await harness.query(query, { slug: 'default' })).directory).toBeNull();
    const { adminToken } = harness.server;
    expect((await harness.query(query, { slug }, adminToken)).directory).toEqual({ id, slug });
    expect((await harness.query(query, { slug: 'none\0' }, adminToken)).directory).toBeNull();
    expect(await harness.code(query, {}, adminToken)).toBe('BAD_USER_INPUT');
  });
});

describe('the event log', () => {
  const EVENTS = `query ($first: Int!, $after: String, $types: [DirectoryEventType!]) {
    directory { eventCursor events(first: $first, after: $after, types: $types) {
      nodes { __typename id type sequence cursor source actor ... on MembershipAdded { memberType } }
      edges { cursor } totalCount pageInfo { hasNextPage hasPreviousPage endCursor }
    } }
  }`;

  test('is read in order and without gaps, up to eventCursor', async () => {
    const sequences: number[] = [];
    let after: string | null = null;
    let answer;
    do {
      answer = (await harness.query(EVENTS, { first: 100, after })).directory;
      sequences.push(...answer.events.nodes.map((event: { sequence: number }) => event.sequence));
      expect(answer.events.pageInfo.hasPreviousPage).toBe(after !== null);
      after = answer.events.pageInfo.endCursor;
    } while (answer.events.pageInfo.hasNextPage);
    expect(sequences).toEqual(sequences.map((_, index) => index + 1));
    expect(answer.eventCursor).toBe(after);
    expect(answer.events.totalCount).toBe(sequences.length);
  });

  test('is filtered by type', async () => {
    const types = ['GROUP_CREATED', 'MEMBERSHIP_ADDED', 'CHECKPOINT'];
    const { events } = (await harness.query(EVENTS, { first: 100, types })).directory;
    expect(new Set(events.nodes.map((event: { __typename: string }) => event.__typename))).toEqual(
      new Set(['GroupCreated', 'MembershipAdded']),
    );
    expect(events.nodes[1].memberType).toBe('USER');
    expect(events.nodes[0].actor).toMatch(/^token:/);
  });

  test('rejects invalid cursors', async () => {
    expect(await harness.code(EVENTS, { first: 1, after: 'x' })).toBe('CURSOR_INVALID');
    const other = await harness.server.createDirectory();
    const { eventCursor } = (await harness.query(EVENTS, { first: 1 }, other.graphqlToken)).directory;
    expect(await harness.code(EVENTS, { first: 1, after: eventCursor })).toBe('CURSOR_INVALID');
    expect(await harness.code(EVENTS, { first: 0 })).toBe('BAD_USER_INPUT');
  });
});
