import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { DEFAULT_LIMITS, type ScimLimits } from '../../../src/scim/protocol/limits.js';
import { assertRequestSize } from '../../../src/scim/protocol/request-size.js';
import { ScimError } from '../../../src/scim/protocol/errors.js';
import { ScimClient, type Wire } from '../../support/scim-client.js';
import { startTestServer, type TestServer } from '../../support/server.js';

const LIMITS: ScimLimits = { ...DEFAULT_LIMITS, requestMembers: 6, elements: 2, attributes: 3, attributeLength: 5 };

function refusalOf(body: unknown): string | undefined {
  try {
    assertRequestSize(body, LIMITS);
    return undefined;
  } catch (error) {
    if (error instanceof ScimError) return error.scimType;
    throw error;
  }
}

const deep = JSON.parse(`${'['.repeat(5_000)}${']'.repeat(5_000)}`);

test.each<[name: string, body: unknown, scimType: string | undefined]>([
  ['nothing', undefined, undefined],
  ['a body within the limits', { a: 'xxxxx', b: [1, 2], c: { d: null } }, undefined],
  ['a long text', { a: { b: ['xxxxxx'] } }, 'invalidValue'],
  ['a long path, which the filter limits', { path: 'emails.value' }, undefined],
  ['many attributes', { a: 1, b: 1, c: 1, d: 1 }, 'tooMany'],
  ['many elements', { emails: [1, 2, 3] }, 'tooMany'],
  ['many elements at a path', { path: 'emails', value: [1, 2, 3] }, 'tooMany'],
  ['members', { members: [1, 2, 3] }, undefined],
  ['members under the URN', { 'urn:ietf:params:scim:schemas:core:2.0:Group:members': [1, 2, 3] }, undefined],
  ['members at a path', { Path: 'Members', value: [1, 2, 3] }, undefined],
  ['too many members', { members: [1, 2, 3, 4, 5, 6, 7] }, 'tooMany'],
  ['too many members altogether', { Operations: [{ members: [1, 2] }, { members: [1, 2, 3] }] }, 'tooMany'],
  ['nesting without end', deep, 'tooMany'],
])('%s', (_name, body, scimType) => {
  expect(refusalOf(body)).toBe(scimType);
});

describe('the limits of a server', () => {
  let server: TestServer;
  let client: ScimClient;
  let user: Wire;
  let group: Wire;

  beforeAll(async () => {
    server = await startTestServer({
      environment: {
        PORTICO_MAX_BODY_BYTES: '2000',
        PORTICO_MAX_FILTER_LENGTH: '100',
        PORTICO_MAX_FILTER_DEPTH: '2',
        PORTICO_MAX_FILTER_COMPARISONS: '2',
        PORTICO_MAX_PATCH_OPERATIONS: '2',
        PORTICO_MAX_REQUEST_MEMBERS: '4',
        PORTICO_MAX_ELEMENTS: '3',
        PORTICO_MAX_ATTRIBUTE_LENGTH: '100',
      },
    });
    const directory = await server.createDirectory();
    client = new ScimClient(directory.scimUrl, directory.scimToken);
    user = (await client.post('/Users', { userName: 'kim' })).body;
    group = (await client.post('/Groups', { displayName: 'Sales' })).body;
  });

  afterAll(() => server.stop());

  const many = (length: number, make: (index: number) => unknown): unknown[] =>
    Array.from({ length }, (_, index) => make(index));
  const title = { op: 'replace', path: 'title', value: 'Lead' };
  const member = (index: number): unknown => ({ value: `00000000-0000-4000-8000-00000000000${index}` });

  test.each<
    [name: string, method: string, path: () => string, body: unknown, status: number, scimType: string | undefined]
  >([
    ['a body', 'POST', () => '/Users', { userName: 'lee', nickName: 'x'.repeat(2_000) }, 413, undefined],
    ['a Bulk body', 'POST', () => '/Bulk', { Operations: ['x'.repeat(2_000)] }, 413, undefined],
    [
      'the length of a filter',
      'GET',
      () => `/Users?filter=title%20eq%20"${'x'.repeat(100)}"`,
      undefined,
      400,
      'invalidFilter',
    ],
    ['the depth of a filter', 'GET', () => '/Groups?filter=(((externalId%20pr)))', undefined, 400, 'invalidFilter'],
    ['comparisons', 'GET', () => '/?filter=id%20pr%20or%20id%20pr%20or%20id%20pr', undefined, 400, 'invalidFilter'],
    ['a filter in a search', 'POST', () => '/Users/.search', { filter: '(((title pr)))' }, 400, 'invalidFilter'],
    [
      'a value path',
      'PATCH',
      () => `/Users/${user.id}`,
      { Operations: [{ ...title, path: 'emails[(((type pr)))].value' }] },
      400,
      'invalidFilter',
    ],
    ['operations of a PATCH', 'PATCH', () => `/Users/${user.id}`, { Operations: many(3, () => title) }, 400, 'tooMany'],
    ['members in a POST', 'POST', () => '/Groups', { displayName: 'x', members: many(5, member) }, 400, 'tooMany'],
    [
      'members in a PUT',
      'PUT',
      () => `/Groups/${group.id}`,
      { displayName: 'x', members: many(5, member) },
      400,
      'tooMany',
    ],
    [
      'members in a PATCH',
      'PATCH',
      () => `/Groups/${group.id}`,
      { Operations: [{ op: 'add', path: 'members', value: many(5, member) }] },
      400,
      'tooMany',
    ],
    [
      'elements',
      'POST',
      () => '/Users',
      { userName: 'lee', emails: many(4, (index) => ({ value: String(index) })) },
      400,
      'tooMany',
    ],
    ['a text', 'PUT', () => `/Users/${user.id}`, { userName: 'kim', title: 'x'.repeat(101) }, 400, 'invalidValue'],
    [
      'a text in Bulk',
      'POST',
      () => '/Bulk',
      { Operations: [{ method: 'PUT', path: '/Users/x', data: { title: 'x'.repeat(101) } }] },
      200,
      undefined,
    ],
  ])('apply to %s', async (_name, method, path, body, status, scimType) => {
    const answer = await client.send(method, path(), { body });
    expect([answer.status, answer.body.scimType]).toEqual([status, scimType]);
    if (status === 200) expect(answer.body.Operations[0].response.scimType).toBe('invalidValue');
    expect((await client.get('/')).body.totalResults).toBe(2);
    expect((await client.get(`/Users/${user.id}`)).body).toEqual(user);
  });

  test('do not affect requests within them', async () => {
    expect((await client.patch(`/Users/${user.id}`, title, title)).status).toBe(200);
    const emails = many(3, (index) => ({ value: String(index) }));
    expect((await client.post('/Users', { userName: 'x'.repeat(100), emails })).status).toBe(201);
    expect((await client.get('/Users', { filter: '((title pr or title pr))' })).status).toBe(200);
  });
});
