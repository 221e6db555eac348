import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { importSchemas } from '../../../src/domain/schema-registry/resource-type-commands.js';
import { ScimClient, equals, type Wire } from '../../support/scim-client.js';
import { startTestServer, type TestDirectory, type TestServer } from '../../support/server.js';

/* `meta.location` and `$ref` are computed for a representation. Searches match the computed values. */

const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const DEVICE = 'urn:example:scim:device:2.0:Device';

let server: TestServer;
let directory: TestDirectory;
let client: ScimClient;
/** The representations of all resources in the directory. */
let shown: Wire[];
let boss: Wire;
let inner: Wire;
let outer: Wire;

beforeAll(async () => {
  server = await startTestServer();
  // A slug that is also part of other URIs.
  directory = await server.createDirectory('users');
  client = new ScimClient(directory.scimUrl, directory.scimToken);
  const schemas = [{ schema: { id: DEVICE, attributes: [{ name: 'serial' }] } }];
  const type = { name: 'Device', endpoint: '/Devices', schema: DEVICE };
  await importSchemas(server.store, directory.id, schemas, [type]);
  boss = await create('/Users', { userName: 'boss' });
  const manager = { value: boss.id };
  const kim = await create('/Users', { userName: 'kim', [ENTERPRISE]: { manager } });
  await create('/Users', { userName: 'moss', [ENTERPRISE]: { manager } });
  inner = await create('/Groups', { displayName: 'Inner', members: [{ value: kim.id }] });
  outer = await create('/Groups', { displayName: 'Outer', members: [{ value: boss.id }, { value: inner.id }] });
  await create('/Groups', { displayName: 'Empty' });
  for (const serial of ['a', 'b']) await create('/Devices', { serial });
  shown = (await client.get('/')).body.Resources;
  expect(shown).toHaveLength(8);
});
afterAll(() => server.stop());

async function create(path: string, attributes: object): Promise<Wire> {
  const { status, body } = await client.post(path, attributes);
  expect([status, body]).toEqual([201, expect.anything()]);
  return body;
}

/** Returns the ids of the results of a query, in its order. */
async function find(path: string, query: Readonly<Record<string, string | number>>): Promise<string[]> {
  const { status, body } = await client.get(path, query);
  expect([query, status, body]).toEqual([query, 200, expect.anything()]);
  expect(body.totalResults).toBe(body.Resources.length);
  return body.Resources.map(({ id }: Wire) => id);
}

/** Returns the URIs of an attribute of a resource. */
const URIS: Readonly<Record<string, (resource: Wire) => string[]>> = {
  'meta.location': ({ meta }) => [meta.location],
  'groups.$ref': ({ groups = [] }) => groups.map(({ $ref }: Wire) => $ref),
  'members.$ref': ({ members = [] }) => members.map(({ $ref }: Wire) => $ref),
  [`${ENTERPRISE}:manager.$ref`]: ({ [ENTERPRISE]: extension }) => (extension ? [extension.manager.$ref] : []),
};

const OPERATORS: Readonly<Record<string, (uri: string, sought: string) => boolean>> = {
  eq: (uri, sought) => uri === sought,
  co: (uri, sought) => uri.includes(sought),
  sw: (uri, sought) => uri.startsWith(sought),
  ew: (uri, sought) => uri.endsWith(sought),
  gt: (uri, sought) => uri > sought,
  ge: (uri, sought) => uri >= sought,
  lt: (uri, sought) => uri < sought,
  le: (uri, sought) => uri <= sought,
};

/** Returns all kinds of substrings of a URI, and some texts that are slightly different. */
function soughtIn(uri: string): string[] {
  const base = directory.scimUrl;
  return [
    uri,
    uri.toUpperCase(),
    `${uri}/`,
    uri.slice(0, -1),
    uri.slice(0, base.length + 3),
    uri.slice(base.length),
    uri.slice(base.length - 5),
    uri.slice(base.length - 5, base.length + 12),
    uri.slice(-36),
    uri.slice(-4),
    uri.slice(-40, -4),
    uri.replace('http', 'https'),
    uri.replace('/users/', '/others/'),
    uri.replace(/\/[UG][a-z]+\//, '/Devices/'),
  ];
}

describe.each(Object.keys(URIS))('%s', (path) => {
  const urisOf = URIS[path]!;

  test.each(Object.keys(OPERATORS))(
    '%s finds the matching resources, and its negation the others',
    async (operator) => {
      const compare = OPERATORS[operator]!;
      const texts = ['', 'http', 'scim', 'users', '/Users/', 'Groups', 'ftp', '~', '🙂', directory.scimUrl];
      const uris = shown.flatMap(urisOf);
      expect(uris.length).toBeGreaterThan(0);
      for (const sought of new Set([...texts, ...[uris[0]!, uris.at(-1)!].flatMap(soughtIn)])) {
        const expected = shown.filter((one) => urisOf(one).some((uri) => compare(uri, sought))).map(({ id }) => id);
        const filter = `${path} ${operator} ${JSON.stringify(sought)}`;
        expect([filter, await find('/', { filter })]).toEqual([filter, expected]);
        if (operator !== 'eq' && sought !== uris[0]) continue;
        const others = shown.map(({ id }) => id as string).filter((id) => !expected.includes(id));
        const negated = operator === 'eq' ? filter.replace(' eq ', ' ne ') : `not (${filter})`;
        expect([negated, await find('/', { filter: negated })]).toEqual([negated, others]);
      }
    },
  );

  test('pr and comparisons with null find resources with a value', async () => {
    const having = shown.filter((one) => urisOf(one).length > 0).map(({ id }) => id);
    expect(await find('/', { filter: `${path} pr` })).toEqual(having);
    expect(await find('/', { filter: `${path} ne null` })).toEqual(having);
    expect(await find('/', { filter: `not (${path} eq null)` })).toEqual(having);
  });
});

describe('a URI', () => {
  test('is found at the endpoint of its type, by GET and by POST', async () => {
    for (const { id, meta } of shown) {
      const endpoint = `/${new URL(meta.location).pathname.split('/').at(-2)}`;
      const filter = equals('meta.location', meta.location);
      expect(await find(endpoint, { filter })).toEqual([id]);
      for (const path of [endpoint, '']) {
        const { body } = await client.post(`${path}/.search`, { filter, attributes: ['id'] });
        expect(body.Resources.map((one: Wire) => one.id)).toEqual([id]);
      }
    }
  });

  test('is found by a value path, together with other sub-attributes of its element', async () => {
    const ref = (resource: Wire) => equals('$ref', resource.meta.location);
    expect(await find('/Groups', { filter: `members[${ref(boss)}]` })).toEqual([outer.id]);
    expect(await find('/Groups', { filter: `members[${ref(boss)} and type eq "User"]` })).toEqual([outer.id]);
    expect(await find('/Groups', { filter: `members[${ref(boss)} and type eq "Group"]` })).toEqual([]);
    expect(await find('/Groups', { filter: `members[$ref co "/Groups/" and display eq "inner"]` })).toEqual([outer.id]);
    expect(await find('/Groups', { filter: `members[not ($ref sw "${directory.scimUrl}/Users")]` })).toEqual([
      outer.id,
    ]);
    expect(await find('/Users', { filter: `groups[${ref(outer)} and display eq "Outer"]` })).toEqual([boss.id]);
    expect(await find('/Users', { filter: `groups[${ref(outer)} and display eq "Inner"]` })).toEqual([]);
  });

  test('of a user with the id of a group is not found', async () => {
    const wrong = inner.meta.location.replace('/Groups/', '/Users/');
    for (const path of ['meta.location', 'members.$ref', 'groups.$ref']) {
      expect(await find('/', { filter: equals(path, wrong) })).toEqual([]);
    }
    expect(await find('/Groups', { filter: `members[${equals('$ref', wrong)}]` })).toEqual([]);
  });

  test.each(['ascending', 'descending'])('sorts resources, %s', async (sortOrder) => {
    const locations = shown.map(({ meta }) => meta.location as string).sort();
    const expected = sortOrder === 'ascending' ? locations : locations.reverse();
    const query = { sortBy: 'meta.location', sortOrder };
    const { body } = await client.get('/', query);
    expect(body.Resources.map(({ meta }: Wire) => meta.location)).toEqual(expected);
    const walked: string[] = [];
    for (let cursor: string | undefined = ''; cursor !== undefined;) {
      const page: Wire = (await client.get('/', { ...query, cursor, count: 3 })).body;
      walked.push(...page.Resources.map(({ meta }: Wire) => meta.location));
      cursor = page.nextCursor;
    }
    expect(walked).toEqual(expected);
    for (const endpoint of ['/Users', '/Groups', '/Devices']) {
      const { Resources } = (await client.get(endpoint, query)).body;
      const own = expected.filter((uri) => uri.includes(`${endpoint}/`));
      expect(Resources.map(({ meta }: Wire) => meta.location)).toEqual(own);
    }
  });

  test('of members sorts groups by their first member, groups without members last', async () => {
    // The first of two members in the order of their URIs: the group comes before the user.
    const [first, second, last] = (await client.get('/Groups', { sortBy: 'members.$ref' })).body.Resources;
    expect([first.id, second.id, last.displayName]).toEqual([outer.id, inner.id, 'Empty']);
  });
});

describe('in the path of a PATCH, a URI', () => {
  const memberIds = async (id: string): Promise<string[]> =>
    ((await client.get(`/Groups/${id}`)).body.members ?? []).map(({ value }: Wire) => value);

  test('selects the members to remove or to add', async () => {
    const { id } = await create('/Groups', {
      displayName: 'Changing',
      members: [{ value: boss.id }, { value: inner.id }],
    });
    const remove = (path: string) => client.patch(`/Groups/${id}`, { op: 'remove', path });
    const elsewhere = boss.meta.location.replace('/users/', '/others/');
    for (const nobody of [elsewhere, `${directory.scimUrl}/Devices/${boss.id}`, `${boss.meta.location}x`, boss.id]) {
      expect((await remove(`members[${equals('$ref', nobody)}]`)).status).toBe(204);
    }
    expect((await memberIds(id)).sort()).toEqual([boss.id, inner.id].sort());
    expect((await remove(`members[${equals('$ref', boss.meta.location)}]`)).status).toBe(204);
    expect(await memberIds(id)).toEqual([inner.id]);
    const path = `members[${equals('$ref', boss.meta.location)}]`;
    expect((await client.patch(`/Groups/${id}`, { op: 'add', path, value: {} })).status).toBe(204);
    expect((await memberIds(id)).sort()).toEqual([boss.id, inner.id].sort());
    expect((await remove(`${path.slice(0, -1)} or ${equals('$ref', inner.meta.location)}]`)).status).toBe(204);
    expect(await memberIds(id)).toEqual([]);
    const unknown = await client.patch(`/Groups/${id}`, { op: 'add', path: `members[$ref eq "x"]`, value: {} });
    expect([unknown.status, unknown.body.scimType]).toEqual([400, 'invalidValue']);
    const loose = await remove('members[$ref sw "http"]');
    expect([loose.status, loose.body.scimType]).toEqual([400, 'invalidPath']);
    await client.delete(`/Groups/${id}`);
  });
});
