import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { ScimClient, type ScimAnswer, type Wire } from '../../support/scim-client.js';
import { startTestServer, type TestDirectory, type TestServer } from '../../support/server.js';

const BULK_REQUEST = 'urn:ietf:params:scim:api:messages:2.0:BulkRequest';
const BULK_RESPONSE = 'urn:ietf:params:scim:api:messages:2.0:BulkResponse';
const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const NOBODY = '00000000-0000-4000-8000-000000000000';

let server: TestServer;
let directory: TestDirectory;
let scim: ScimClient;

beforeAll(async () => {
  server = await startTestServer({
    environment: { PORTICO_MAX_BULK_OPERATIONS: '20', PORTICO_MAX_BODY_BYTES: '20000' },
  });
});

afterAll(() => server.stop());

beforeEach(async () => {
  directory = await server.createDirectory();
  scim = new ScimClient(directory.scimUrl, directory.scimToken);
});

function bulk(operations: readonly Wire[], rest: Wire = {}): Promise<ScimAnswer> {
  return scim.post('/Bulk', { schemas: [BULK_REQUEST], Operations: operations, ...rest });
}

async function results(operations: readonly Wire[], rest: Wire = {}): Promise<Wire[]> {
  const { status, body } = await bulk(operations, rest);
  expect([status, body.schemas]).toEqual([200, [BULK_RESPONSE]]);
  return body.Operations;
}

const statuses = (operations: readonly Wire[]): string[] => operations.map(({ status }) => status);
const idIn = (operation: Wire): string => operation.location.split('/').at(-1);
const post = (bulkId: string, userName: string, rest: Wire = {}): Wire => ({
  method: 'POST',
  path: '/Users',
  bulkId,
  data: { userName, ...rest },
});
const group = (bulkId: string, displayName: string, ...members: string[]): Wire => ({
  method: 'POST',
  path: '/Groups',
  bulkId,
  data: { displayName, members: members.map((value) => ({ value })) },
});
const managed = (manager: string): Wire => ({ [ENTERPRISE]: { manager: { value: manager } } });

async function memberIds(id: string): Promise<string[]> {
  return ((await scim.get(`/Groups/${id}`)).body.members ?? []).map(({ value }: Wire) => value);
}

describe('a bulk request (RFC 7644 §3.7)', () => {
  test('returns one result for each operation, in their order', async () => {
    const kim = (await scim.post('/Users', { userName: 'kim' })).body;
    const lee = (await scim.post('/Users', { userName: 'lee' })).body;
    const ann = (await scim.post('/Users', { userName: 'ann' })).body;
    const answers = await results([
      post('qwerty', 'new'),
      { method: 'put', path: `/Users/${kim.id}`, version: 'W/"1"', data: { userName: 'kim', title: 'Lead' } },
      { method: 'PATCH', path: `Users/${lee.id}`, data: [{ op: 'replace', path: 'title', value: 'Boss' }] },
      { method: 'Delete', path: `${directory.scimUrl}/Users/${ann.id}`, bulkId: 'mine' },
    ]);
    expect(answers).toEqual([
      {
        method: 'POST',
        bulkId: 'qwerty',
        location: expect.stringMatching(/\/Users\/[0-9a-f-]{36}$/),
        version: 'W/"1"',
        status: '201',
      },
      { method: 'PUT', location: kim.meta.location, version: 'W/"2"', status: '200' },
      { method: 'PATCH', location: lee.meta.location, version: 'W/"2"', status: '200' },
      { method: 'DELETE', bulkId: 'mine', location: ann.meta.location, status: '204' },
    ]);
    expect((await scim.get(`/Users/${kim.id}`)).body.title).toBe('Lead');
    expect((await scim.get(`/Users/${lee.id}`)).body.title).toBe('Boss');
    expect((await scim.get(`/Users/${ann.id}`)).status).toBe(404);
  });

  test('continues after an error, which is the result of its operation', async () => {
    const kim = (await scim.post('/Users', { userName: 'kim' })).body;
    const answers = await results([
      post('a', 'KIM'),
      { method: 'DELETE', path: `/Users/${NOBODY}` },
      { method: 'PUT', path: `/Users/${kim.id}`, version: 'W/"7"', data: { userName: 'kim' } },
      { method: 'GET', path: `/Users/${kim.id}` },
      { method: 'POST', path: '/Users', data: { userName: 'x' } },
      { method: 'PUT', path: `/Users/${kim.id}` },
      { method: 'POST', path: '/Bulk', bulkId: 'b', data: {} },
      { method: 'POST', path: '/Schemas', bulkId: 'c', data: {} },
      { method: 'PATCH', path: '/Users', data: [] },
      { method: 'DELETE', path: `/Users/${kim.id}/x` },
      post('d', 'lee'),
      post('d', 'ann'),
    ]);
    expect(answers.map(({ status, response }) => [status, response?.status, response?.scimType])).toEqual([
      ['409', '409', 'uniqueness'],
      ['404', '404', undefined],
      ['412', '412', undefined],
      ['400', '400', 'invalidSyntax'],
      ['400', '400', 'invalidValue'],
      ['400', '400', 'invalidSyntax'],
      ['404', '404', undefined],
      ['404', '404', undefined],
      ['405', '405', undefined],
      ['404', '404', undefined],
      ['201', undefined, undefined],
      ['400', '400', 'invalidValue'],
    ]);
    expect(answers[0]).not.toHaveProperty('location');
    expect(answers[1].location).toBe(`${directory.scimUrl}/Users/${NOBODY}`);
    expect(answers[0].response.schemas).toEqual(['urn:ietf:params:scim:api:messages:2.0:Error']);
  });

  test('stops at failOnErrors, without undoing earlier operations', async () => {
    const operations = [post('a', 'a'), post('b', 'A'), post('c', 'c'), post('d', 'C'), post('e', 'e')];
    expect(statuses(await results(operations, { failOnErrors: 2 }))).toEqual(['201', '409', '201', '409']);
    expect((await scim.get('/Users')).body.totalResults).toBe(2);
    expect(statuses(await results([post('a', 'A'), post('f', 'f')], { failOnErrors: 1 }))).toEqual(['409']);
    expect((await bulk([], { failOnErrors: 0 })).body.scimType).toBe('invalidValue');
  });

  test('that is malformed is rejected as a whole', async () => {
    expect((await scim.post('/Bulk', {})).body.scimType).toBe('invalidSyntax');
    expect((await scim.post('/Bulk', { Operations: ['x'] })).body.scimType).toBe('invalidSyntax');
    expect((await scim.get('/Bulk')).status).toBe(405);
    expect(await results([])).toEqual([]);
  });

  test('beyond the limits is rejected with 413, which names the limit', async () => {
    const many = await bulk(Array.from({ length: 21 }, (_, index) => post(`b${index}`, `u${index}`)));
    expect([many.status, many.body.detail]).toEqual([413, expect.stringContaining('20 operations (maxOperations)')]);
    const large = await bulk([post('a', 'a', { title: 'x'.repeat(20_000) })]);
    expect([large.status, large.body.detail]).toEqual([413, expect.stringContaining('20000 bytes')]);
    expect((await scim.get('/Users')).body.totalResults).toBe(0);
    const { bulk: announced } = (await scim.get('/ServiceProviderConfig')).body;
    expect(announced).toEqual({ supported: true, maxOperations: 20, maxPayloadSize: 20_000 });
  });
});

describe('a bulkId (RFC 7644 §3.7.2)', () => {
  test('refers to a resource created earlier or later in the request, in members, managers and paths', async () => {
    const answers = await results([
      {
        method: 'PATCH',
        path: '/Groups/bulkId:g',
        data: { Operations: [{ op: 'add', path: 'members', value: [{ value: 'bulkId:u2' }] }] },
      },
      group('g', 'Sales', 'bulkId:u1'),
      post('u1', 'kim', managed('bulkId:u2')),
      post('u2', 'lee'),
      { method: 'PATCH', path: '/Groups/bulkId:g', data: [{ op: 'remove', path: 'members[value eq "bulkId:u1"]' }] },
      { method: 'PUT', path: '/Users/bulkId:u2', data: { userName: 'lee', title: 'bulkId:text' } },
      { method: 'DELETE', path: '/Users/bulkId:u1' },
    ]);
    expect(statuses(answers)).toEqual(['204', '201', '201', '201', '204', '200', '204']);
    const [, g, , u2] = answers;
    expect(await memberIds(idIn(g))).toEqual([idIn(u2)]);
    expect((await scim.get(`/Users/${idIn(u2)}`)).body.title).toBe('bulkId:text');
    expect(answers[0].location).toBe(g.location);
  });

  test('of a user and a group that refer to each other is resolved, because groups of a user are read-only', async () => {
    const [user, g] = await results([
      post('u', 'kim', { groups: [{ value: 'bulkId:g' }] }),
      group('g', 'Sales', 'bulkId:u'),
    ]);
    expect(statuses([user, g])).toEqual(['201', '201']);
    expect(await memberIds(idIn(g))).toEqual([idIn(user)]);
  });

  test('of users who manage each other is resolved, with one result for each', async () => {
    const answers = await results([
      post('a', 'a', managed('bulkId:c')),
      post('b', 'b', managed('bulkId:a')),
      post('c', 'c', managed('bulkId:b')),
      post('own', 'own', managed('bulkId:own')),
    ]);
    expect(statuses(answers)).toEqual(['201', '201', '201', '201']);
    expect(answers[0].version).toBe('W/"2"');
    const [a, b, c, own] = answers.map(idIn);
    const managers = await Promise.all(
      [a, b, c, own].map(async (id) => (await scim.get(`/Users/${id}`)).body[ENTERPRISE].manager.value),
    );
    expect(managers).toEqual([c, a, b, own]);
  });

  test('in a circular reference that fails leaves no resource behind', async () => {
    await scim.post('/Users', { userName: 'taken' });
    const answers = await results([
      // The version of a POST is ignored.
      { ...post('a', 'a', managed('bulkId:b')), version: 'W/"7"' },
      post('b', 'TAKEN', managed('bulkId:a')),
    ]);
    expect(answers.map(({ status, response }) => [status, response.scimType])).toEqual([
      ['409', 'invalidValue'],
      ['409', 'uniqueness'],
    ]);
    expect(answers[0]).not.toHaveProperty('location');
    expect((await scim.get('/Users')).body.totalResults).toBe(1);
  });

  test('of groups that contain each other is rejected', async () => {
    const answers = await results([
      group('a', 'A', 'bulkId:b'),
      group('b', 'B', 'bulkId:a'),
      group('own', 'Own', 'bulkId:own'),
      group('ok', 'Ok', 'bulkId:in'),
      group('in', 'In'),
    ]);
    expect(statuses(answers)).toEqual(['400', '409', '400', '201', '201']);
    expect((await scim.get('/Groups')).body.totalResults).toBe(2);
  });

  test('that no operation defines, or whose operation failed, is a conflict', async () => {
    const answers = await results([
      group('g', 'Sales', 'bulkId:nobody'),
      post('bad', ''),
      group('h', 'Field', 'bulkId:bad'),
      { method: 'DELETE', path: '/Users/bulkId:bad' },
      { method: 'DELETE', path: '/Users/bulkId:nobody' },
    ]);
    expect(statuses(answers)).toEqual(['409', '400', '409', '409', '409']);
    expect((await scim.get('/Groups')).body.totalResults).toBe(0);
  });

  test('in a circular reference leaves no resource behind when failOnErrors stops the request', async () => {
    const answers = await results(
      [post('a', 'a', managed('bulkId:b')), post('x', ''), post('b', 'b', managed('bulkId:a'))],
      {
        failOnErrors: 1,
      },
    );
    expect(statuses(answers)).toEqual(['400']);
    expect((await scim.get('/Users')).body.totalResults).toBe(0);
  });
});

test('operations are executed in their order', async () => {
  const kim = (await scim.post('/Users', { userName: 'kim' })).body;
  const answers = await results([
    { method: 'DELETE', path: `/Users/${kim.id}` },
    post('a', 'kim'),
    group('g', 'G', 'bulkId:a'),
  ]);
  expect(statuses(answers)).toEqual(['204', '201', '201']);
});
