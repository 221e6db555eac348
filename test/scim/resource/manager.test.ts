import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { ScimClient, type ScimAnswer, type Wire } from '../../support/scim-client.js';
import { startTestServer, type TestDirectory, type TestServer } from '../../support/server.js';

/* RFC 7643 §4.3: `manager` is set by `value`, by `$ref`, or by both. */

const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const NOBODY = '00000000-0000-4000-8000-000000000000';

let server: TestServer;
let directory: TestDirectory;
let scim: ScimClient;
let ada: Wire;
let ben: Wire;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

beforeEach(async () => {
  directory = await server.createDirectory();
  scim = new ScimClient(directory.scimUrl, directory.scimToken);
  ada = await created('/Users', { userName: 'ada', displayName: 'Ada Hill' });
  ben = await created('/Users', { userName: 'ben' });
});

async function created(path: string, body: object, client = scim): Promise<Wire> {
  const answer = await client.post(path, body);
  expect([answer.status, answer.body]).toEqual([201, expect.anything()]);
  return answer.body;
}

function createReport(manager: unknown): Promise<ScimAnswer> {
  return scim.post('/Users', { userName: 'kim', [ENTERPRISE]: { manager } });
}

async function managerOf(id: string): Promise<string | undefined> {
  return (await scim.get(`/Users/${id}`)).body[ENTERPRISE]?.manager?.value;
}

async function versionOf(id: string): Promise<string> {
  return (await scim.get(`/Users/${id}`)).body.meta.version;
}

const refusal = ({ status, body }: ScimAnswer): [number, string] => [status, body.scimType];

/** Returns the notations of the URL of a user. */
const urls = (id: string): string[] => [
  `${directory.scimUrl}/Users/${id}`,
  `Users/${id}`,
  `../Users/${id}`,
  `${new URL(directory.scimUrl).pathname}/Users/${id}`,
  `${directory.scimUrl}/users/${id.toUpperCase()}`,
];

test('/Schemas publishes $ref and value as readWrite, displayName as readOnly (RFC 7643 §8.7.1)', async () => {
  const { attributes } = (await scim.get(`/Schemas/${ENTERPRISE}`)).body;
  const { subAttributes } = attributes.find(({ name }: Wire) => name === 'manager');
  expect(subAttributes.map(({ name, mutability }: Wire) => [name, mutability])).toEqual([
    ['value', 'readWrite'],
    ['$ref', 'readWrite'],
    ['displayName', 'readOnly'],
  ]);
});

describe('a manager given by $ref only', () => {
  test('is set by POST and PUT', async () => {
    for (const [index, $ref] of urls(ada.id).entries()) {
      const manager = { $ref };
      const user = await created('/Users', { userName: `post-${index}`, [ENTERPRISE]: { manager } });
      const expected = { value: ada.id, $ref: ada.meta.location, displayName: 'Ada Hill' };
      expect([$ref, user[ENTERPRISE].manager]).toEqual([$ref, expected]);
    }
    const kim = (await createReport({ value: ada.id })).body;
    for (const $ref of urls(ben.id)) {
      const body = { userName: 'kim', [ENTERPRISE]: { manager: { $ref } } };
      const answer = await scim.put(`/Users/${kim.id}`, body);
      expect([$ref, answer.status, answer.body[ENTERPRISE].manager.value]).toEqual([$ref, 200, ben.id]);
      await scim.put(`/Users/${kim.id}`, { userName: 'kim' });
    }
  });

  test('is set by PATCH, in all forms of the operation', async () => {
    const kim = await created('/Users', { userName: 'kim' });
    const $ref = ada.meta.location;
    for (const operation of [
      { op: 'add', path: `${ENTERPRISE}:manager`, value: { $ref } },
      { op: 'replace', path: `${ENTERPRISE}:manager`, value: { $ref } },
      { op: 'Add', path: 'manager', value: [{ $ref }] },
      { op: 'add', path: `${ENTERPRISE}:manager.$ref`, value: $ref },
      { op: 'replace', path: `${ENTERPRISE}:MANAGER.$REF`, value: `Users/${ada.id}` },
      { op: 'replace', path: ENTERPRISE, value: { manager: { $ref } } },
      { op: 'add', value: { [ENTERPRISE]: { manager: { $ref } } } },
      { op: 'replace', value: { [`${ENTERPRISE}:manager`]: { $ref } } },
      { op: 'replace', value: { [`${ENTERPRISE}:manager.$ref`]: $ref } },
    ]) {
      await scim.patch(`/Users/${kim.id}`, { op: 'replace', path: `${ENTERPRISE}:manager`, value: ben.id });
      const { status } = await scim.patch(`/Users/${kim.id}`, operation);
      expect([operation, status, await managerOf(kim.id)]).toEqual([operation, 200, ada.id]);
    }
  });

  test('is removed by its path, by null and by an empty text', async () => {
    const kim = (await createReport({ value: ada.id })).body;
    for (const operation of [
      { op: 'remove', path: `${ENTERPRISE}:manager.$ref` },
      { op: 'remove', path: `${ENTERPRISE}:manager.$ref`, value: 'not a URL' },
      { op: 'replace', path: `${ENTERPRISE}:manager.$ref`, value: null },
      { op: 'replace', path: `${ENTERPRISE}:manager.$ref`, value: '' },
    ]) {
      await scim.patch(`/Users/${kim.id}`, { op: 'replace', path: `${ENTERPRISE}:manager`, value: ada.id });
      const { status } = await scim.patch(`/Users/${kim.id}`, operation);
      expect([operation, status, await managerOf(kim.id)]).toEqual([operation, 200, undefined]);
    }
  });

  test('is rejected if it is not a user of the directory, and nothing changes', async () => {
    const kim = (await createReport({ value: ben.id })).body;
    const other = await server.createDirectory();
    const foreignUser = await created('/Users', { userName: 'ada' }, new ScimClient(other.scimUrl, other.scimToken));
    const group = await created('/Groups', { displayName: 'Sales' });
    for (const $ref of [
      ada.id,
      `/Users/${ada.id}`,
      `../${ada.id}`,
      `https://directory.example.com/scim/v2/${directory.slug}/Users/${ada.id}`,
      `${new URL(directory.scimUrl).origin}/Users/${ada.id}`,
      `${directory.scimUrl}/Users/${NOBODY}`,
      `${directory.scimUrl}/Users/${ada.id}/x`,
      `${directory.scimUrl}/Users/`,
      `${directory.scimUrl}/Users/not-an-id`,
      foreignUser.meta.location,
      `${directory.scimUrl}/Users/${foreignUser.id}`,
      group.meta.location,
      `${directory.scimUrl}/Users/${group.id}`,
      'http://[',
      7,
      { value: ada.id },
    ]) {
      const put = { userName: 'kim', [ENTERPRISE]: { manager: { $ref } } };
      expect([$ref, refusal(await scim.put(`/Users/${kim.id}`, put))]).toEqual([$ref, [400, 'invalidValue']]);
      for (const operation of [
        { op: 'replace', path: `${ENTERPRISE}:manager`, value: { $ref } },
        { op: 'add', path: `${ENTERPRISE}:manager.$ref`, value: $ref },
      ]) {
        const answer = await scim.patch(`/Users/${kim.id}`, operation);
        expect([operation, refusal(answer)]).toEqual([operation, [400, 'invalidValue']]);
      }
      const post = await scim.post('/Users', { ...put, userName: 'lee' });
      expect([$ref, refusal(post)]).toEqual([$ref, [400, 'invalidValue']]);
    }
    expect([await managerOf(kim.id), await versionOf(kim.id)]).toEqual([ben.id, 'W/"1"']);
  });
});

describe('a manager given by value and $ref', () => {
  test('is accepted if both refer to the same user; a null $ref is ignored', async () => {
    const kim = await created('/Users', { userName: 'kim' });
    for (const $ref of [...urls(ada.id), null, '']) {
      const path = `${ENTERPRISE}:manager`;
      await scim.patch(`/Users/${kim.id}`, { op: 'remove', path });
      const { status } = await scim.patch(`/Users/${kim.id}`, { op: 'add', path, value: { value: ada.id, $ref } });
      expect([$ref, status, await managerOf(kim.id)]).toEqual([$ref, 200, ada.id]);
    }
    for (const value of [null, '']) {
      const manager = { value, $ref: ben.meta.location };
      const put = await scim.put(`/Users/${kim.id}`, { userName: 'kim', [ENTERPRISE]: { manager } });
      expect(put.body[ENTERPRISE].manager.value).toBe(ben.id);
    }
  });

  test('is rejected if they refer to different users', async () => {
    const manager = { value: ada.id, $ref: ben.meta.location };
    const post = await createReport(manager);
    expect([refusal(post), post.body.detail]).toEqual([[400, 'invalidValue'], expect.stringContaining('manager')]);
    const kim = await created('/Users', { userName: 'kim' });
    const put = { userName: 'kim', [ENTERPRISE]: { manager } };
    expect(refusal(await scim.put(`/Users/${kim.id}`, put))).toEqual([400, 'invalidValue']);
    for (const operation of [
      { op: 'add', path: `${ENTERPRISE}:manager`, value: manager },
      { op: 'add', path: `${ENTERPRISE}:manager`, value: { value: ada.id, $ref: ada.id } },
      { op: 'replace', value: { [ENTERPRISE]: { manager } } },
    ]) {
      expect(refusal(await scim.patch(`/Users/${kim.id}`, operation))).toEqual([400, 'invalidValue']);
    }
  });
});

test('PUT and PATCH with the representation of GET change nothing', async () => {
  const kim = (await createReport({ value: ada.id })).body;
  const shown = (await scim.get(`/Users/${kim.id}`)).body;
  expect((await scim.put(`/Users/${kim.id}`, shown)).body).toEqual(shown);
  const { value: _value, ...byReference } = shown[ENTERPRISE].manager;
  const put = { ...shown, [ENTERPRISE]: { ...shown[ENTERPRISE], manager: byReference } };
  expect((await scim.put(`/Users/${kim.id}`, put)).body).toEqual(shown);
  for (const operation of [
    { op: 'replace', value: shown },
    { op: 'replace', path: ENTERPRISE, value: shown[ENTERPRISE] },
    { op: 'replace', path: `${ENTERPRISE}:manager`, value: byReference },
    { op: 'add', path: `${ENTERPRISE}:manager.$ref`, value: shown[ENTERPRISE].manager.$ref },
  ]) {
    expect((await scim.patch(`/Users/${kim.id}`, operation)).body).toEqual(shown);
  }
  const events = await server.database.em
    .fork()
    .execute<Array<{ type: string }>>('select type from events where directory_id = ? order by sequence', [
      directory.id,
    ]);
  expect(events.map(({ type }) => type)).toEqual(Array.from({ length: 3 }, () => 'USER_PROVISIONED'));
});

test('a bulk request resolves a bulkId in value and in $ref, and accepts the same URLs as other requests', async () => {
  const post = (bulkId: string, manager?: object): object => ({
    method: 'POST',
    path: '/Users',
    bulkId,
    data: { userName: bulkId, ...(manager && { [ENTERPRISE]: { manager } }) },
  });
  const { body } = await scim.post('/Bulk', {
    Operations: [
      post('by-value', { value: 'bulkId:boss' }),
      post('by-ref', { $ref: 'bulkId:boss' }),
      post('by-both', { value: 'bulkId:boss', $ref: 'bulkId:boss' }),
      post('own', { $ref: 'bulkId:own' }),
      post('by-url', { $ref: ada.meta.location }),
      post('wrong', { $ref: `Users/${NOBODY}` }),
      post('boss'),
      {
        method: 'PATCH',
        path: `/Users/${ben.id}`,
        data: { Operations: [{ op: 'add', path: `${ENTERPRISE}:manager`, value: { $ref: 'bulkId:boss' } }] },
      },
    ],
  });
  const results: Wire[] = body.Operations;
  expect(results.map(({ status }) => status)).toEqual(['201', '201', '201', '201', '201', '400', '201', '200']);
  const idIn = (index: number): string => results[index]?.location.split('/').at(-1);
  const boss = idIn(6);
  const managers = await Promise.all([idIn(0), idIn(1), idIn(2), idIn(3), idIn(4), ben.id].map(managerOf));
  expect(managers).toEqual([boss, boss, boss, idIn(3), ada.id, boss]);
});
