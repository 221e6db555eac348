import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { EntraClient, valueAt, type Dialect, type ManagerShape } from '../support/entra-client.js';
import { queryGraphQL } from '../support/graphql-client.js';
import { ScimClient, equals, sendRaw, type ScimAnswer, type Wire } from '../support/scim-client.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { inventUser } from './people.js';
import { IDEO } from './products/ideo.js';
import { OFFICESPACE } from './products/officespace.js';
import { OLFEO_SAAS } from './products/olfeo-saas.js';
import { SOSAFE } from './products/sosafe.js';

/* Behaviour that Entra and its validators rely on beyond the provisioning cycle itself. */

const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const USER_URN = 'urn:ietf:params:scim:schemas:core:2.0:User';
const LIST_URN = 'urn:ietf:params:scim:api:messages:2.0:ListResponse';
const NOBODY = '00000000-0000-4000-8000-000000000000';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(async () => {
  await server.stop();
});

/** Creates a separate directory. Returns clients and helpers for it. */
async function open() {
  const directory = await server.createDirectory();
  const scim = new ScimClient(directory.scimUrl, directory.scimToken);
  const createUser = async (userName: string, attributes: object = {}): Promise<Wire> =>
    created(await scim.post('/Users', { userName, ...attributes }));
  const createGroup = async (displayName: string, members: readonly string[] = []): Promise<Wire> =>
    created(await scim.post('/Groups', { displayName, members: members.map((value) => ({ value })) }));
  const read = async (path: string): Promise<Wire> => {
    const { status, body } = await scim.get(path);
    expect(status).toBe(200);
    return body;
  };
  /** Returns the head of the event log, which does not change if nothing is written. */
  const head = async (): Promise<string> => {
    const connection = { url: server.url, token: directory.graphqlToken };
    return (await queryGraphQL(connection, '{ directory { eventCursor } }')).directory.eventCursor;
  };
  return { directory, scim, createUser, createGroup, read, head };
}

function created({ status, body }: ScimAnswer): Wire {
  expect([status, body]).toEqual([201, expect.anything()]);
  return body;
}

function idsOf({ status, body }: ScimAnswer): string[] {
  expect([status, body.schemas]).toEqual([200, [LIST_URN]]);
  return body.Resources.map((resource: Wire) => resource.id);
}

function refusal({ status, body }: ScimAnswer): [status: number, scimType: string | undefined] {
  expect(body).toMatchObject({
    schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
    status: String(status),
    detail: expect.any(String),
  });
  return [status, body.scimType];
}

describe('every response', () => {
  test('has the media type application/scim+json without a charset, errors too', async () => {
    const { directory, scim, createUser, createGroup } = await open();
    const { id } = await createUser('kim@fabrikam.example');
    const group = await createGroup('Field Sales', [id]);
    const unauthenticated = new ScimClient(directory.scimUrl, undefined);
    const json = { 'content-type': 'application/json; charset=utf-8', accept: 'application/json' };
    const answers: Array<[number, Promise<ScimAnswer>]> = [
      [200, scim.get('/Users')],
      [200, scim.get(`/Users/${id}`)],
      [201, scim.post('/Users', { userName: 'moss@fabrikam.example' })],
      [201, scim.send('POST', '/Users', { body: { userName: 'plain@fabrikam.example' }, headers: json })],
      [200, scim.put(`/Users/${id}`, { userName: 'kim@fabrikam.example' })],
      [200, scim.patch(`/Users/${id}`, { op: 'add', path: 'title', value: 'Chief' })],
      [200, scim.get('/Groups')],
      [200, scim.get(`/Groups/${group.id}`)],
      [200, scim.get('/Schemas')],
      [200, scim.get(`/Schemas/${USER_URN}`)],
      [200, scim.get('/ResourceTypes')],
      [200, scim.get('/ServiceProviderConfig')],
      [400, scim.get('/Users', { filter: 'userName eq' })],
      [400, scim.send('POST', '/Users', { body: '{' })],
      [401, unauthenticated.get('/Users')],
      [404, scim.get(`/Users/${NOBODY}`)],
      [404, scim.get('/Nothing')],
      [405, scim.put('/Users', {})],
      [409, scim.post('/Users', { userName: 'KIM@fabrikam.example' })],
      [413, scim.post('/Users', { userName: 'x'.repeat(6_000_000) })],
      [415, scim.send('POST', '/Users', { body: '<user/>', headers: { 'content-type': 'application/xml' } })],
    ];
    for (const [expected, answer] of answers) {
      const { status, headers } = await answer;
      expect([status, headers['content-type']]).toEqual([expected, 'application/scim+json']);
    }
  });

  test('has neither a body nor a media type with the status 204', async () => {
    const { scim, createUser, createGroup } = await open();
    const { id } = await createUser('kim@fabrikam.example');
    const group = await createGroup('Field Sales');
    for (const answer of [
      await scim.patch(`/Groups/${group.id}`, { op: 'Add', path: 'members', value: [{ value: id }] }),
      await scim.delete(`/Groups/${group.id}`),
      await scim.delete(`/Users/${id}`),
    ]) {
      expect([answer.status, answer.body]).toEqual([204, undefined]);
    }
  });
});

describe('matching', () => {
  test.each([
    'userName eq "KIM@FABRIKAM.EXAMPLE"',
    'USERNAME EQ "kim@fabrikam.example"',
    'username eq "kim@fabrikam.example" and active eq true',
    `${USER_URN}:userName eq "Kim@Fabrikam.example"`,
    'emails[type eq "work"].value eq "KIM.MOSS@fabrikam.example"',
    'emails[TYPE eq "Work" and value eq "kim.moss@fabrikam.example"]',
    'emails.value eq "kim.moss@fabrikam.example"',
    'emails eq "kim.moss@fabrikam.example"',
    'externalId eq "jyoung"',
    'externalId eq jyoung',
    `${ENTERPRISE}:department eq "field sales"`,
    'name.familyName eq "moß"',
    'displayName eq "ÉMILE \\"Kim\\" MOSS"',
  ])('finds the user by %s', async (filter) => {
    const { scim, createUser } = await open();
    const { id } = await createUser('Kim@fabrikam.example', {
      externalId: 'jyoung',
      displayName: 'Émile "Kim" Moss',
      name: { familyName: 'Moß' },
      emails: [
        { type: 'home', value: 'kim@home.example' },
        { type: 'work', value: 'Kim.Moss@fabrikam.example', primary: true },
      ],
      [ENTERPRISE]: { department: 'Field Sales' },
    });
    await createUser('moss@fabrikam.example', { externalId: 'JYOUNG' });
    expect(idsOf(await scim.get('/Users', { filter }))).toEqual([id]);
  });

  test.each([
    ['/Users', 'userName eq "nobody@fabrikam.example"'],
    ['/Users', 'userName eq ""'],
    ['/Users', `id eq "${NOBODY}"`],
    ['/Users', 'id eq "nobody"'],
    ['/Users', `id eq "nobody" and manager eq "${NOBODY}"`],
    ['/Users', 'manager eq "nobody"'],
    ['/Users', `${ENTERPRISE}:manager.value eq "${NOBODY}"`],
    ['/Users', 'emails[type eq "work"].value eq "kim@home.example"'],
    ['/Groups', 'displayName eq "Nobody"'],
    ['/Groups', `id eq "${NOBODY}" and members eq "${NOBODY}"`],
    ['/Groups', 'members eq "nobody"'],
    ['/Groups', `members[value eq "${NOBODY}"]`],
  ])('without a result returns 200 and an empty list: %s?filter=%s', async (path, filter) => {
    const { scim, createUser } = await open();
    await createUser('kim@fabrikam.example', { emails: [{ type: 'home', value: 'kim@home.example' }] });
    const { status, body } = await scim.get(path, { filter });
    expect([status, body]).toEqual([
      200,
      expect.objectContaining({ schemas: [LIST_URN], totalResults: 0, itemsPerPage: 0, startIndex: 1, Resources: [] }),
    ]);
  });

  test('returns all matching users', async () => {
    const { scim, createUser } = await open();
    const a = await createUser('a@fabrikam.example', { externalId: 'same' });
    const b = await createUser('b@fabrikam.example', { externalId: 'same' });
    const { body } = await scim.get('/Users', { filter: equals('externalId', 'same') });
    expect(body.totalResults).toBe(2);
    expect(body.Resources.map((user: Wire) => user.id).toSorted()).toEqual([a.id, b.id].toSorted());
  });

  test('finds a user by the new value of a matching attribute', async () => {
    const { scim, createUser } = await open();
    const { id } = await createUser('kim@fabrikam.example');
    await scim.patch(`/Users/${id}`, { op: 'Replace', path: 'userName', value: 'Moss@fabrikam.example' });
    expect(idsOf(await scim.get('/Users', { filter: 'userName eq "moss@fabrikam.example"' }))).toEqual([id]);
    expect(idsOf(await scim.get('/Users', { filter: 'userName eq "kim@fabrikam.example"' }))).toEqual([]);
    // The old name is available again, the new one is not.
    expect((await scim.post('/Users', { userName: 'kim@fabrikam.example' })).status).toBe(201);
    expect(refusal(await scim.post('/Users', { userName: 'moss@fabrikam.example' }))).toEqual([409, 'uniqueness']);
  });

  test('finds an inactive user, which is also read and listed', async () => {
    const { scim, createUser, read } = await open();
    const { id } = await createUser('kim@fabrikam.example', { active: false });
    expect(await read(`/Users/${id}`)).toMatchObject({ id, active: false });
    expect(idsOf(await scim.get('/Users'))).toEqual([id]);
    expect(idsOf(await scim.get('/Users', { filter: 'userName eq "kim@fabrikam.example"' }))).toEqual([id]);
  });
});

describe('duplicates', () => {
  test.each([
    ['kim@fabrikam.example', 'KIM@Fabrikam.example'],
    ['émile@fabrikam.example', 'ÉMILE@fabrikam.example'],
  ])('the userName %s conflicts with %s, by POST, PUT and PATCH', async (first, second) => {
    const { scim, createUser } = await open();
    await createUser(first);
    const { id } = await createUser('other@fabrikam.example');
    const patch = { op: 'Replace', path: 'userName', value: second };
    for (const answer of [
      await scim.post('/Users', { userName: second }),
      await scim.put(`/Users/${id}`, { userName: second }),
      await scim.patch(`/Users/${id}`, patch),
    ]) {
      expect(refusal(answer)).toEqual([409, 'uniqueness']);
    }
    expect(idsOf(await scim.get('/Users'))).toHaveLength(2);
  });

  test('the displayName of a group conflicts in any case', async () => {
    const { scim, createGroup } = await open();
    await createGroup('Équipe Paris');
    const { id } = await createGroup('Field Sales');
    for (const answer of [
      await scim.post('/Groups', { displayName: 'ÉQUIPE paris' }),
      await scim.put(`/Groups/${id}`, { displayName: 'équipe Paris' }),
      await scim.patch(`/Groups/${id}`, { op: 'Replace', path: 'displayName', value: 'Équipe PARIS' }),
    ]) {
      expect(refusal(answer)).toEqual([409, 'uniqueness']);
    }
  });

  test('a name may change its case', async () => {
    const { scim, createUser, read } = await open();
    const { id } = await createUser('kim@fabrikam.example');
    await scim.patch(`/Users/${id}`, { op: 'Replace', path: 'userName', value: 'Kim@fabrikam.example' });
    expect(await read(`/Users/${id}`)).toMatchObject({ userName: 'Kim@fabrikam.example' });
  });

  test('a deleted user can be created again with the same name and another id', async () => {
    const { scim, createUser } = await open();
    const first = await createUser('kim@fabrikam.example', { externalId: '31' });
    expect((await scim.delete(`/Users/${first.id}`)).status).toBe(204);
    const second = await createUser('kim@fabrikam.example', { externalId: '31' });
    expect(second.id).not.toBe(first.id);
    expect(refusal(await scim.delete(`/Users/${first.id}`))).toEqual([404, undefined]);
    expect(idsOf(await scim.get('/Users', { filter: equals('externalId', '31') }))).toEqual([second.id]);
  });
});

describe('omitted attributes', () => {
  test.each(['members', 'MEMBERS', 'urn:ietf:params:scim:schemas:core:2.0:Group:members', 'members,meta'])(
    'excludedAttributes=%s omits the members in all responses with a group',
    async (excludedAttributes) => {
      const { scim, createUser, createGroup } = await open();
      const { id: userId } = await createUser('kim@fabrikam.example');
      const { id } = await createGroup('Field Sales', [userId]);
      const filter = equals('displayName', 'field sales');
      const patch = { Operations: [{ op: 'Replace', path: 'externalId', value: '31' }] };
      const query = { excludedAttributes };
      const list = (await scim.get('/Groups', { ...query, filter })).body;
      expect(list.Resources).toHaveLength(1);
      for (const group of [
        list.Resources[0],
        (await scim.get('/Groups', query)).body.Resources[0],
        (await scim.get(`/Groups/${id}`, query)).body,
        (await scim.send('PATCH', `/Groups/${id}`, { query, body: patch })).body,
      ]) {
        expect(group).toMatchObject({ id, displayName: 'Field Sales' });
        expect(group).not.toHaveProperty('members');
      }
      expect((await scim.get(`/Groups/${id}`)).body.members).toHaveLength(1);
    },
  );

  test('a PATCH of the members of a group returns no body', async () => {
    const { scim, createUser, createGroup } = await open();
    const { id: userId } = await createUser('kim@fabrikam.example');
    const { id } = await createGroup('Field Sales');
    const operation = { op: 'Add', path: 'members', value: [{ value: userId }] };
    expect(await scim.patch(`/Groups/${id}`, operation)).toMatchObject({ status: 204, body: undefined });
  });

  test('attributes=id returns only the id', async () => {
    const { scim, createUser } = await open();
    const { id } = await createUser('kim@fabrikam.example', { title: 'Chief' });
    const { body } = await scim.get('/Users', { filter: equals('id', id), attributes: 'id' });
    expect(body.Resources).toEqual([{ schemas: expect.any(Array), id }]);
  });
});

describe('creating', () => {
  test("Microsoft's sample with null values, misplaced enterprise attributes and a damaged URN is accepted", async () => {
    const { scim } = await open();
    const answer = await scim.post('/Users', {
      schemas: [USER_URN, 'urn:ietf:params:scim:schemas:extension:enterprise:2.0User'],
      externalId: 'kim-31',
      userName: 'kim@fabrikam.example',
      active: true,
      addresses: null,
      displayName: 'Kim Moss',
      emails: [{ primary: true, type: 'work', value: 'kim@fabrikam.example' }],
      meta: { resourceType: 'User' },
      name: { formatted: 'Kim Moss', familyName: 'Moss', givenName: 'Kim' },
      roles: [],
      title: null,
      department: null,
      manager: null,
      'urn:ietf:params:scim:schemas:extension:enterprise:2.0User': { department: 'Sales' },
    });
    const user = created(answer);
    expect(user).toMatchObject({ externalId: 'kim-31', [ENTERPRISE]: { department: 'Sales' } });
    for (const absent of ['addresses', 'title', 'department', 'manager', 'roles']) {
      expect(user).not.toHaveProperty(absent);
    }
    expect(answer.headers.location).toBe(user.meta.location);
    expect(user.meta).toMatchObject({ resourceType: 'User', version: answer.headers.etag });
  });

  test('a URN in schemas without values, known or not, is accepted', async () => {
    const { scim } = await open();
    const schemas = [USER_URN, ENTERPRISE, 'urn:ietf:params:scim:schemas:extension:fabrikam:2.0:User'];
    const user = created(await scim.post('/Users', { schemas, userName: 'kim@fabrikam.example' }));
    expect(user.schemas).toEqual([USER_URN]);
    const group = created(
      await scim.post('/Groups', {
        schemas: [
          'urn:ietf:params:scim:schemas:core:2.0:Group',
          'http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group',
        ],
        displayName: 'Field Sales',
        externalId: 'g-31',
        meta: { resourceType: 'Group' },
      }),
    );
    expect(group.schemas).toEqual(['urn:ietf:params:scim:schemas:core:2.0:Group']);
  });

  test('unknown attributes are ignored', async () => {
    const { createUser, scim } = await open();
    const user = await createUser('kim@fabrikam.example', { shoeSize: 42, nested: { deep: [1] } });
    expect(user).not.toHaveProperty('shoeSize');
    const put = await scim.put(`/Users/${user.id}`, { userName: user.userName, shoeSize: 42 });
    expect([put.status, put.body]).toEqual([200, user]);
  });

  test('a password is accepted and discarded', async () => {
    const { scim, createUser, read } = await open();
    const { id } = await createUser('kim@fabrikam.example', { password: 'correct horse' });
    const put = await scim.put(`/Users/${id}`, { userName: 'kim@fabrikam.example', password: 'battery' });
    const version = put.body.meta.version;
    for (const operation of [
      { op: 'replace', path: 'password', value: 'staple' },
      { op: 'replace', value: { password: 'staple' } },
      { op: 'add', path: `${USER_URN}:password`, value: 'staple' },
    ]) {
      expect((await scim.patch(`/Users/${id}`, operation)).status).toBe(200);
    }
    const user = await read(`/Users/${id}`);
    expect(user.meta.version).toBe(version);
    expect(JSON.stringify(user)).not.toMatch(/password|horse|battery|staple/);
  });

  test('values under an unregistered URN are rejected with an error that names it', async () => {
    const { scim, createUser, read } = await open();
    const urn = 'urn:ietf:params:scim:schemas:extension:fabrikam:2.0:User';
    const { id, userName } = await createUser('kim@fabrikam.example');
    for (const answer of [
      await scim.post('/Users', { userName: 'moss@fabrikam.example', [urn]: { badge: '7' } }),
      await scim.put(`/Users/${id}`, { userName, [urn]: { badge: '7' } }),
      await scim.patch(`/Users/${id}`, { op: 'replace', value: { title: 'Chief', [urn]: { badge: '7' } } }),
      await scim.patch(`/Users/${id}`, { op: 'replace', value: { title: 'Chief', [`${urn}:badge`]: '7' } }),
    ]) {
      expect(refusal(answer)).toEqual([400, 'invalidValue']);
      expect(answer.body.detail).toContain(urn);
    }
    expect(await read(`/Users/${id}`)).not.toHaveProperty('title');
    expect(idsOf(await scim.get('/Users'))).toEqual([id]);
  });
});

describe('changing', () => {
  test('an empty list of operations succeeds and changes nothing', async () => {
    const { scim, createUser, createGroup, read, head } = await open();
    const user = await createUser('kim@fabrikam.example', { title: 'Chief' });
    const group = await createGroup('Field Sales', [user.id]);
    const before = [await head(), await read(`/Users/${user.id}`), await read(`/Groups/${group.id}`)];
    expect([200, 204]).toContain((await scim.patch(`/Users/${user.id}`)).status);
    expect([200, 204]).toContain((await scim.patch(`/Groups/${group.id}`)).status);
    expect([await head(), await read(`/Users/${user.id}`), await read(`/Groups/${group.id}`)]).toEqual(before);
    expect(refusal(await scim.patch(`/Users/${NOBODY}`))).toEqual([404, undefined]);
    expect(refusal(await scim.patch(`/Groups/${NOBODY}`))).toEqual([404, undefined]);
  });

  const OPTIONAL = SOSAFE.users.map(({ path }) => path).filter((path) => path !== 'userName' && path !== 'active');

  test.each([
    { value: '', named: 'the empty text' },
    { value: null, named: 'null' },
  ])('$named clears every optional attribute, with paths and without', async ({ value }) => {
    const { directory, scim, read } = await open();
    const entra = new EntraClient(SOSAFE, 'default', directory.scimUrl, directory.scimToken);
    const [filtered, plain] = [
      OPTIONAL.filter((path) => path.includes('[')),
      OPTIONAL.filter((path) => !path.includes('[')),
    ];
    const withPaths = OPTIONAL.map((path) => ({ op: 'Replace', path, value }));
    const withoutPaths = [
      ...filtered.map((path) => ({ op: 'replace', path, value })),
      { op: 'replace', value: Object.fromEntries(plain.map((path) => [path, value])) },
    ];
    for (const [n, operations] of [withPaths, withoutPaths].entries()) {
      const { id } = await entra.createUser(inventUser(SOSAFE, n));
      expect((await scim.patch(`/Users/${id}`, ...operations)).status).toBe(200);
      const user = await read(`/Users/${id}`);
      for (const path of OPTIONAL) expect([path, valueAt(user, path)]).toEqual([path, undefined]);
      expect(user).toMatchObject({ id, active: true, userName: inventUser(SOSAFE, n)['userName'] });
      expect(user).not.toHaveProperty(ENTERPRISE);
      expect(user).not.toHaveProperty('name');
    }
  });

  test.each([{ value: '' }, { value: null }])('$value clears whole attributes and the manager', async ({ value }) => {
    const { scim, createUser, read } = await open();
    const { id: boss } = await createUser('boss@fabrikam.example');
    const { id } = await createUser('kim@fabrikam.example', {
      emails: [{ type: 'work', value: 'kim@fabrikam.example' }],
      [ENTERPRISE]: { manager: { value: boss } },
    });
    await scim.patch(
      `/Users/${id}`,
      { op: 'replace', path: 'emails', value },
      { op: 'replace', path: `${ENTERPRISE}:manager`, value },
    );
    const user = await read(`/Users/${id}`);
    expect(user).not.toHaveProperty('emails');
    expect(user).not.toHaveProperty(ENTERPRISE);
  });

  test.each([
    { path: 'active', value: null },
    { path: 'active', value: '' },
    { path: 'userName', value: null },
    { path: 'userName', value: '' },
  ])('$path cannot be cleared by $value', async ({ path, value }) => {
    const { scim, createUser, read } = await open();
    const { id } = await createUser('kim@fabrikam.example');
    for (const operation of [
      { op: 'Replace', path, value },
      { op: 'replace', value: { [path]: value } },
    ]) {
      expect((await scim.patch(`/Users/${id}`, operation)).status).toBe(400);
    }
    expect(await read(`/Users/${id}`)).toMatchObject({ userName: 'kim@fabrikam.example', active: true });
  });

  test.each<Dialect>(['default', 'aadOptscim062020'])(
    'an identical PATCH does not change the version, time and log, in the dialect %s',
    async (dialect) => {
      const { directory, createUser, createGroup, read, head } = await open();
      const entra = new EntraClient(SOSAFE, dialect, directory.scimUrl, directory.scimToken);
      const { id } = await entra.createUser(inventUser(SOSAFE, 1));
      const member = await createUser('member@fabrikam.example');
      const group = await createGroup('Field Sales', [member.id]);
      const play = async () => {
        await entra.changeUser(id, { ...inventUser(SOSAFE, 1, 2), active: false });
        await entra.setManager(id, member.id, 'string', 'Replace');
        await entra.disableUser(id);
        await entra.changeGroup(group.id, { displayName: 'Sales' });
        await entra.addMembers(group.id, [id]);
        await entra.removeMembers(group.id, [member.id]);
        return [await head(), await read(`/Users/${id}`), await read(`/Groups/${group.id}`)];
      };
      const first = await play();
      expect(first[1]).toMatchObject({ active: false, title: inventUser(SOSAFE, 1, 2)['title'] });
      expect(await play()).toEqual(first);
    },
  );

  test.each([
    { title: 'a path that does not exist', bad: { op: 'Replace', path: 'shoeSize', value: '42' } },
    { title: 'a read-only attribute', bad: { op: 'Replace', path: 'id', value: '42' } },
    { title: 'a value of the wrong type', bad: { op: 'Replace', path: 'active', value: 'perhaps' } },
    { title: 'an unknown operation', bad: { op: 'Move', path: 'title', value: 'x' } },
    { title: 'the name of another user', bad: { op: 'Replace', path: 'userName', value: 'TAKEN@fabrikam.example' } },
    { title: 'an unknown manager', bad: { op: 'Add', path: `${ENTERPRISE}:manager`, value: NOBODY } },
    { title: 'the removal of a required attribute', bad: { op: 'Remove', path: 'userName' } },
  ])('$title after valid operations: nothing is applied', async ({ bad }) => {
    const { scim, createUser, read, head } = await open();
    await createUser('taken@fabrikam.example');
    const { id } = await createUser('kim@fabrikam.example', { title: 'Engineer' });
    const before = [await head(), await read(`/Users/${id}`)];
    const { status } = await scim.patch(
      `/Users/${id}`,
      { op: 'Replace', path: 'title', value: 'Chief' },
      { op: 'Replace', path: 'active', value: 'False' },
      { op: 'Add', path: 'emails[type eq "work"].value', value: 'kim@fabrikam.example' },
      bad,
    );
    expect([400, 409]).toContain(status);
    expect([await head(), await read(`/Users/${id}`)]).toEqual(before);
  });

  test('many members can be added or removed in a single PATCH', async () => {
    const { scim, createUser, createGroup, read } = await open();
    const ids: string[] = [];
    for (let n = 0; n < 30; n++) ids.push((await createUser(`member${n}@fabrikam.example`)).id);
    const { id } = await createGroup('Field Sales');
    const memberIds = async () => ((await read(`/Groups/${id}`)).members ?? []).map((member: Wire) => member.value);
    const add = { op: 'Add', path: 'members', value: ids.map((value) => ({ $ref: null, value })) };
    expect((await scim.patch(`/Groups/${id}`, add)).status).toBe(204);
    expect((await memberIds()).toSorted()).toEqual(ids.toSorted());
    const gone = ids.slice(0, 20);
    await scim.patch(`/Groups/${id}`, ...gone.map((one) => ({ op: 'remove', path: `members[value eq "${one}"]` })));
    expect((await memberIds()).toSorted()).toEqual(ids.slice(20).toSorted());
  });
});

describe('a PATCH with operations that cancel each other', () => {
  test('writes no event and no new version, in any order, and the last operation on a member applies', async () => {
    const { scim, createUser, createGroup, read, head } = await open();
    const [member, other] = [(await createUser('member')).id as string, (await createUser('other')).id as string];
    const { id } = await createGroup('Field Sales', [member]);
    const add = (value: string): object => ({ op: 'Add', path: 'members', value: [{ value }] });
    const remove = (value: string): object => ({ op: 'Remove', path: 'members', value: [{ value }] });
    const empty = { op: 'remove', path: 'members' };
    const before = [await head(), await read(`/Groups/${id}`)];
    for (const operations of [
      [add(other), remove(other)],
      [remove(member), add(member)],
      [add(other), remove(other), add(member), remove(member), add(member)],
      [empty, add(other), add(member), remove(other)],
    ]) {
      expect((await scim.patch(`/Groups/${id}`, ...operations)).status).toBe(204);
      expect([await head(), await read(`/Groups/${id}`)]).toEqual(before);
    }
    const operations = [remove(other), add(other), add(member), remove(member)];
    expect((await scim.patch(`/Groups/${id}`, ...operations)).status).toBe(204);
    expect((await read(`/Groups/${id}`)).members.map(({ value }: Wire) => value)).toEqual([other]);
  });
});

describe('concurrent requests', () => {
  test('to create one user, or one group, create it once', async () => {
    const { scim, read } = await open();
    const users = Array.from({ length: 8 }, (_, n) =>
      scim.post('/Users', { userName: n % 2 === 0 ? 'kim@fabrikam.example' : 'KIM@fabrikam.example' }),
    );
    const groups = Array.from({ length: 8 }, () => scim.post('/Groups', { displayName: 'Field Sales' }));
    for (const answers of [await Promise.all(users), await Promise.all(groups)]) {
      expect(answers.map(({ status }) => status).toSorted()).toEqual([201, ...Array<number>(7).fill(409)]);
    }
    expect(await read('/Users')).toMatchObject({ totalResults: 1 });
    expect(await read('/Groups')).toMatchObject({ totalResults: 1 });
  });

  test('to change one group are all applied', async () => {
    const { scim, createUser, createGroup, read } = await open();
    const ids = await Promise.all(
      Array.from({ length: 16 }, async (_, n) => (await createUser(`member${n}@fabrikam.example`)).id as string),
    );
    const [leaving, coming] = [ids.slice(0, 8), ids.slice(8)];
    const { id } = await createGroup('Field Sales', leaving);
    const operations = [
      ...leaving.map((value) => ({ op: 'Remove', path: 'members', value: [{ value }] })),
      ...coming.map((value) => ({ op: 'Add', path: 'members', value: [{ value }] })),
    ];
    const answers = await Promise.all(operations.map((operation) => scim.patch(`/Groups/${id}`, operation)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([204]));
    const { members } = await read(`/Groups/${id}`);
    expect(members.map((member: Wire) => member.value).toSorted()).toEqual(coming.toSorted());
  });
});

describe('the manager', () => {
  const CASES = (['string', 'array', 'object'] as ManagerShape[]).flatMap((shape) =>
    (['default', 'aadOptscim062020'] as Dialect[]).map((dialect) => ({ shape, dialect })),
  );

  test.each(CASES)('is set, changed and removed as $shape, in the dialect $dialect', async ({ shape, dialect }) => {
    const { directory, createUser, read } = await open();
    const entra = new EntraClient(SOSAFE, dialect, directory.scimUrl, directory.scimToken);
    const first = (await createUser('first@fabrikam.example', { displayName: 'Kim Moss' })).id as string;
    const second = (await createUser('second@fabrikam.example')).id as string;
    const { id } = await entra.createUser(inventUser(SOSAFE, 3));
    const managerId = async () => (await read(`/Users/${id}`))[ENTERPRISE].manager?.value as string | undefined;
    expect(await entra.hasManager(id, first)).toBe(false);
    await entra.setManager(id, first, shape);
    expect(await managerId()).toBe(first);
    expect(await entra.hasManager(id, first)).toBe(true);
    expect(await entra.hasManager(id, second)).toBe(false);
    await entra.setManager(id, second, shape, 'Replace');
    expect(await managerId()).toBe(second);
    await entra.removeManager(id, 'Replace');
    expect(await managerId()).toBeUndefined();
    await entra.setManager(id, first, shape);
    await entra.removeManager(id, 'Remove');
    expect(await managerId()).toBeUndefined();
    expect(await entra.hasManager(id, first)).toBe(false);
    // The other enterprise attributes are unchanged.
    expect(valueAt(await read(`/Users/${id}`), `${ENTERPRISE}:department`)).toBe(
      inventUser(SOSAFE, 3)[`${ENTERPRISE}:department`],
    );
  });

  test('is removed from its reports when it is deleted', async () => {
    const { scim, createUser, read } = await open();
    const { id: boss } = await createUser('boss@fabrikam.example');
    const { id } = await createUser('kim@fabrikam.example', { [ENTERPRISE]: { manager: { value: boss } } });
    await scim.delete(`/Users/${boss}`);
    expect(await read(`/Users/${id}`)).not.toHaveProperty(ENTERPRISE);
  });
});

describe('pages', () => {
  test.each(['/Users', '/Groups'])(
    'of %s by startIndex=1,6,11 and count=5 contain all 11 resources once',
    async (path) => {
      const { scim, createUser, createGroup } = await open();
      const ids: string[] = [];
      for (let n = 0; n < 11; n++) {
        const { id } =
          path === '/Users' ? await createUser(`user${n}@fabrikam.example`) : await createGroup(`Group ${n}`);
        ids.push(id);
      }
      const seen: string[] = [];
      for (const [startIndex, length] of [
        [1, 5],
        [6, 5],
        [11, 1],
        [16, 0],
      ] as const) {
        const { body } = await scim.get(path, { startIndex, count: 5 });
        expect(body).toMatchObject({ totalResults: 11, startIndex, itemsPerPage: length });
        expect(body.Resources).toHaveLength(length);
        seen.push(...body.Resources.map((resource: Wire) => resource.id));
      }
      expect(seen.toSorted()).toEqual(ids.toSorted());
      expect((await scim.get(path, { count: 0 })).body).toMatchObject({ totalResults: 11, Resources: [] });
      expect((await scim.get(path, { startIndex: 0, count: -1 })).body).toMatchObject({ startIndex: 1, Resources: [] });
    },
  );
});

describe('discovery', () => {
  test('lists schemas and resource types, without null values', async () => {
    const { read } = await open();
    for (const path of ['/Schemas', '/ResourceTypes']) {
      const list = await read(path);
      expect(list).toMatchObject({ schemas: [LIST_URN], totalResults: list.Resources.length });
      expect(JSON.stringify(list)).not.toContain('null');
      for (const { id, meta } of list.Resources) {
        expect(meta.location).toContain(`${path}/${id}`);
        expect(await read(`${path}/${id}`)).toMatchObject({ id });
      }
    }
  });

  test.each([OLFEO_SAAS, SOSAFE, IDEO, OFFICESPACE])(
    'publishes every attribute that $product maps',
    async (mapping) => {
      const { read } = await open();
      const { Resources } = await read('/Schemas');
      const published = new Set(Resources.flatMap(namesOf));
      for (const [urn, paths] of [
        [USER_URN, mapping.users],
        ['urn:ietf:params:scim:schemas:core:2.0:Group', mapping.groups],
      ] as const) {
        for (const { path } of paths) {
          if (path === 'externalId') continue; // A common attribute of RFC 7643 §3.1, which is not in a schema.
          const plain = path.replace(/\[.*\]/, '');
          expect(published).toContain((plain.startsWith('urn:') ? plain : `${urn}:${plain}`).toLowerCase());
        }
      }
    },
  );

  function namesOf({ id, attributes }: Wire): string[] {
    return attributes.flatMap(({ name, subAttributes = [] }: Wire) => [
      `${id}:${name}`.toLowerCase(),
      ...subAttributes.map((one: Wire) => `${id}:${name}.${one.name}`.toLowerCase()),
    ]);
  }

  test('returns the capabilities of the provider', async () => {
    const { read } = await open();
    const config = await read('/ServiceProviderConfig');
    expect(config).toMatchObject({ patch: { supported: true }, filter: { supported: true } });
    expect(config.authenticationSchemes).toEqual([expect.objectContaining({ type: 'oauthbearertoken' })]);
  });
});

describe('a full replacement', () => {
  test('without active and members keeps them, and clears other omitted attributes', async () => {
    const { scim, createUser, createGroup, read } = await open();
    const { id, userName } = await createUser('kim@fabrikam.example', { active: false, title: 'Chief' });
    expect((await scim.put(`/Users/${id}`, { userName, nickName: 'Kim' })).status).toBe(200);
    const user = await read(`/Users/${id}`);
    expect(user).toMatchObject({ active: false, nickName: 'Kim' });
    expect(user).not.toHaveProperty('title');
    const group = await createGroup('Field Sales', [id]);
    expect((await scim.put(`/Groups/${group.id}`, { displayName: 'Sales' })).status).toBe(200);
    expect(await read(`/Groups/${group.id}`)).toMatchObject({ displayName: 'Sales', members: [{ value: id }] });
    expect((await scim.put(`/Groups/${group.id}`, { displayName: 'Sales', members: [] })).status).toBe(200);
    expect((await read(`/Groups/${group.id}`)).members ?? []).toEqual([]);
  });

  test('with the current values changes nothing', async () => {
    const { directory, scim, createGroup, read, head } = await open();
    const entra = new EntraClient(SOSAFE, 'default', directory.scimUrl, directory.scimToken);
    const { id } = await entra.createUser(inventUser(SOSAFE, 1));
    const group = await createGroup('Field Sales', [id]);
    const before = [await head(), await read(`/Users/${id}`), await read(`/Groups/${group.id}`)];
    await scim.put(`/Users/${id}`, before[1]);
    await scim.put(`/Groups/${group.id}`, before[2]);
    expect([await head(), await read(`/Users/${id}`), await read(`/Groups/${group.id}`)]).toEqual(before);
  });
});

describe('Test Connection', () => {
  test.each(['', '/', '?aadOptscim062020', '/?aadOptscim062020'])('works with %s after the Tenant URL', async (end) => {
    const { directory } = await open();
    const url = new URL(directory.scimUrl + end);
    const path = `${url.pathname}/Users${url.search || '?'}${url.search && '&'}`;
    const filter = encodeURIComponent(equals('userName', crypto.randomUUID()));
    // Test Connection sends no User-Agent.
    const { status, body } = await sendRaw(url.origin, 'GET', `${path}filter=${filter}`, {
      headers: { authorization: `Bearer ${directory.scimToken}` },
    });
    expect([status, body]).toEqual([200, expect.objectContaining({ totalResults: 0, Resources: [] })]);
  });
});
