import { afterEach, expect, test } from '@jest/globals';
import type { CreatedResource } from '../../../../packages/scim-rehearsal/src/simulator/session/created-resources.js';
import { deleteStaleObjects } from '../../../../packages/scim-rehearsal/src/simulator/phases/stale-objects.js';
import { deleteCreated } from '../../../../packages/scim-rehearsal/src/simulator/phases/cleanup.js';
import type { RehearsalOptions } from '../../../../packages/scim-rehearsal/src/simulator/session/rehearsal-options.js';
import type { Session } from '../../../../packages/scim-rehearsal/src/simulator/session/session.js';
import { validate } from '../../../../packages/scim-rehearsal/src/validator/validate.js';
import { startFaultyServer } from '../../../support/faulty-scim-server/server.js';
import { startJsonEndpoint, type JsonEndpoint, type Reply } from '../../../support/json-endpoint.js';
import { until } from '../../../support/portico-process.js';
import { RecordingProgress, rehearseSmall, toSession } from '../../../support/rehearsal.js';

const token = 'a-secret-of-somebody';
let endpoint: JsonEndpoint | undefined;
let session: Session | undefined;

afterEach(async () => {
  session?.client.close();
  await endpoint?.stop();
  endpoint = session = undefined;
});

/** A session that has created twenty users. */
async function createTwenty(
  reply: (method: string, path: string) => Reply,
  options: Partial<RehearsalOptions> = {},
): Promise<{ created: readonly CreatedResource[]; asked: readonly string[]; session: Session }> {
  endpoint = await startJsonEndpoint(reply);
  session = toSession({ tenantUrl: endpoint.tenantUrl, token, ...options });
  for (let n = 1; n <= 20; n++) {
    session.created.add({ collection: '/Users', id: `id${n}`, name: `rehearsal-test-${n}@rehearsal.example` });
  }
  return { created: session.created.all, asked: endpoint.asked, session };
}

test('an abandoned cleanup cancels requests in flight, sends no more, and lists everything that is left', async () => {
  const abandon = new AbortController();
  const { created, asked, session: one } = await createTwenty(() => undefined, { abandon: abandon.signal });
  const removal = deleteCreated(one);
  await until('the maximum number of deletions is in flight', () => asked.length === 4);
  abandon.abort('SIGINT');
  expect(await removal).toEqual(created);
  expect(asked).toHaveLength(4);
  expect(one.findings.all).toEqual([]);
});

test('an abandoned cleanup does not wait for the rate limit', async () => {
  const abandon = new AbortController();
  const options = { abandon: abandon.signal, rate: 0.01 };
  const { created, session: one } = await createTwenty(() => ({ status: 204 }), options);
  const removal = deleteCreated(one);
  await until('the first is gone', () => one.created.all.length === 19);
  abandon.abort('SIGINT');
  expect(await removal).toHaveLength(created.length - 1);
});

test('a rehearsal that is abandoned while requests hang lists what they may have created', async () => {
  const [stop, abandon] = [new AbortController(), new AbortController()];
  const server = await startFaultyServer({ transport: 'hangs', transportFrom: 400 });
  const progress = new RecordingProgress();
  const { tenantUrl } = server;
  const options = { tenantUrl, token: server.token, users: 100, signal: stop.signal, abandon: abandon.signal };
  const running = rehearseSmall(options, progress);
  await until('requests hang', () => progress.exchanges.length === 400);
  expect(progress.phases.at(-1)).toBe('initial cycle: users');
  stop.abort('SIGINT');
  abandon.abort('SIGINT');
  const result = await running;
  const { users } = server.count();
  await server.stop();
  expect(result).toMatchObject({ ending: 'interrupted', findings: [], verdict: { isHealthy: false } });
  expect(users).toBeGreaterThan(0);
  expect(result.left.length).toBeGreaterThanOrEqual(users);
});

test('an endpoint that fails during the cleanup is reported', async () => {
  const { session: one } = await createTwenty((method) => ({ status: method === 'DELETE' ? 503 : 200, body: {} }));
  expect(await deleteCreated(one)).toHaveLength(20);
  expect(one.findings.all).toMatchObject([{ id: 'server-error', exchange: { response: { status: 503 } } }]);
  expect(one.findings.isHealthy).toBe(false);
});

test('resources without an id and those of another seed are never deleted', async () => {
  const users = [
    { id: '', userName: 'rehearsal-test-1@rehearsal.example' },
    { userName: 'rehearsal-test-2@rehearsal.example' },
    { id: 'of-another', userName: 'rehearsal-test.1234abcd-1@rehearsal.example' },
    { id: 'ours', userName: 'Rehearsal-Test-3@rehearsal.example' },
  ];
  const { asked, session: one } = await createTwenty((method, path) => {
    if (method === 'DELETE') return { status: 204 };
    return { status: 200, body: { totalResults: 4, Resources: path.startsWith('/Users?') ? users : [] } };
  });
  await deleteStaleObjects(one);
  const deletions = asked.filter((one) => one.startsWith('DELETE'));
  expect(new Set(deletions)).toEqual(new Set(['DELETE /Users/ours?aadOptscim062020']));
});

test('a validation that is abandoned while a request hangs fails no check, and lists what is left', async () => {
  const server = await startFaultyServer({ transport: 'hangs', transportFrom: 30 });
  const [stop, abandon] = [new AbortController(), new AbortController()];
  const { tenantUrl } = server;
  const controls = { signal: stop.signal, abandon: abandon.signal };
  const running = validate(
    { tenantUrl, token: server.token, seed: 'test', keep: false, ...controls },
    new RecordingProgress(),
  );
  await until('a request hangs', () => server.requests() === 31);
  stop.abort('SIGINT');
  abandon.abort('SIGINT');
  const { verdict, left } = await running;
  expect(verdict).toMatchObject({ failed: 0, summary: expect.stringMatching(/interrupted/) });
  expect(left.length).toBeGreaterThanOrEqual(server.count().users + server.count().groups);
  expect(left.length).toBeGreaterThan(0);
  await server.stop();
});
