import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { registerSchema } from '../../src/domain/schema-registry/schema-commands.js';
import { populate } from '../support/population.js';
import { ScimClient, equals, sendRaw, type Wire } from '../support/scim-client.js';
import { startTestServer, type TestDirectory, type TestServer } from '../support/server.js';

/*
 * Faults of other servers with Entra or its validator, taken from public issue reports. Each case is one report and names
 * its address.
 */

const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const WORK_EMAIL = 'emails[type eq "work"].value';

let server: TestServer;
let directory: TestDirectory;
let scim: ScimClient;
let names = 0;

beforeAll(async () => {
  server = await startTestServer();
  directory = await server.createDirectory();
  scim = new ScimClient(directory.scimUrl, directory.scimToken);
});

afterAll(async () => {
  await server.stop();
});

async function createUser(attributes: object = {}): Promise<Wire> {
  const answer = await scim.post('/Users', { userName: `kim.${++names}@fabrikam.example`, ...attributes });
  expect([answer.status, answer.body]).toEqual([201, expect.anything()]);
  return answer.body;
}

async function readUser(id: string): Promise<Wire> {
  return (await scim.get(`/Users/${id}`)).body;
}

async function createGroup(members: readonly string[] = []): Promise<Wire> {
  const body = { displayName: `Group ${++names}`, members: members.map((value) => ({ value })) };
  const answer = await scim.post('/Groups', body);
  expect(answer.status).toBe(201);
  return answer.body;
}

async function memberIds(groupId: string): Promise<string[]> {
  const { members = [] } = (await scim.get(`/Groups/${groupId}`)).body;
  return members.map((member: Wire) => member.value);
}

/** A PATCH of a user: attributes before, the operations, and attributes afterwards. */
interface UserCase {
  readonly fault: string;
  readonly title: string;
  readonly report: string;
  readonly before?: object;
  readonly operations: readonly object[];
  readonly after: Readonly<Record<string, unknown>>;
}

const HOME = { type: 'home', value: 'kim@home.example' };
const WORK = { type: 'work', value: 'kim@fabrikam.example', primary: true };
const ROLE = { value: 'editor', display: 'Editor', primary: true };

const USER_CASES: readonly UserCase[] = [
  {
    fault: '1',
    title: 'active as the text "False" disables',
    report: 'https://github.com/ssoready/ssoready/issues/155',
    operations: [{ op: 'Replace', path: 'active', value: 'False' }],
    after: { active: false },
  },
  {
    fault: '3',
    title: 'active in lower-case text disables, too',
    report: 'https://github.com/Unleash/unleash/pull/9336',
    operations: [{ op: 'Replace', path: 'active', value: 'false' }],
    after: { active: false },
  },
  {
    fault: '4',
    title: 'active as the text "True" enables again',
    report: 'https://github.com/bytebase/bytebase/pull/19073',
    before: { active: false },
    operations: [{ op: 'Add', path: 'active', value: 'True' }],
    after: { active: true },
  },
  {
    fault: '5',
    title: 'a deactivation without a path, as text, together with a filtered e-mail path, is not ignored',
    report: 'https://github.com/OneUptime/oneuptime/pull/3852',
    before: { emails: [WORK] },
    operations: [
      { op: 'Replace', path: WORK_EMAIL, value: 'moss@fabrikam.example' },
      { op: 'Replace', value: { active: 'False' } },
    ],
    after: { active: false, emails: [{ ...WORK, value: 'moss@fabrikam.example' }] },
  },
  {
    fault: '7',
    title: 'the periodic active=true is a valid operation',
    report: 'https://github.com/getsentry/sentry-docs/issues/16258',
    operations: [{ op: 'Replace', path: 'active', value: 'True' }],
    after: { active: true },
  },
  {
    fault: '9',
    title: 'disabling with the flag works',
    report: 'https://github.com/grokability/snipe-it/issues/14597',
    operations: [{ op: 'replace', path: 'active', value: false }],
    after: { active: false },
  },
  {
    fault: '19',
    title: 'Replace on a missing work e-mail creates it',
    report: 'https://github.com/Captain-P-Goldfish/scim-for-keycloak/issues/73',
    operations: [{ op: 'Replace', path: WORK_EMAIL, value: 'kim@fabrikam.example' }],
    after: { emails: [{ type: 'work', value: 'kim@fabrikam.example' }] },
  },
  {
    fault: '20',
    title: 'replace on an existing work e-mail changes it',
    report: 'https://github.com/limosa-io/laravel-scim-server/issues/34',
    before: { emails: [WORK] },
    operations: [{ op: 'replace', path: WORK_EMAIL, value: 'moss@fabrikam.example' }],
    after: { emails: [{ ...WORK, value: 'moss@fabrikam.example' }] },
  },
  {
    fault: '21 and 22',
    title: 'add on a filtered path without an element creates it',
    report: 'https://github.com/Captain-P-Goldfish/SCIM-SDK/issues/416',
    operations: [{ op: 'Add', path: WORK_EMAIL, value: 'kim@fabrikam.example' }],
    after: { emails: [{ type: 'work', value: 'kim@fabrikam.example' }] },
  },
  {
    fault: '23',
    title: "the validator's mixed request of filtered adds and a pathless replace",
    report: 'https://github.com/sourcegraph/sourcegraph-public-snapshot/pull/49119',
    before: { emails: [WORK] },
    operations: [
      { op: 'replace', path: WORK_EMAIL, value: 'moss@fabrikam.example' },
      { op: 'add', path: 'emails[type eq "home"].value', value: 'kim@home.example' },
      { op: 'add', path: 'emails[type eq "home"].display', value: 'Kim at home' },
      { op: 'add', path: 'emails[type eq "home"].primary', value: false },
      { op: 'replace', value: { 'name.familyName': 'Moss', displayName: 'Kim Moss', nickName: 'Kim' } },
    ],
    after: {
      emails: [
        { ...WORK, value: 'moss@fabrikam.example' },
        { ...HOME, display: 'Kim at home', primary: false },
      ],
      name: { familyName: 'Moss' },
      displayName: 'Kim Moss',
      nickName: 'Kim',
    },
  },
  {
    fault: '24',
    title: 'a replace of the work e-mail keeps the home e-mail',
    report: 'https://github.com/Captain-P-Goldfish/SCIM-SDK/issues/668',
    before: { emails: [HOME, WORK] },
    operations: [{ op: 'Replace', path: WORK_EMAIL, value: 'moss@fabrikam.example' }],
    after: { emails: [HOME, { ...WORK, value: 'moss@fabrikam.example' }] },
  },
  {
    fault: '25 and 27',
    title: 'a pathless replace with dotted keys changes the components of the name',
    report: 'https://github.com/Captain-P-Goldfish/scim-for-keycloak/issues/26',
    before: { name: { givenName: 'Kim', familyName: 'Berg', formatted: 'Kim Berg' } },
    operations: [{ op: 'replace', value: { 'name.familyName': 'Moss', 'name.formatted': 'Kim Moss' } }],
    after: { name: { givenName: 'Kim', familyName: 'Moss', formatted: 'Kim Moss' } },
  },
  {
    fault: '26',
    title: 'a pathless replace with the key of an extension changes the extension',
    report: 'https://github.com/Captain-P-Goldfish/SCIM-SDK/issues/193',
    operations: [{ op: 'replace', value: { [`${ENTERPRISE}:department`]: 'Sales' } }],
    after: { [ENTERPRISE]: { department: 'Sales' }, department: undefined },
  },
  {
    fault: '28',
    title: 'with the flag, too, replace on a missing work e-mail creates it',
    report: 'https://github.com/sourcegraph/sourcegraph-public-snapshot/pull/49200',
    before: { emails: [HOME] },
    operations: [{ op: 'replace', path: WORK_EMAIL, value: 'kim@fabrikam.example' }],
    after: { emails: [HOME, { type: 'work', value: 'kim@fabrikam.example' }] },
  },
  {
    fault: '29',
    title: 'a Remove with another value does not write that value',
    report: 'https://github.com/AzureAD/SCIMReferenceCode/pull/87',
    before: { emails: [HOME, WORK] },
    operations: [{ op: 'Remove', path: 'emails[type eq "work"]', value: 'other@fabrikam.example' }],
    after: { emails: [HOME] },
  },
  {
    fault: '30',
    title: 'a filtered path on an attribute without a value creates it',
    report: 'https://github.com/ssoready/ssoready/pull/249',
    operations: [
      { op: 'Replace', path: 'addresses[type eq "work"].locality', value: 'Köln' },
      { op: 'Replace', path: 'addresses[type eq "work"].country', value: 'DE' },
      { op: 'Add', path: 'phoneNumbers[type eq "mobile"].value', value: '+49 (0)221 555-0101' },
    ],
    after: {
      addresses: [{ type: 'work', locality: 'Köln', country: 'DE' }],
      phoneNumbers: [{ type: 'mobile', value: '+49 (0)221 555-0101' }],
    },
  },
  {
    fault: '36 and 59',
    title: 'Replace on enterprise paths works',
    report: 'https://github.com/scimmyjs/scimmy/issues/77',
    before: { [ENTERPRISE]: { department: 'Sales', costCenter: '7' } },
    operations: [
      { op: 'Replace', path: `${ENTERPRISE}:department`, value: 'Field Sales' },
      { op: 'Add', path: `${ENTERPRISE}:employeeNumber`, value: 'E-31' },
    ],
    after: { [ENTERPRISE]: { department: 'Field Sales', costCenter: '7', employeeNumber: 'E-31' } },
  },
  {
    fault: '37 and 39',
    title: 'roles[primary eq "True"] selects the primary role',
    report: 'https://github.com/pingidentity/scim2/issues/239',
    before: { roles: [ROLE, { value: 'reader', primary: false }] },
    operations: [
      { op: 'Replace', path: 'roles[primary eq "True"].value', value: 'owner' },
      { op: 'Replace', path: 'roles[primary eq "True"].display', value: 'Owner' },
      { op: 'Replace', path: 'roles[primary eq "True"].type', value: 'AppRole' },
    ],
    after: {
      roles: [
        { value: 'owner', display: 'Owner', type: 'AppRole', primary: true },
        { value: 'reader', primary: false },
      ],
    },
  },
  {
    fault: '38',
    title: 'the same filter on addresses without a value creates a primary one',
    report: 'https://github.com/apache/directory-scimple/pull/1213',
    operations: [{ op: 'replace', path: 'addresses[primary eq "True"].locality', value: 'Łódź' }],
    after: { addresses: [{ primary: true, locality: 'Łódź' }] },
  },
  {
    fault: '43',
    title: 'an empty list of operations succeeds',
    report: 'https://github.com/scimmyjs/scimmy/issues/59',
    before: { title: 'Engineer' },
    operations: [],
    after: { title: 'Engineer' },
  },
  {
    fault: '53',
    title: 'a disable together with filtered paths into lists with one element or none is applied',
    report:
      'https://learn.microsoft.com/en-us/answers/questions/5746233/claude-ai-entra-enterprise-app-deprovisioning-user',
    before: { emails: [WORK] },
    operations: [
      { op: 'Replace', path: WORK_EMAIL, value: 'moss@fabrikam.example' },
      { op: 'Replace', path: 'phoneNumbers[type eq "mobile"].value', value: '+49 221 1' },
      { op: 'Replace', path: 'addresses[type eq "work"].country', value: 'DE' },
      { op: 'Replace', path: 'active', value: 'False' },
    ],
    after: {
      active: false,
      emails: [{ ...WORK, value: 'moss@fabrikam.example' }],
      phoneNumbers: [{ type: 'mobile', value: '+49 221 1' }],
      addresses: [{ type: 'work', country: 'DE' }],
    },
  },
  {
    fault: '46 (single role)',
    title: 'JSON text inside a role is parsed',
    report: 'https://github.com/MicrosoftDocs/azure-docs/issues/50772',
    operations: [
      {
        op: 'Add',
        path: 'roles',
        value: [{ value: '{"id":"18d14569-c3bd-439b-9a66-3a2aee01d14f","value":"editor","displayName":"Editor"}' }],
      },
    ],
    after: { roles: [{ value: 'editor', display: 'Editor' }] },
  },
  {
    fault: '46 (complex roles) and 47',
    title: 'roles are added to the existing ones',
    report: 'https://github.com/buildbuddy-io/buildbuddy/pull/10578',
    before: { roles: [{ value: 'reader', displayName: 'Reader', primary: false }] },
    operations: [{ op: 'Add', path: 'roles', value: [{ value: 'editor', displayName: 'Editor', primary: false }] }],
    after: {
      roles: [
        { value: 'reader', display: 'Reader', primary: false },
        { value: 'editor', display: 'Editor', primary: false },
      ],
    },
  },
  {
    fault: '46 (assertive roles)',
    title: 'replacing roles removes those that are not listed',
    report: 'https://github.com/MicrosoftDocs/azure-docs/issues/50772',
    before: { roles: [{ value: 'reader' }, { value: 'owner' }] },
    operations: [{ op: 'replace', path: 'roles', value: [{ value: 'editor', display: 'Editor', primary: false }] }],
    after: { roles: [{ value: 'editor', display: 'Editor', primary: false }] },
  },
  {
    fault: '49',
    title: 'pathless updates with nested objects and extensions work',
    report: 'https://github.com/kortix-ai/suna/pull/7298',
    before: { name: { givenName: 'Kim', familyName: 'Berg' } },
    operations: [
      { op: 'replace', value: { name: { familyName: 'Moss' }, active: true, [ENTERPRISE]: { division: 'North' } } },
    ],
    after: { name: { givenName: 'Kim', familyName: 'Moss' }, [ENTERPRISE]: { division: 'North' } },
  },
];

describe('changes of a user', () => {
  test.each(USER_CASES)('fault $fault: $title ($report)', async ({ before, operations, after }) => {
    const { id } = await createUser(before);
    const answer = await scim.patch(`/Users/${id}`, ...operations);
    expect([200, 204]).toContain(answer.status);
    const user = await readUser(id);
    expect(Object.fromEntries(Object.keys(after).map((key) => [key, user[key]]))).toEqual(after);
    if (answer.status === 200) expect(answer.body).toEqual(user);
    // Sending the same request again changes nothing.
    await scim.patch(`/Users/${id}`, ...operations);
    const again = await readUser(id);
    if (!operations.some((operation) => JSON.stringify(operation).includes('"Remove"'))) expect(again).toEqual(user);
  });

  test('fault 2: text that is not a boolean is rejected', async () => {
    const { id } = await createUser();
    const answer = await scim.patch(`/Users/${id}`, { op: 'Replace', path: 'active', value: 'disabled' });
    expect([answer.status, answer.body.scimType]).toEqual([400, 'invalidValue']);
    expect(await readUser(id)).toMatchObject({ active: true });
  });

  test('fault 6: active is in every response', async () => {
    const user = await createUser();
    expect(user.active).toBe(true);
    expect((await scim.get('/Users', { filter: equals('id', user.id) })).body.Resources[0].active).toBe(true);
  });

  test.each([
    { fault: '33', title: 'a POST with manager as a string', shape: 'post' as const },
    { fault: '34', title: 'an Add with manager as a string', shape: 'string' as const },
    { fault: '35', title: 'a Replace with the uid of the manager', shape: 'replace' as const },
  ])('fault $fault: $title sets the manager', async ({ shape }) => {
    const manager = await createUser({ displayName: 'Kim Moss' });
    const user = await createUser(shape === 'post' ? { [ENTERPRISE]: { manager: manager.id } } : {});
    if (shape !== 'post') {
      const op = shape === 'string' ? 'Add' : 'Replace';
      const { status } = await scim.patch(`/Users/${user.id}`, {
        op,
        path: `${ENTERPRISE}:manager`,
        value: manager.id,
      });
      expect(status).toBe(200);
    }
    const read = await readUser(user.id);
    expect(read[ENTERPRISE].manager).toMatchObject({ value: manager.id, displayName: 'Kim Moss' });
  });

  test('fault 31: operations that RFC 7644 does not define are rejected, and nothing is applied', async () => {
    const { id } = await createUser({ title: 'Engineer' });
    const { status, body } = await scim.patch(
      `/Users/${id}`,
      { op: 'replace', path: 'title', value: 'Chief' },
      { op: 'update', path: 'nickName', value: 'Kim' },
    );
    expect([status, body.scimType]).toEqual([400, 'invalidSyntax']);
    expect(await readUser(id)).toMatchObject({ title: 'Engineer' });
  });

  test('fault 40: userName is found in any case', async () => {
    const { id, userName } = await createUser();
    for (const text of [userName, userName.toUpperCase()]) {
      const { body } = await scim.get('/Users', { filter: equals('userName', text) });
      expect(body.Resources.map((user: Wire) => user.id)).toEqual([id]);
    }
  });

  test('fault 40: a PATCH returns 200, the user, and the media type of SCIM', async () => {
    const { id } = await createUser();
    const answer = await scim.patch(`/Users/${id}`, { op: 'Replace', path: 'title', value: 'Chief' });
    expect([answer.status, answer.headers['content-type']]).toEqual([200, 'application/scim+json']);
    expect(answer.body).toEqual(await readUser(id));
  });

  test.each([
    { op: 'replace' },
    { op: 'replace', path: 'emails[', value: 'x' },
    { op: 'replace', path: 'emails[type eq "work"', value: 'x' },
    { op: 'replace', path: 'emails[type eq "work"].value', value: { a: [{ b: null }] } },
    { op: 'replace', path: 'name', value: [[]] },
    { op: 'replace', path: 7, value: 'x' },
    { op: ['replace'], path: 'title', value: 'x' },
    { op: 'remove', path: 'userName' },
    { op: 'add', value: 'x' },
    { op: 'add', path: `${ENTERPRISE}:manager`, value: [{ value: {} }] },
    null,
    'replace',
  ])('fault 45: an invalid PATCH is rejected with a SCIM error, not an exception: %j', async (operation) => {
    const { id } = await createUser({ title: 'Engineer' });
    const { status, headers, body } = await scim.patch(`/Users/${id}`, operation);
    expect([status, headers['content-type']]).toEqual([400, 'application/scim+json']);
    expect(body).toMatchObject({ status: '400', scimType: expect.any(String), detail: expect.any(String) });
    expect(await readUser(id)).toMatchObject({ title: 'Engineer' });
  });

  test('fault 52: an Add of objects to a list of texts adds texts', async () => {
    const urn = 'urn:ietf:params:scim:schemas:extension:fabrikam:2.0:User';
    const schema = { id: urn, attributes: [{ name: 'department_ids', multiValued: true }] };
    const own = await server.createDirectory();
    await registerSchema(server.store, own.id, { schema });
    const client = new ScimClient(own.scimUrl, own.scimToken);
    const { body: user } = await client.post('/Users', { userName: 'kim', [urn]: { department_ids: ['1'] } });
    const kept: unknown[] = [];
    for (const value of ['1', '2', '2', '3']) {
      const add = { op: 'Add', path: `${urn}:department_ids`, value: [{ value }] };
      kept.push((await client.patch(`/Users/${user.id}`, add)).body[urn].department_ids);
    }
    expect(kept).toEqual([['1'], ['1', '2'], ['1', '2'], ['1', '2', '3']]);
    const { body: found } = await client.get('/Users', { filter: equals(`${urn}:department_ids`, '2') });
    expect(found.Resources.map(({ id }: Wire) => id)).toEqual([user.id]);
  });

  test('fault 50: a soft delete is visible in a later GET', async () => {
    const { id } = await createUser();
    await scim.patch(`/Users/${id}`, { op: 'replace', value: { active: false } });
    expect(await readUser(id)).toMatchObject({ id, active: false });
  });

  test('fault 51: values are returned as they were sent', async () => {
    const values = {
      phoneNumbers: [{ type: 'work', value: '  +1 (425) 555-0100;ext=7 ' }],
      displayName: 'Zoe\u0308 🙂\nMoss',
      profileUrl: 'HTTPS://Fabrikam.example:443/%7Ekim/../kim',
      locale: 'DE_de',
    };
    const { id } = await createUser(values);
    expect(await readUser(id)).toMatchObject(values);
  });

  test('fault 53: a filter on a single-valued attribute works', async () => {
    const { id, userName } = await createUser({ active: false });
    const filter = `active eq false and ${equals('userName', userName)}`;
    const { body } = await scim.get('/Users', { filter });
    expect(body.Resources.map((user: Wire) => user.id)).toEqual([id]);
  });

  test('fault 54: the filter of an old documentation page is rejected, the correct one works', async () => {
    const { id } = await createUser({ emails: [{ type: 'work', value: 'filter.54@fabrikam.example' }] });
    const wrong = await scim.get('/Users', { filter: 'emails[type eq "work"] eq "filter.54@fabrikam.example"' });
    expect([wrong.status, wrong.body.scimType]).toEqual([400, 'invalidFilter']);
    const right = await scim.get('/Users', { filter: equals(WORK_EMAIL, 'filter.54@fabrikam.example') });
    expect(right.body.Resources.map((user: Wire) => user.id)).toEqual([id]);
  });

  test.each(['aadOptscim062020', 'AzureAdScimPatch2017', 'aadOptscim062020=true'])(
    'fault 55: the flag %s on the Tenant URL changes nothing',
    async (flag) => {
      const { id, userName } = await createUser();
      const { status, body } = await scim.send(
        'GET',
        `/Users?${flag}&filter=${encodeURIComponent(equals('userName', userName))}`,
      );
      expect([status, body.Resources[0].id]).toEqual([200, id]);
      expect((await scim.send('GET', `/Users/${id}?${flag}`)).status).toBe(200);
    },
  );

  test('fault 60: users with the same e-mail address are not merged', async () => {
    const emails = [{ type: 'work', value: 'admin@fabrikam.example', primary: true }];
    const admin = await createUser({ emails });
    const other = await createUser({ emails });
    expect(other.id).not.toBe(admin.id);
    await scim.patch(`/Users/${other.id}`, { op: 'Replace', path: WORK_EMAIL, value: 'moss@fabrikam.example' });
    expect(await readUser(admin.id)).toEqual(admin);
  });

  test('fault 58: the enterprise extension is returned, and listed in schemas', async () => {
    const { id } = await createUser({ [ENTERPRISE]: { employeeNumber: '31' } });
    const user = await readUser(id);
    expect(user.schemas).toContain(ENTERPRISE);
    expect(user[ENTERPRISE]).toEqual({ employeeNumber: '31' });
  });
});

describe('changes of a group', () => {
  const REMOVALS = [
    { fault: '10 and 11', shape: 'a list of values', toOperation: (id: string) => remove([{ value: id }]) },
    { fault: '14', shape: 'a list with $ref null', toOperation: (id: string) => remove([{ $ref: null, value: id }]) },
    { fault: '12 and 16', shape: 'one object', toOperation: (id: string) => remove({ value: id }) },
    {
      fault: '13 and 48',
      shape: 'a filtered path',
      toOperation: (id: string) => ({ op: 'remove', path: `members[value eq "${id}"]` }),
    },
    {
      fault: '18',
      shape: 'a filtered path and a value',
      toOperation: (id: string) => ({ op: 'Remove', path: `members[value eq "${id}"]`, value: [{ value: id }] }),
    },
    {
      fault: '15',
      shape: 'a list in lower case',
      toOperation: (id: string) => ({ ...remove([{ value: id }]), op: 'remove' }),
    },
  ];

  function remove(value: unknown): { op: string; path: string; value: unknown } {
    return { op: 'Remove', path: 'members', value };
  }

  test.each(REMOVALS)('fault $fault: one removal by $shape does not empty the group', async ({ toOperation }) => {
    const users = [await createUser(), await createUser(), await createUser()];
    const ids = users.map(({ id }) => id as string);
    const { id } = await createGroup(ids);
    const { status } = await scim.patch(`/Groups/${id}`, toOperation(ids[1]!));
    expect([200, 204]).toContain(status);
    expect((await memberIds(id)).toSorted()).toEqual([ids[0]!, ids[2]!].toSorted());
  });

  test.each([
    { value: [] },
    { value: null },
    { value: '' },
    { value: [{}] },
    { value: [{ value: null }] },
    { value: [{ value: '' }] },
    { value: [{ value: 'nobody' }] },
    { value: [{ value: '00000000-0000-4000-8000-000000000000' }] },
    { value: [{ $ref: null }] },
    { value: 'nobody' },
  ])('fault 12: a removal of $value removes no member', async ({ value }) => {
    const { id: userId } = await createUser();
    const { id } = await createGroup([userId]);
    const { status } = await scim.patch(`/Groups/${id}`, remove(value));
    expect([200, 204, 400]).toContain(status);
    expect(await memberIds(id)).toEqual([userId]);
  });

  test('fault 17: a member that is added twice is stored once', async () => {
    const { id: userId } = await createUser();
    const { id } = await createGroup([userId, userId]);
    const add = { op: 'Add', path: 'members', value: [{ value: userId }, { value: userId.toUpperCase() }] };
    expect((await scim.patch(`/Groups/${id}`, add, add)).status).toBe(204);
    expect(await memberIds(id)).toEqual([userId]);
  });

  test('fault 32: a capitalised Add adds a member', async () => {
    const { id: userId } = await createUser();
    const { id } = await createGroup();
    await scim.patch(`/Groups/${id}`, { op: 'Add', path: 'members', value: [{ $ref: null, value: userId }] });
    expect(await memberIds(id)).toEqual([userId]);
  });

  test('fault 49: the name of an existing group is a conflict', async () => {
    const { displayName } = await createGroup();
    const answer = await scim.post('/Groups', { displayName: displayName.toUpperCase() });
    expect([answer.status, answer.body.scimType]).toEqual([409, 'uniqueness']);
  });

  test('fault 49: an unknown member fails the whole PATCH', async () => {
    const { id: userId } = await createUser();
    const { id, displayName } = await createGroup();
    const { status, body } = await scim.patch(
      `/Groups/${id}`,
      { op: 'Replace', path: 'displayName', value: `${displayName} renamed` },
      { op: 'Add', path: 'members', value: [{ value: userId }] },
      { op: 'Add', path: 'members', value: [{ value: '00000000-0000-4000-8000-000000000000' }] },
    );
    expect([status, body.scimType]).toEqual([400, 'invalidValue']);
    expect((await scim.get(`/Groups/${id}`)).body).toMatchObject({ displayName });
    expect(await memberIds(id)).toEqual([]);
  });

  test('fault 51: excludedAttributes=members omits them', async () => {
    const { id: userId } = await createUser();
    const { id } = await createGroup([userId]);
    expect((await scim.get(`/Groups/${id}`, { excludedAttributes: 'members' })).body).not.toHaveProperty('members');
  });
});

describe('the first requests', () => {
  test('fault 48: Test Connection succeeds without a User-Agent', async () => {
    const { origin, pathname } = new URL(directory.scimUrl);
    const filter = encodeURIComponent(equals('userName', crypto.randomUUID()));
    const headers = { authorization: `Bearer ${directory.scimToken}` };
    const { status, body } = await sendRaw(origin, 'GET', `${pathname}/Users?filter=${filter}`, { headers });
    expect([status, body]).toEqual([200, expect.objectContaining({ totalResults: 0, Resources: [] })]);
  });

  test('fault 48: a user after more than a thousand others is found', async () => {
    const large = await server.createDirectory();
    await populate(server.database.pool, [large.id], { users: 1_200, groups: 1, groupsPerUser: 1 });
    const client = new ScimClient(large.scimUrl, large.scimToken);
    for (const filter of [
      equals('userName', 'User-1200'),
      equals('externalId', 'x-1200'),
      equals(WORK_EMAIL, 'user-1200@fabrikam.example'),
    ]) {
      const { body } = await client.get('/Users', { filter });
      expect([filter, body.totalResults, body.Resources[0]?.userName]).toEqual([filter, 1, 'user-1200']);
    }
  });

  test('fault 56: users and groups can be read, created, changed, replaced and deleted', async () => {
    const { id } = await createUser();
    const group = await createGroup();
    for (const [path, body] of [
      [`/Users/${id}`, { userName: 'everything@fabrikam.example' }],
      [`/Groups/${group.id}`, { displayName: 'Everything' }],
    ] as const) {
      const collection = path.slice(0, path.indexOf('/', 1));
      const answers = [
        await scim.get(collection),
        await scim.get(path),
        await scim.put(path, body),
        await scim.patch(path, { op: 'Replace', path: 'externalId', value: 'x' }),
        await scim.delete(path),
        await scim.post(collection, body),
      ];
      expect(answers.map(({ status }) => status)).toEqual([
        200,
        200,
        200,
        path.startsWith('/Users') ? 200 : 204,
        204,
        201,
      ]);
    }
    // The answer to a method that is not allowed names those that are.
    const refused = await scim.patch('/Users', { op: 'Replace', path: 'title', value: 'x' });
    expect([refused.status, refused.headers.allow]).toEqual([405, 'GET, POST']);
  });
});

describe('discovery', () => {
  test.each(['/Schemas', '/ResourceTypes'])('fault 51: %s is a list response, not a bare array', async (path) => {
    const { status, body } = await scim.get(path);
    expect(status).toBe(200);
    expect(body.schemas).toEqual(['urn:ietf:params:scim:api:messages:2.0:ListResponse']);
    expect(body.totalResults).toBe(body.Resources.length);
  });

  test('fault 42: no password is published', async () => {
    expect(JSON.stringify((await scim.get('/Schemas')).body).toLowerCase()).not.toContain('"password"');
  });

  test('fault 44: emails.display and emails.primary are published as in RFC 7643 §8.7.1, and can be written', async () => {
    const { body } = await scim.get('/Schemas/urn:ietf:params:scim:schemas:core:2.0:User');
    const { subAttributes } = body.attributes.find(({ name }: Wire) => name === 'emails');
    const plain = { multiValued: false, required: false, mutability: 'readWrite', returned: 'default' };
    for (const [name, type] of [
      ['display', 'string'],
      ['primary', 'boolean'],
    ]) {
      expect(subAttributes.find((one: Wire) => one.name === name)).toMatchObject({ ...plain, type });
    }
    const { id } = await createUser({ emails: [HOME] });
    await scim.patch(
      `/Users/${id}`,
      { op: 'Add', path: 'emails[type eq "home"].display', value: 'Kim at home' },
      { op: 'Add', path: 'emails[type eq "home"].primary', value: 'True' },
    );
    expect((await readUser(id)).emails).toEqual([{ ...HOME, display: 'Kim at home', primary: true }]);
  });

  test('fault 41: the media type is that of SCIM', async () => {
    expect((await scim.get('/Schemas')).headers['content-type']).toBe('application/scim+json');
  });
});
