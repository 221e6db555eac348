import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Profile } from '../../../packages/scim-rehearsal/src/profile/profile.js';
import { startFaultyServer, type FaultyServer } from '../../support/faulty-scim-server/server.js';
import { RecordingProgress, rehearseSmall } from '../../support/rehearsal.js';
import { ScimClient } from '../../support/scim-client.js';

/** A mapping with a matching attribute that is not unique. */
const BY_TITLE: Profile = {
  name: 'by title',
  users: [
    { path: 'userName', type: 'String', matching: 2 },
    { path: 'title', type: 'String', constant: 'Director', matching: 1 },
    { path: 'active', type: 'Boolean' },
  ],
  groups: [],
};

let server: FaultyServer;
let scim: ScimClient;

beforeEach(async () => {
  server = await startFaultyServer();
  scim = new ScimClient(server.tenantUrl, server.token);
});
afterEach(() => server.stop());

test('an existing object with a matching value is reported and not changed, and the user is skipped', async () => {
  await scim.post('/Users', { userName: 'kim@fabrikam.example', title: 'Director', active: true });
  const before = (await scim.get('/Users')).body.Resources;
  const progress = new RecordingProgress();
  const { tenantUrl, token } = server;
  const result = await rehearseSmall({ tenantUrl, token, profile: BY_TITLE, users: 3 }, progress);
  expect(result.findings.map(({ id, severity, next }) => [id, severity, next])).toContainEqual([
    'already-there',
    'advice',
    'skip',
  ]);
  expect((await scim.get('/Users')).body.Resources).toEqual(before);
  const [id] = before.map((one: { id: string }) => one.id);
  const written = progress.exchanges.filter(({ method, url }) => method !== 'GET' && url.includes(`/Users/${id}`));
  expect(written).toEqual([]);
  expect(progress.exchanges.filter(({ step, by }) => step === 'create user' && by === 'entra')).toHaveLength(1);
});

test('an object of an earlier run with the same seed is deleted', async () => {
  const { tenantUrl, token } = server;
  await scim.post('/Users', { userName: 'rehearsal-test-2@rehearsal.example', active: true });
  const result = await rehearseSmall({ tenantUrl, token });
  expect(result.findings).toEqual([]);
  expect(server.count()).toEqual({ users: 0, groups: 0 });
});
