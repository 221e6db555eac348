import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { ScimClient, type ScimAnswer, type Wire } from '../../support/scim-client.js';
import { startTestServer, type TestServer } from '../../support/server.js';

const PATCH_OP = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

/** A change of each kind, with its status if the condition holds. */
const CHANGES: ReadonlyArray<[method: string, collection: string, body: Wire, status: number]> = [
  ['PATCH', 'Users', { schemas: [PATCH_OP], Operations: [{ op: 'replace', path: 'title', value: 'Lead' }] }, 200],
  ['PATCH', 'Users', { schemas: [PATCH_OP], Operations: [] }, 200],
  ['PUT', 'Users', { userName: 'kim', title: 'Boss' }, 200],
  ['DELETE', 'Users', undefined, 204],
  ['PATCH', 'Groups', { schemas: [PATCH_OP], Operations: [{ op: 'replace', path: 'externalId', value: 'x' }] }, 204],
  ['PATCH', 'Groups', { schemas: [PATCH_OP], Operations: [] }, 204],
  ['PUT', 'Groups', { displayName: 'Sales', externalId: 'y' }, 200],
  ['DELETE', 'Groups', undefined, 204],
];

describe('conditions on a version (RFC 7644 §3.14)', () => {
  let server: TestServer;
  let client: ScimClient;
  let paths: Readonly<Record<string, string>>;

  beforeAll(async () => {
    server = await startTestServer();
  });

  afterAll(() => server.stop());

  // All resources have version 2 when a test begins.
  beforeEach(async () => {
    const directory = await server.createDirectory();
    client = new ScimClient(directory.scimUrl, directory.scimToken);
    const user = (await client.post('/Users', { userName: 'kim' })).body.id;
    const group = (await client.post('/Groups', { displayName: 'Sales' })).body.id;
    paths = { Users: `/Users/${user}`, Groups: `/Groups/${group}` };
    await client.patch(paths['Users']!, { op: 'replace', path: 'title', value: 'Engineer' });
    await client.patch(paths['Groups']!, { op: 'replace', path: 'externalId', value: 'e' });
  });

  const send = (method: string, collection: string, body: Wire, headers: Record<string, string>): Promise<ScimAnswer> =>
    client.send(method, paths[collection]!, { body, headers });

  describe.each(CHANGES)('%s %s %j', (method, collection, body, status) => {
    test.each([
      ['If-Match', 'W/"1"'],
      ['If-Match', '"1"'],
      ['If-Match', 'W/"1", W/"3"'],
      ['If-Match', 'W/"other"'],
      ['If-Match', 'nonsense'],
      ['If-None-Match', '*'],
      ['If-None-Match', 'W/"2"'],
      ['If-None-Match', 'W/"1", W/"2"'],
    ])('is rejected with 412 by %s: %s, and nothing changes', async (header, value) => {
      const before = (await client.get(paths[collection]!)).body;
      const answer = await send(method, collection, body, { [header]: value });
      expect([answer.status, answer.body.status]).toEqual([412, '412']);
      expect((await client.get(paths[collection]!)).body).toEqual(before);
    });

    test.each([
      ['If-Match', 'W/"2"'],
      ['If-Match', '"2"'],
      ['If-Match', '*'],
      ['If-Match', 'W/"1",W/"2" , W/"7"'],
      ['If-None-Match', 'W/"1"'],
      ['If-None-Match', 'W/"other"'],
    ])('is executed with %s: %s', async (header, value) => {
      expect((await send(method, collection, body, { [header]: value })).status).toBe(status);
    });
  });

  test('both conditions must hold', async () => {
    const both = { 'If-Match': 'W/"2"', 'If-None-Match': 'W/"2"' };
    expect((await send('PUT', 'Users', { userName: 'kim' }, both)).status).toBe(412);
  });

  test('a deleted resource is 404, whatever the condition', async () => {
    await client.delete(paths['Users']!);
    expect((await send('PUT', 'Users', { userName: 'kim' }, { 'If-Match': 'W/"2"' })).status).toBe(404);
  });

  test.each([
    ['W/"2"', 304],
    ['"2"', 304],
    ['*', 304],
    ['W/"1", W/"2"', 304],
    ['W/"1"', 200],
    ['nonsense', 200],
  ])('a read with If-None-Match: %s returns %i', async (value, status) => {
    for (const collection of ['Users', 'Groups']) {
      const answer = await send('GET', collection, undefined, { 'If-None-Match': value });
      expect([answer.status, answer.headers.etag]).toEqual([status, 'W/"2"']);
      if (status === 304) expect(answer.body).toBeUndefined();
    }
  });

  test('every response with a resource has its ETag, equal to meta.version', async () => {
    const created = await client.post('/Users', { userName: 'lee' });
    expect([created.headers.etag, created.body.meta.version]).toEqual(['W/"1"', 'W/"1"']);
    const replaced = await client.put(paths['Users']!, { userName: 'kim', title: 'Boss' });
    expect([replaced.headers.etag, replaced.body.meta.version]).toEqual(['W/"3"', 'W/"3"']);
  });
});
