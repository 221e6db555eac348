import { expect } from '@jest/globals';
import type { ScimAnswer, Wire } from '../../support/scim-client.js';
import { ENTERPRISE, ERROR, NOBODY, USER, ok, refusal, useProvider } from './provider.js';
import { requirement } from './requirement.js';

/* RFC 7644 §3.7: bulk operations. */

const provider = useProvider();
const BULK_REQUEST = 'urn:ietf:params:scim:api:messages:2.0:BulkRequest';

function bulk(operations: unknown, rest: object = {}): Promise<ScimAnswer> {
  return provider.scim.post('/Bulk', { schemas: [BULK_REQUEST], Operations: operations, ...rest });
}

interface Operation {
  readonly method?: string | undefined;
  readonly path?: string;
  readonly bulkId?: string;
  readonly version?: string;
  readonly data?: object;
}

/**
 * Returns the results of a request that must succeed as a whole, in the order of its operations: the provider may return
 * them in another order.
 */
async function results(operations: readonly Operation[], rest: object = {}): Promise<Wire[]> {
  const body = ok(await bulk(operations, rest));
  expect(body.schemas).toEqual(['urn:ietf:params:scim:api:messages:2.0:BulkResponse']);
  const left: Wire[] = [...body.Operations];
  const inOrder = operations.flatMap(({ method, path = '', bulkId }) => {
    const place = left.findIndex((result) =>
      bulkId === undefined
        ? result.method === method && String(result.location).endsWith(path)
        : result.bulkId === bulkId,
    );
    return place < 0 ? [] : left.splice(place, 1);
  });
  expect(left).toEqual([]);
  return inOrder;
}

/** Expects that an operation that is not well-formed is rejected, either on its own or with the whole request. */
async function expectRefused(operation: object): Promise<void> {
  const { status, body } = await bulk([operation]);
  const [result] = body.Operations ?? [];
  expect([status, result?.status ?? '400']).toEqual([status === 400 ? 400 : 200, '400']);
}

const post = (bulkId: string, attributes: object = {}) => ({
  method: 'POST',
  path: '/Users',
  bulkId,
  data: { schemas: [USER], userName: provider.newName(), ...attributes },
});
const postGroup = (bulkId: string, ...members: readonly string[]) => ({
  method: 'POST',
  path: '/Groups',
  bulkId,
  data: { displayName: provider.newName(), members: members.map((value) => ({ value })) },
});
const broken = (bulkId: string) => ({ method: 'POST', path: '/Users', bulkId, data: { title: 'Boss' } });
const idIn = ({ location }: Wire): string => String(location).split('/').at(-1) ?? '';

requirement('7644-3.7-01', 'MUST', 'A bulk request has `Operations`', async () => {
  for (const operations of [undefined, null, 'POST', {}]) {
    expect(refusal(await bulk(operations))).toEqual([400, 'invalidSyntax']);
  }
});

requirement('7644-3.7-02', 'MUST', 'Each operation has a method: POST, PUT, PATCH or DELETE', async () => {
  for (const method of [undefined, 'GET', 'MOVE']) {
    await expectRefused({ ...post('a'), method });
  }
});

requirement('7644-3.7-03', 'MUST', 'A POST has a bulkId', async () => {
  const { bulkId: _bulkId, ...without } = post('a');
  await expectRefused(without);
});

requirement('7644-3.7-04', 'MUST', 'Each operation has a path', async () => {
  const { path: _path, ...without } = post('a');
  await expectRefused(without);
});

requirement('7644-3.7-05', 'MUST', 'A POST, PUT or PATCH has data', async () => {
  const { id } = await provider.createUser();
  const path = `/Users/${id}`;
  const operations = [
    { method: 'PUT', path },
    { method: 'PATCH', path },
    { method: 'POST', path: '/Users', bulkId: 'a' },
  ];
  expect((await results(operations)).map(({ status }) => status)).toEqual(['400', '400', '400']);
});

requirement('7644-3.7-06', 'MUST', 'Each result except that of a failed POST has a location', async () => {
  const { id } = await provider.createUser();
  const [created, failed, deleted] = await results([
    post('a'),
    broken('b'),
    { method: 'DELETE', path: `/Users/${id}` },
  ]);
  expect(created.location).toMatch(`${provider.directory.scimUrl}/Users/`);
  expect(failed).not.toHaveProperty('location');
  expect(deleted.location).toBe(`${provider.directory.scimUrl}/Users/${id}`);
});

requirement('7644-3.7-07', 'MUST', 'A result with a status other than 2xx has a response', async () => {
  const [result] = await results([broken('a')]);
  expect([result.status, typeof result.response]).toEqual(['400', 'object']);
});

requirement('7644-3.7-08', 'MUST', 'The response of a failed operation is an error resource', async () => {
  const [result] = await results([broken('a')]);
  expect(result.response).toMatchObject({ schemas: [ERROR], status: '400', scimType: 'invalidValue' });
});

requirement('7644-3.7-09', 'MUST', 'A processed bulk request returns 200', async () => {
  expect(await results([post('a'), broken('b')])).toHaveLength(2);
});

requirement('7644-3.7-10', 'MUST', 'A bulk request that was not processed returns an error status', async () => {
  expect(refusal(await provider.scim.post('/Bulk', '{'))).toEqual([400, 'invalidSyntax']);
  expect(refusal(await provider.scim.post('/Bulk', '[]'))).toEqual([400, 'invalidSyntax']);
});

requirement('7644-3.7-11', 'MUST', 'As many operations as possible are executed, even if some fail', async () => {
  const operations = [broken('a'), post('b'), { method: 'DELETE', path: `/Users/${NOBODY}` }, post('c')];
  expect((await results(operations)).map(({ status }) => status)).toEqual(['400', '201', '404', '201']);
  const stopped = await results([post('d'), broken('e'), post('f')], { failOnErrors: 1 });
  expect(stopped.map(({ bulkId }) => bulkId)).toEqual(['d', 'e']);
});

requirement('7644-3.7-12', 'MUST', 'The result of a POST repeats its bulkId', async () => {
  expect((await results([post('qwerty'), post('ytrewq')])).map(({ bulkId }) => bulkId)).toEqual(['qwerty', 'ytrewq']);
});

requirement('7644-3.7-13', 'MUST', 'Whatever the order of execution, the outcome is the intended one', async () => {
  const [group, user] = await results([postGroup('g', 'bulkId:u'), post('u')]);
  expect([group.status, user.status]).toEqual(['201', '201']);
  const { members } = await provider.read(`/Groups/${idIn(group)}`);
  expect(members.map(({ value }: Wire) => value)).toEqual([idIn(user)]);
});

requirement('7644-3.7.1-01', 'MUST', 'Circular references are resolved as far as possible', async () => {
  const manager = (bulkId: string) => ({ [ENTERPRISE]: { manager: { value: `bulkId:${bulkId}` } } });
  const [a, b] = await results([post('a', manager('b')), post('b', manager('a'))]);
  expect((await provider.read(`/Users/${idIn(a)}`))[ENTERPRISE].manager.value).toBe(idIn(b));
  expect((await provider.read(`/Users/${idIn(b)}`))[ENTERPRISE].manager.value).toBe(idIn(a));
});

requirement('7644-3.7.2-01', 'MUST', '`bulkId:…` is replaced by the id of the new resource', async () => {
  const [user, group] = await results([post('u'), postGroup('g', 'bulkId:u')]);
  const { members } = await provider.read(`/Groups/${idIn(group)}`);
  expect(members).toMatchObject([{ value: idIn(user), type: 'User' }]);
});

requirement('7644-3.7.2-02', 'MUST', '`bulkId:…` in references of extensions is replaced as well', async () => {
  const [boss, user] = await results([post('b'), post('u', { [ENTERPRISE]: { manager: { value: 'bulkId:b' } } })]);
  expect((await provider.read(`/Users/${idIn(user)}`))[ENTERPRISE].manager.value).toBe(idIn(boss));
});

requirement('7644-3.7.3-01', 'MUST', 'The response contains the result of every processed operation', async () => {
  expect((await results([post('a'), broken('b'), post('c')])).map(({ method }) => method)).toEqual([
    'POST',
    'POST',
    'POST',
  ]);
});

requirement('7644-3.7.3-02', 'MUST', 'A result other than a failed POST has the location of its resource', async () => {
  const [{ location }] = (await results([post('a')])) as [Wire];
  expect((await provider.read(`/Users/${idIn({ location })}`)).meta.location).toBe(location);
});

requirement('7644-3.7.3-03', 'MUST', 'A result has the status that the single request would have had', async () => {
  const { id, userName } = await provider.createUser();
  const path = `/Users/${id}`;
  const statuses = (
    await results([
      post('a'),
      post('b', { userName }),
      { method: 'PUT', path, version: 'W/"99"', data: { userName } },
      { method: 'PATCH', path, data: { Operations: [{ op: 'add', path: 'title', value: 'Boss' }] } },
      { method: 'DELETE', path },
      { method: 'DELETE', path },
    ])
  ).map(({ status }) => status);
  expect(statuses).toEqual(['201', '409', '412', '200', '204', '404']);
});

requirement('7644-3.7.3-04', 'MUST', 'A failed result has a human-readable explanation', async () => {
  const [result] = await results([broken('a')]);
  expect(result.response.detail).toContain('userName');
});

requirement(
  '7644-3.7.4-01',
  'MUST',
  'The maximum number of operations and the maximum payload size are defined',
  async () => {
    const config = await provider.read('/ServiceProviderConfig');
    expect(config.bulk).toEqual({
      supported: true,
      maxOperations: expect.any(Number),
      maxPayloadSize: expect.any(Number),
    });
    expect(config.bulk.maxOperations).toBeGreaterThan(0);
  },
);

requirement('7644-3.7.4-02', 'MUST', 'A bulk request over a limit is rejected with 413', async () => {
  const { bulk: limits } = await provider.read('/ServiceProviderConfig');
  expect(limits.supported).toBe(true);
  const tooMany = Array.from({ length: Number(limits.maxOperations) + 1 }, () => ({
    method: 'DELETE',
    path: '/Users/x',
  }));
  expect(refusal(await bulk(tooMany))).toEqual([413]);
});

requirement('7644-3.7.4-03', 'MUST', 'The error names the limit', async () => {
  const { bulk: limits } = await provider.read('/ServiceProviderConfig');
  expect(limits.supported).toBe(true);
  const tooMany = Array.from({ length: Number(limits.maxOperations) + 1 }, () => ({
    method: 'DELETE',
    path: '/Users/x',
  }));
  expect((await bulk(tooMany)).body.detail).toContain(String(limits.maxOperations));
});
