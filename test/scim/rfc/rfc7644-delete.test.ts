import { expect } from '@jest/globals';
import { PATCH_OP, refusal, useProvider } from './provider.js';
import { requirement } from './requirement.js';

/* RFC 7644 §3.6: deleting resources. */

const provider = useProvider();

requirement('7644-3.6-01', 'MUST', 'Every operation on a deleted resource returns 404', async () => {
  const { id, userName } = await provider.createUser();
  const group = await provider.createGroup();
  const bodies = { Users: { userName }, Groups: { displayName: group.displayName } };
  for (const [path, body] of [
    [`/Users/${id}`, bodies.Users],
    [`/Groups/${group.id}`, bodies.Groups],
  ] as const) {
    await provider.scim.delete(path);
    const patch = { schemas: [PATCH_OP], Operations: [{ op: 'replace', path: 'externalId', value: 'x' }] };
    for (const [method, sent] of [['GET'], ['PUT', body], ['PATCH', patch], ['DELETE']] as const) {
      expect([method, refusal(await provider.scim.send(method, path, { body: sent }))]).toEqual([method, [404]]);
    }
  }
});

requirement('7644-3.6-02', 'MUST', 'A deleted resource is not in any result', async () => {
  const { id, userName } = await provider.createUser();
  const group = await provider.createGroup({ members: [{ value: id }] });
  await provider.scim.delete(`/Users/${id}`);
  for (const [path, filter] of [
    ['/Users', `userName eq "${userName}"`],
    ['/Users', `id eq "${id}"`],
    ['/', `id eq "${id}"`],
    ['/Groups', `members eq "${id}"`],
  ] as const) {
    expect((await provider.read(path, { filter })).totalResults).toBe(0);
  }
  expect(await provider.read(`/Groups/${group.id}`)).not.toHaveProperty('members');
});

requirement('7644-3.6-03', 'SHOULD', 'A deleted resource does not cause conflicts', async () => {
  const { id, displayName } = await provider.createGroup();
  await provider.scim.delete(`/Groups/${id}`);
  const again = await provider.createGroup({ displayName });
  expect(again.id).not.toBe(id);
});

requirement('7644-3.6-04', 'SHOULD', 'The userName of a deleted user is available again', async () => {
  const { id, userName } = await provider.createUser();
  await provider.scim.delete(`/Users/${id}`);
  expect((await provider.createUser({ userName })).id).not.toBe(id);
});

requirement('7644-3.6-05', 'MUST', 'A successful DELETE returns 204', async () => {
  const { id } = await provider.createUser();
  const { status, body } = await provider.scim.delete(`/Users/${id}`);
  expect([status, body]).toEqual([204, undefined]);
  expect((await provider.scim.delete(`/Groups/${(await provider.createGroup()).id}`)).status).toBe(204);
});
