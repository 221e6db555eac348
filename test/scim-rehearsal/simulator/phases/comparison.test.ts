import { expect, test } from '@jest/globals';
import { compareAll } from '../../../../packages/scim-rehearsal/src/simulator/phases/comparison.js';
import { startJsonEndpoint } from '../../../support/json-endpoint.js';
import { toSession } from '../../../support/rehearsal.js';

test('a comparison checks that deleted objects are gone, and counts those that a failed step excludes', async () => {
  const endpoint = await startJsonEndpoint((_method, path) =>
    path.startsWith('/Groups/deleted') ? { status: 404, body: {} } : { status: 200, body: { id: 'any' } },
  );
  const session = toSession({ tenantUrl: endpoint.tenantUrl, token: 'x' });
  const { expected } = session;
  const user = { values: {}, active: true, isUncertain: true };
  for (const n of [1, 2]) expected.users.set(`id${n}`, { n, id: `id${n}`, ...user });
  expected.delete({ collection: '/Users', id: 'deleted', name: 'user kim' });
  expected.delete({ collection: '/Groups', id: 'deleted', name: 'group Field Sales' });
  expect(await compareAll(session)).toEqual({ compared: 0, same: 0, notCompared: 2, deleted: 2, gone: 1 });
  expect(session.findings.all).toMatchObject([
    { id: 'deleted-still-there', step: 'compare user kim', exchange: { response: { status: 200 } } },
  ]);
  session.client.close();
  await endpoint.stop();
});
