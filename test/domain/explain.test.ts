import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { populate } from '../support/population.js';
import { equals, ScimClient, type Wire } from '../support/scim-client.js';
import { startTestServer, type TestDirectory, type TestServer } from '../support/server.js';
import { recordStatements } from '../support/statements.js';

const recorder = recordStatements();
let server: TestServer;
let directory: TestDirectory;
let scim: ScimClient;
let planner: pg.Client;
let memberId: string;
let groupId: string;

beforeAll(async () => {
  server = await startTestServer({ clientClass: recorder.clientClass });
  const directories = await Promise.all(Array.from({ length: 20 }, () => server.createDirectory()));
  directory = directories[7]!;
  scim = new ScimClient(directory.scimUrl, directory.scimToken);
  const ids = directories.map(({ id }) => id);
  await populate(server.database.pool, ids, { users: 1_000, groups: 100, groupsPerUser: 3 });
  planner = new pg.Client({ connectionString: server.database.url });
  await planner.connect();
  // The plan that a prepared statement settles on, whatever its values are.
  await planner.query('set plan_cache_mode = force_generic_plan');
  memberId = (await scim.get('/Users', { filter: 'userName eq "user-500"' })).body.Resources[0].id;
  groupId = (await scim.get('/Groups', { filter: equals('displayName', 'Group 50') })).body.Resources[0].id;
  await new Promise((resolve) => setTimeout(resolve, 100));
}, 60_000);

afterAll(async () => {
  await planner.end();
  await server.stop();
});

interface PlanNode {
  readonly type: string;
  readonly relation: string | undefined;
  readonly index: string | undefined;
  /** What the index is asked for. */
  readonly condition: string | undefined;
}

function flatten(plan: Wire): PlanNode[] {
  const node = {
    type: plan['Node Type'],
    relation: plan['Relation Name'],
    index: plan['Index Name'],
    condition: plan['Index Cond'],
  };
  return [node, ...(plan.Plans ?? []).flatMap(flatten)];
}

/** Plans the statements that a request really sends, as they go over the connection. */
async function plansOf(request: () => Promise<unknown>): Promise<PlanNode[]> {
  await scim.get('/ServiceProviderConfig');
  recorder.take();
  await request();
  const nodes: PlanNode[] = [];
  for (const { text, values } of recorder.take()) {
    await planner.query(`prepare planned as ${text}`);
    const nulls = values.length > 0 ? `(${values.map(() => 'null').join(', ')})` : '';
    const { rows } = await planner.query<Wire>(`explain (format json) execute planned${nulls}`);
    await planner.query('deallocate planned');
    nodes.push(...flatten(rows[0]['QUERY PLAN'][0].Plan));
  }
  expect(nodes.length).toBeGreaterThan(0);
  return nodes;
}

const LARGE = ['users', 'groups', 'memberships', 'events'];

function expectIndex(nodes: readonly PlanNode[], index: string): void {
  const scans = nodes.filter(({ type, relation }) => type === 'Seq Scan' && LARGE.includes(relation ?? ''));
  expect(scans).toEqual([]);
  expect(nodes.map((node) => node.index)).toContain(index);
}

describe('among twenty thousand users an index finds', () => {
  test.each([
    ['a userName', 'userName eq "User-500"', 'users_user_name_key'],
    ['an externalId', 'externalId eq "x-500"', 'users_external_id_index'],
    ['an e-mail address', 'emails.value eq "user-500@fabrikam.example"', 'users_email_index'],
    ['a work address', 'emails[type eq "work"].value eq "user-500@fabrikam.example"', 'users_email_index'],
    ['a value path', 'emails[type eq "work" and value eq "user-500@fabrikam.example"]', 'users_email_index'],
    ['a displayName', 'displayName eq "user 500"', 'users_display_name_index'],
    ['the beginning of a displayName', 'displayName sw "user 50"', 'users_display_name_index'],
    [
      'an employeeNumber',
      'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber eq "e-500"',
      'users_employee_number_index',
    ],
  ])('%s', async (_what, filter, index) => {
    let total = 0;
    const nodes = await plansOf(async () => {
      total = (await scim.get('/Users', { filter })).body.totalResults;
    });
    expect(total).toBe(filter.includes(' sw ') ? 11 : 1);
    expectIndex(nodes, index);
  });

  test('who is inactive', async () => {
    let total = 0;
    const nodes = await plansOf(async () => {
      total = (await scim.get('/Users', { filter: 'active eq false', count: 5 })).body.totalResults;
    });
    expect(total).toBe(100);
    expectIndex(nodes, 'users_active_index');
  });

  test('the users of a group', async () => {
    let total = 0;
    const nodes = await plansOf(async () => {
      total = (await scim.get('/Users', { filter: equals('groups.value', groupId) })).body.totalResults;
    });
    expect(total).toBeGreaterThan(0);
    expectIndex(nodes, 'memberships_pkey');
  });

  test('whether a group has a member, as Entra asks', async () => {
    const filter = `${equals('id', groupId)} and ${equals('members', memberId)}`;
    expectIndex(await plansOf(() => scim.get('/Groups', { filter, attributes: 'id' })), 'memberships_user_id_index');
  });

  test('the groups with a member', async () => {
    let total = 0;
    const nodes = await plansOf(async () => {
      const query = { filter: equals('members.value', memberId), excludedAttributes: 'members' };
      total = (await scim.get('/Groups', query)).body.totalResults;
    });
    expect(total).toBe(3);
    expectIndex(nodes, 'memberships_user_id_index');
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
    const query = { filter: equals(attribute, uri), attributes: 'id' };
    let status = 0;
    const nodes = await plansOf(async () => {
      status = (await scim.get(path, query)).status;
    });
    expect(status).toBe(200);
    expectIndex(nodes, index);
    // Not only the directory, which every index begins with.
    expect(nodes.filter((node) => node.index === index).map(({ condition }) => condition)).toContainEqual(
      expect.stringMatching(/(?<!directory_)id = \$/),
    );
  });

  test('the members of a value path with a URI', async () => {
    const filter = `members[${equals('$ref', `${directory.scimUrl}/Users/${memberId}`)} and type eq "User"]`;
    let total = 0;
    const nodes = await plansOf(async () => {
      total = (await scim.get('/Groups', { filter, attributes: 'id' })).body.totalResults;
    });
    expect(total).toBe(3);
    expectIndex(nodes, 'memberships_user_id_index');
  });

  test('a group by its displayName', async () => {
    const query = { filter: equals('displayName', 'GROUP 50'), excludedAttributes: 'members' };
    expectIndex(await plansOf(() => scim.get('/Groups', query)), 'groups_display_name_key');
  });

  test('a user by id with its groups, and the members of a group', async () => {
    const one = await plansOf(() => scim.get(`/Users/${memberId}`));
    expectIndex(one, 'users_pkey');
    expectIndex(one, 'memberships_user_id_index');
    expectIndex(await plansOf(() => scim.get(`/Groups/${groupId}`)), 'memberships_pkey');
  });

  test('a member that is added or removed, and the rows of a user that is changed or deleted', async () => {
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
