import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ScimClient, type Wire } from '../../support/scim-client.js';
import { Harness, send } from '../harness.js';

let harness: Harness;
const ids: Record<string, string> = {};

beforeAll(async () => {
  harness = await Harness.start();
  const users = [
    {
      userName: 'Émile',
      title: 'Straße',
      emails: [{ value: 'EMILE@example.com' }, { value: 'e@home.example' }],
      department: 'R&D',
      name: { givenName: 'Émile', familyName: 'Zola' },
      externalId: 'Ext-1',
    },
    { userName: 'bob', title: '100% _real_', active: false, costCenter: 'CC-1', userType: 'Employee' },
    { userName: 'carol', emails: [{ value: 'carol@example.com' }], employeeNumber: '0042', locale: 'de-CH' },
    { userName: 'dave', phoneNumbers: [{ value: '+41 44' }], organization: 'Acme', division: 'North', timezone: 'UTC' },
  ];
  for (const user of users) ids[user.userName] = await harness.createUser(user);
  await harness.mutate('updateUser', {
    id: ids['carol'],
    managerId: ids['bob'],
    nickName: 'Caz',
    preferredLanguage: 'de',
  });
  ids['staff'] = await harness.createGroup('Staff', [ids['bob']!, ids['carol']!]);
  ids['all'] = await harness.createGroup('All', [ids['staff'], ids['dave']!]);
});

afterAll(() => harness.stop());

async function matching(filter: object): Promise<string[]> {
  const query = `query ($filter: UserFilter) {
    directory { users(first: 100, filter: $filter) { totalCount nodes { userName } } }
  }`;
  const { users } = (await harness.query(query, { filter })).directory;
  const names = users.nodes.map(({ userName }: { userName: string }) => userName);
  expect(users.totalCount).toBe(names.length);
  return names.sort();
}

const ALL = ['bob', 'carol', 'dave', 'Émile'];

describe('user filters', () => {
  test.each<[object, string[]]>([
    [{}, ALL],
    [{ userName: { eq: 'éMILE' } }, ['Émile']],
    [{ userName: { eq: 'E\u0301mile' } }, ['Émile']],
    [{ userName: { ne: 'bob' } }, ['carol', 'dave', 'Émile']],
    [{ userName: { in: ['BOB', 'dave', 'nobody'] } }, ['bob', 'dave']],
    [{ userName: { in: [] } }, []],
    [{ userName: { contains: 'a' } }, ['carol', 'dave']],
    [{ userName: { startsWith: 'É' } }, ['Émile']],
    [{ userName: { endsWith: 'E' } }, ['dave', 'Émile']],
    [{ userName: { contains: '%' } }, []],
    [{ title: { contains: '%' } }, ['bob']],
    [{ title: { contains: '_REAL' } }, ['bob']],
    [{ title: { eq: 'STRASSE' } }, ['Émile']],
    [{ title: { isNull: true } }, ['carol', 'dave']],
    [{ title: { isNull: false } }, ['bob', 'Émile']],
    [{ title: { eq: null } }, ['carol', 'dave']],
    [{ title: { ne: null } }, ['bob', 'Émile']],
    [{ title: { ne: 'straße' } }, ['bob', 'carol', 'dave']],
    [{ userName: { startsWith: 'b', endsWith: 'b' } }, ['bob']],
    [{ externalId: { eq: 'Ext-1' } }, ['Émile']],
    [{ externalId: { eq: 'ext-1' } }, []],
    [{ email: { eq: 'emile@EXAMPLE.com' } }, ['Émile']],
    [{ email: { endsWith: '@example.com' } }, ['carol', 'Émile']],
    [{ email: { in: ['e@home.example', 'carol@example.com'] } }, ['carol', 'Émile']],
    [{ email: { isNull: true } }, ['bob', 'dave']],
    [{ phoneNumber: { contains: '44' } }, ['dave']],
    [{ givenName: { startsWith: 'ém' } }, ['Émile']],
    [{ familyName: { eq: 'ZOLA' } }, ['Émile']],
    [{ department: { eq: 'r&d' } }, ['Émile']],
    [{ employeeNumber: { eq: '0042' } }, ['carol']],
    [{ costCenter: { eq: 'cc-1' } }, ['bob']],
    [{ organization: { eq: 'ACME' } }, ['dave']],
    [{ division: { contains: 'ort' } }, ['dave']],
    [{ userType: { eq: 'employee' } }, ['bob']],
    [{ nickName: { eq: 'CAZ' } }, ['carol']],
    [{ preferredLanguage: { eq: 'DE' } }, ['carol']],
    [{ locale: { eq: 'DE-ch' } }, ['carol']],
    [{ timezone: { eq: 'utc' } }, ['dave']],
    [{ displayName: { isNull: true } }, ALL],
    [{ active: { eq: false } }, ['bob']],
    [{ active: { eq: true } }, ['carol', 'dave', 'Émile']],
    [{ createdAt: { gt: '2020-01-01T00:00:00Z', lte: '2999-01-01T00:00:00+01:00' } }, ALL],
    [{ updatedAt: { lt: '2020-01-01T00:00:00Z' } }, []],
    [{ and: [{ active: { eq: true } }, { email: { isNull: false } }] }, ['carol', 'Émile']],
    [{ and: [] }, ALL],
    [{ or: [{ userName: { eq: 'bob' } }, { title: { isNull: true } }] }, ['bob', 'carol', 'dave']],
    [{ or: [] }, []],
    [{ not: [{ userName: { eq: 'bob' } }] }, ['carol', 'dave', 'Émile']],
    [{ not: { email: { contains: 'example' } } }, ['bob', 'dave']],
    [{ not: [{ not: [{ title: { eq: 'none' } }] }] }, []],
    [{ or: [{ userName: { eq: 'bob' } }], active: { eq: true } }, []],
    [{ memberOf: 'x' }, []],
    [{ id: { in: ['x'] } }, []],
  ])('%j', async (filter, names) => {
    expect(await matching(filter)).toEqual(names);
  });

  test('on several e-mail addresses match as in SCIM, as the schema says', async () => {
    const client = new ScimClient(harness.directory.scimUrl, harness.directory.scimToken);
    const same: Array<[object, string, string[]]> = [
      [{ ne: 'emile@example.com' }, 'emails.value ne "emile@example.com"', ['bob', 'carol', 'dave']],
      [{ ne: 'nobody@example.com' }, 'emails ne "nobody@example.com"', ALL],
      [{ ne: null }, 'emails.value ne null', ['carol', 'Émile']],
      [{ eq: 'e@home.example' }, 'emails.value eq "e@home.example"', ['Émile']],
      [
        { startsWith: 'emile', endsWith: 'home.example' },
        'emails.value sw "emile" and emails.value ew "home.example"',
        ['Émile'],
      ],
    ];
    for (const [email, filter, names] of same) {
      expect([email, await matching({ email })]).toEqual([email, names]);
      const { body } = await client.get('/Users', { filter });
      expect([filter, body.Resources.map((user: Wire) => user.userName).sort()]).toEqual([filter, names]);
    }
    const { type } = await harness.query('{ type: __type(name: "UserFilter") { inputFields { name description } } }');
    for (const name of ['email', 'phoneNumber']) {
      const field = type.inputFields.find((one: Wire) => one.name === name);
      expect(field.description).toMatch(/if at least one .* meets it; `ne` holds if no .* is equal/);
    }
  });

  test('by group, manager and id', async () => {
    expect(await matching({ memberOf: ids['staff'] })).toEqual(['bob', 'carol']);
    expect(await matching({ memberOf: ids['all'] })).toEqual(['dave']);
    expect(await matching({ not: [{ memberOf: ids['staff'] }] })).toEqual(['dave', 'Émile']);
    expect(await matching({ manager: ids['bob'] })).toEqual(['carol']);
    expect(await matching({ id: { in: [ids['bob'], ids['dave'], ids['staff']] } })).toEqual(['bob', 'dave']);
  });

  test.each([
    [{ userName: null }],
    [{ userName: { contains: null } }],
    [{ and: null }],
    [{ active: { eq: null } }],
    [{ userName: { eq: 'a\0b' } }],
    [{ userName: { eq: '\ud800' } }],
    [{ userName: { in: Array.from({ length: 1_001 }, String) } }],
    [{ unknown: { eq: 'x' } }],
    [{ userName: { like: 'x' } }],
    [{ createdAt: { gt: 'yesterday' } }],
    [{ createdAt: { gt: '2026-02-31T00:00:00Z' } }],
  ])('%j is rejected', async (filter) => {
    const query = 'query ($filter: UserFilter) { directory { users(first: 1, filter: $filter) { nodes { id } } } }';
    expect(await harness.code(query, { filter })).toBe('BAD_USER_INPUT');
  });

  test('that are nested too deeply are rejected', async () => {
    const depth = 10_000;
    const filter = `${'{"not":['.repeat(depth)}{"userName":{"eq":"x"}}${']}'.repeat(depth)}`;
    const query = 'query ($filter: UserFilter) { directory { users(first: 1, filter: $filter) { nodes { id } } } }';
    const body = `{"query":${JSON.stringify(query)},"variables":{"filter":${filter}}}`;
    const accept = 'application/graphql-response+json';
    const { status, errors } = await send(harness.url, harness.directory.graphqlToken, body, { headers: { accept } });
    expect(status).toBe(400);
    expect(errors[0].message).toBe('Variables must be nested at most 64 levels deep');
  });
});

describe('group filters', () => {
  test.each<[() => object, string[]]>([
    [() => ({ displayName: { eq: 'STAFF' } }), ['Staff']],
    [() => ({ displayName: { contains: 'a' } }), ['All', 'Staff']],
    [() => ({ externalId: { isNull: true } }), ['All', 'Staff']],
    [() => ({ hasMember: ids['bob'] }), ['Staff']],
    [() => ({ hasMember: ids['staff'] }), ['All']],
    [() => ({ not: [{ hasMember: ids['staff'] }] }), ['Staff']],
    [() => ({ id: { in: [ids['all']] } }), ['All']],
    [() => ({ createdAt: { lt: '2020-01-01T00:00:00Z' } }), []],
  ])('%#', async (filter, names) => {
    const query = `query ($filter: GroupFilter) {
      directory { groups(first: 100, filter: $filter, orderBy: { field: DISPLAY_NAME }) { totalCount nodes { displayName } } }
    }`;
    const { groups } = (await harness.query(query, { filter: filter() })).directory;
    expect(groups.nodes.map(({ displayName }: { displayName: string }) => displayName)).toEqual(names);
    expect(groups.totalCount).toBe(names.length);
  });
});
