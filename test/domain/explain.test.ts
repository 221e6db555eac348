import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { importSchemas } from '../../src/domain/schema-registry/resource-type-commands.js';
import { populate } from '../support/population.js';
import { Planner, type QueryPlan } from '../support/query-plan.js';
import { equals, ScimClient } from '../support/scim-client.js';
import { startTestServer, type TestDirectory, type TestServer } from '../support/server.js';
import { isOfRequest, recordStatements } from '../support/statements.js';

/* A hundred directories, one of which has half of all users: generic plans must be good for the large one. */
const DIRECTORIES = 100;
const SMALL = { users: 500, groups: 50, groupsPerUser: 3, resources: { type: 'Device', count: 50 } };
const LARGE = { users: 50_500, groups: 1_000, groupsPerUser: 3, resources: { type: 'Device', count: 5_000 } };

const DEVICE = 'urn:example:scim:device:2.0:Device';

const recorder = recordStatements();
let server: TestServer;
let directory: TestDirectory;
let scim: ScimClient;
let planner: Planner;
let memberId: string;
let managerId: string;
let groupId: string;
let deviceId: string;

const idOf = async (path: string, filter: string): Promise<string> =>
  (await scim.get(path, { filter, attributes: 'id' })).body.Resources[0].id;

beforeAll(async () => {
  server = await startTestServer({ clientClass: recorder.clientClass });
  const directories = await Promise.all(Array.from({ length: DIRECTORIES }, () => server.createDirectory()));
  directory = directories[7]!;
  const device = { id: DEVICE, attributes: [{ name: 'label' }] };
  const type = { name: 'Device', endpoint: '/Devices', schema: DEVICE };
  await importSchemas(server.store, directory.id, [{ schema: device }], [type]);
  const others = directories.filter((one) => one !== directory).map(({ id }) => id);
  await populate(server.database.pool, others, SMALL);
  await populate(server.database.pool, [directory.id], LARGE);
  planner = new Planner(server.database.url);
  await planner.open();
  scim = new ScimClient(directory.scimUrl, directory.scimToken);
  memberId = await idOf('/Users', 'userName eq "user-501"');
  managerId = await idOf('/Users', 'userName eq "user-510"');
  groupId = await idOf('/Groups', equals('displayName', 'Group 50'));
  deviceId = await idOf('/Devices', 'externalId eq "z-50"');
  await new Promise((resolve) => setTimeout(resolve, 100));
});

afterAll(async () => {
  await planner.close();
  await server.stop();
});

/** Returns the plans of the statements that a request sends over the connection. */
async function plansOf(request: () => Promise<unknown>): Promise<QueryPlan> {
  await scim.get('/ServiceProviderConfig');
  recorder.take();
  await request();
  const plan = await planner.explain(recorder.take().filter(({ text }) => isOfRequest(text)));
  expect(plan.nodes.length).toBeGreaterThan(0);
  return plan;
}

const TABLES = ['users', 'user_emails', 'groups', 'memberships', 'resources', 'events'];

/** Expects that no table is scanned sequentially, and that the index is used. */
function expectIndex({ nodes }: QueryPlan, index: string): void {
  const scans = nodes.filter(({ type, relation }) => type === 'Seq Scan' && TABLES.includes(relation ?? ''));
  expect(scans).toEqual([]);
  expect(nodes.map((node) => node.index)).toContain(index);
}

/**
 * Expects in addition that each index scan is for one directory and returns hardly more rows than were found: neither the
 * table nor an index is scanned for all rows of the directory.
 */
function expectFew(plan: QueryPlan, index: string, found: number): void {
  expectIndex(plan, index);
  const scans = plan.nodes.filter((node) => node.index !== undefined);
  expect(scans.filter(({ condition = '' }) => !condition.includes('directory_id = '))).toEqual([]);
  // The groups, the manager and the like of each result are read too.
  const few = 10 + 10 * found;
  expect(scans.filter(({ rows, removed }) => rows + removed > few)).toEqual([]);
  expect(plan.nodes.filter(({ removed }) => removed > 0)).toEqual([]);
  expect(plan.pages).toBeLessThan(50 + 50 * found);
}

/** Returns the plan of a search and the number of its results. */
async function planOfSearch(
  path: string,
  filter: string,
  query: Readonly<Record<string, string | number>> = {},
): Promise<{ readonly plan: QueryPlan; readonly total: number }> {
  let total = -1;
  const plan = await plansOf(async () => {
    const { status, body } = await scim.get(path, { filter, ...query });
    expect({ filter, status }).toEqual({ filter, status: 200 });
    total = body.totalResults;
  });
  return { plan, total };
}

describe('with a hundred thousand users an index finds', () => {
  test.each([
    ['a userName', 'userName eq "User-501"', 'users_user_name_key', 1],
    ['an externalId', 'externalId eq "x-501"', 'users_external_id_index', 1],
    ['an e-mail address', 'emails.value eq "user-501@fabrikam.example"', 'user_emails_pkey', 1],
    ['a work address', 'emails[type eq "work"].value eq "user-501@fabrikam.example"', 'user_emails_pkey', 1],
    ['a value path', 'emails[type eq "work" and value eq "user-501@fabrikam.example"]', 'user_emails_pkey', 1],
    ['nobody by an address', 'emails.value eq "nobody@fabrikam.example"', 'user_emails_pkey', 0],
    ['an address or a name', 'emails eq "user-501@fabrikam.example" or userName eq "user-502"', 'user_emails_pkey', 2],
    ['the beginning of an address', 'emails.value sw "user-5010"', 'user_emails_pkey', 11],
    ['a displayName', 'displayName eq "user 501"', 'users_display_name_index', 1],
    ['the beginning of a displayName', 'displayName sw "user 5010"', 'users_display_name_index', 11],
    ['the beginning of a userName', 'userName sw "user-5010"', 'users_user_name_key', 11],
    [
      'an employeeNumber',
      'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber eq "e-501"',
      'users_employee_number_index',
      1,
    ],
  ])('%s', async (_what, filter, index, found) => {
    const { plan, total } = await planOfSearch('/Users', filter);
    expect(total).toBe(found);
    expectFew(plan, index, found);
  });

  test('inactive users', async () => {
    const { plan, total } = await planOfSearch('/Users', 'active eq false', { count: 5 });
    expect(total).toBe(5_050);
    expectFew(plan, 'users_active_index', total);
  });

  test('a user by id, with and without a filter on its manager, as in requests of Entra', async () => {
    const byId = await planOfSearch('/Users', equals('id', memberId));
    expect(byId.total).toBe(1);
    expectFew(byId.plan, 'users_pkey', 1);
    const filter = `${equals('id', memberId)} and ${equals('manager', managerId)}`;
    const byBoth = await planOfSearch('/Users', filter, { attributes: 'id' });
    expect(byBoth.total).toBe(1);
    expectFew(byBoth.plan, 'users_manager_id_index', 1);
  });

  test('the reports of a manager', async () => {
    const { plan, total } = await planOfSearch('/Users', equals('manager.value', managerId));
    expect(total).toBe(9);
    expectFew(plan, 'users_manager_id_index', 9);
  });

  test('the users of a group', async () => {
    const { plan, total } = await planOfSearch('/Users', equals('groups.value', groupId), { count: 5 });
    expect(total).toBe(100);
    expectFew(plan, 'memberships_pkey', total);
  });

  test('whether a group has a member, as in requests of Entra', async () => {
    const filter = `${equals('id', groupId)} and ${equals('members', memberId)}`;
    const { plan } = await planOfSearch('/Groups', filter, { attributes: 'id' });
    expectFew(plan, 'memberships_user_id_index', 1);
  });

  test('the groups with a member', async () => {
    const query = { excludedAttributes: 'members' };
    const { plan, total } = await planOfSearch('/Groups', equals('members.value', memberId), query);
    expect(total).toBe(3);
    expectFew(plan, 'memberships_user_id_index', 3);
  });

  test.each([
    ['its displayName', 'displayName eq "GROUP 50"', 'groups_display_name_key'],
    ['its externalId', 'externalId eq "y-50"', 'groups_external_id_index'],
  ])('a group by %s', async (_what, filter, index) => {
    const { plan, total } = await planOfSearch('/Groups', filter, { excludedAttributes: 'members' });
    expect(total).toBe(1);
    expectFew(plan, index, 1);
  });

  test('a resource of a custom type', async () => {
    const byExternalId = await planOfSearch('/Devices', 'externalId eq "z-50"');
    expect(byExternalId.total).toBe(1);
    expectFew(byExternalId.plan, 'resources_external_id_index', 1);
    const byId = await planOfSearch('/Devices', equals('id', deviceId));
    expect(byId.total).toBe(1);
    expectFew(byId.plan, 'resources_pkey', 1);
  });

  test.each([
    ['a user by its location', '/Users', 'meta.location', 'user', 'users_pkey'],
    ['the reports of a manager by its URI', '/Users', 'manager.$ref', 'user', 'users_manager_id_index'],
    ['the users of a group by its URI', '/Users', 'groups.$ref', 'group', 'memberships_pkey'],
    ['a group by its location', '/Groups', 'meta.location', 'group', 'groups_pkey'],
    ['the groups with a member by its URI', '/Groups', 'members.$ref', 'user', 'memberships_user_id_index'],
    ['the groups with a nested one', '/Groups', 'members.$ref', 'group', 'memberships_nested_group_id_index'],
  ])('%s', async (_what, path, attribute, of, index) => {
    const uri = `${directory.scimUrl}${of === 'user' ? `/Users/${memberId}` : `/Groups/${groupId}`}`;
    const { plan, total } = await planOfSearch(path, equals(attribute, uri), { attributes: 'id' });
    expectFew(plan, index, total);
    // Not only by the directory, which is the first column of every index.
    expect(plan.nodes.filter((node) => node.index === index).map(({ condition }) => condition)).toContainEqual(
      expect.stringMatching(/(?<!directory_)id = \$/),
    );
  });

  test('the members of a value path with a URI', async () => {
    const filter = `members[${equals('$ref', `${directory.scimUrl}/Users/${memberId}`)} and type eq "User"]`;
    const { plan, total } = await planOfSearch('/Groups', filter, { attributes: 'id' });
    expect(total).toBe(3);
    expectFew(plan, 'memberships_user_id_index', 3);
  });

  test('a user by id with its groups, and the members of a group', async () => {
    const one = await plansOf(() => scim.get(`/Users/${memberId}`));
    expectIndex(one, 'users_pkey');
    expectIndex(one, 'memberships_user_id_index');
    expectIndex(await plansOf(() => scim.get(`/Groups/${groupId}`)), 'memberships_pkey');
  });

  test('the rows for adding or removing a member and for changing or deleting a user', async () => {
    const member = { op: 'Add', path: 'members', value: [{ value: memberId }] };
    const added = await plansOf(async () => {
      await scim.patch(`/Groups/${groupId}`, { ...member, op: 'Remove' });
      await scim.patch(`/Groups/${groupId}`, member);
    });
    expectIndex(added, 'groups_pkey');
    expectIndex(
      await plansOf(() => scim.patch(`/Users/${memberId}`, { op: 'Replace', path: 'active', value: 'False' })),
      'users_pkey',
    );
    const deleted = await plansOf(() => scim.delete(`/Users/${memberId}`));
    expectIndex(deleted, 'users_manager_id_index');
    expectIndex(deleted, 'memberships_user_id_index');
  });
});

test('a search without an index scans one directory, and the resources of one type', async () => {
  const users = await planOfSearch('/Users', 'title eq "none"');
  const resources = await planOfSearch('/Devices', 'label eq "Label 50"');
  expect([users.total, resources.total]).toEqual([0, 1]);
  const ofType = /directory_id = \$1.*resource_type = 'device'/;
  for (const [{ plan }, scope, size] of [
    [users, /directory_id = \$1/, LARGE.users],
    [resources, ofType, LARGE.resources.count],
  ] as const) {
    expect(plan.nodes.filter(({ type }) => type === 'Seq Scan')).toEqual([]);
    const indexes = plan.nodes.filter(({ index }) => index !== undefined);
    expect(indexes.some(({ condition }) => scope.test(condition ?? ''))).toBe(true);
    // One more than there are: the index may contain both versions of an updated row.
    expect(plan.nodes.filter(({ rows, removed }) => rows + removed > size + 1)).toEqual([]);
  }
});
