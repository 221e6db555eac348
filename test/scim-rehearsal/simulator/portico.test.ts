import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { BUILT_IN_PROFILES } from '../../../packages/scim-rehearsal/src/profile/built-in/built-in-profiles.js';
import { readProfile } from '../../../packages/scim-rehearsal/src/profile/file/read-profile.js';
import { toJsonReport } from '../../../packages/scim-rehearsal/src/report/json-report.js';
import { toTextReport } from '../../../packages/scim-rehearsal/src/report/text-report.js';
import { RecordingProgress, rehearseSmall } from '../../support/rehearsal.js';
import { ScimClient, type Wire } from '../../support/scim-client.js';
import { startTestServer, type TestDirectory, type TestServer } from '../../support/server.js';

let server: TestServer;
let directory: TestDirectory;
let scim: ScimClient;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

beforeEach(async () => {
  directory = await server.createDirectory();
  scim = new ScimClient(directory.scimUrl, directory.scimToken);
});

const there = async (collection: string): Promise<readonly Wire[]> => (await scim.get(collection)).body.Resources;
const connection = () => ({ tenantUrl: directory.scimUrl, token: directory.scimToken });

const RUNS = [
  ...Object.keys(BUILT_IN_PROFILES).map((name) => ({ name, dialect: 'both' as const })),
  { name: 'everything', dialect: 'default' as const },
  { name: 'everything', dialect: 'aadOptscim062020' as const },
];

test.each(RUNS)('Portico, provisioned as $name in the dialect $dialect, is healthy', async ({ name, dialect }) => {
  const result = await rehearseSmall({ ...connection(), profile: BUILT_IN_PROFILES[name]!, dialect });
  expect(result.findings).toEqual([]);
  expect(result).toMatchObject({ ending: 'finished', verdict: { isHealthy: true }, left: [] });
  expect(result.comparison!.same).toBe(result.comparison!.compared);
  expect(result.comparison!.compared).toBeGreaterThan(10);
  expect([await there('/Users'), await there('/Groups')]).toEqual([[], []]);
});

test('the phases run in the order of Entra', async () => {
  const progress = new RecordingProgress();
  await rehearseSmall(connection(), progress);
  expect(progress.phases).toEqual([
    'test connection',
    'discovery',
    'first user',
    'probes',
    'initial cycle: users',
    'initial cycle: managers',
    'initial cycle: groups',
    'initial cycle: members',
    'initial cycle: search',
    'incremental cycle: changes',
    'incremental cycle: managers',
    'incremental cycle: deprovisioning',
    'incremental cycle: groups',
    'on demand',
    'comparison',
    'cleanup',
  ]);
});

test('the requests are those that Microsoft documents: no PUT, no bulk requests, and both dialects', async () => {
  const progress = new RecordingProgress();
  await rehearseSmall(connection(), progress);
  const ofEntra = progress.exchanges.filter(({ by }) => by === 'entra');
  expect([...new Set(ofEntra.map(({ method }) => method))].toSorted()).toEqual(['DELETE', 'GET', 'PATCH', 'POST']);
  const [first] = ofEntra;
  expect(first!.request.headers).not.toHaveProperty('user-agent');
  expect(first!.url).toMatch(/\/Users\?aadOptscim062020&filter=userName%20eq%20%22[0-9a-f-]{36}%22$/);
  const operations = ofEntra.flatMap(({ method, request }) =>
    method === 'PATCH' ? (request.body as Wire).Operations.map(({ op }: Wire) => op as string) : [],
  );
  expect(new Set(operations)).toEqual(new Set(['Add', 'Replace', 'Remove', 'add', 'replace', 'remove']));
  const sent = ofEntra.find(({ step }) => step === 'create user')!.request.body as Wire;
  expect(sent).toMatchObject({ roles: [], meta: { resourceType: 'User' }, active: true });
  expect(sent.schemas).toEqual([
    'urn:ietf:params:scim:schemas:core:2.0:User',
    'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User',
  ]);
});

test('the same seed sends the same requests, regardless of the concurrency', async () => {
  const requests = async (concurrency: number): Promise<readonly string[]> => {
    directory = await server.createDirectory();
    const progress = new RecordingProgress();
    await rehearseSmall({ ...connection(), users: 30, groups: 4, members: 8, concurrency }, progress);
    // The ids that the server assigns differ in every run and are replaced by names.
    const names = new Map(
      progress.exchanges
        .filter(({ method, response }) => method === 'POST' && response?.status === 201)
        .map(({ request, response }): [string, string] => {
          const { userName, displayName } = request.body as Wire;
          return [(response?.body as Wire).id, userName ?? displayName];
        }),
    );
    const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
    const { origin, pathname } = new URL(directory.scimUrl);
    return progress.exchanges
      .map(({ method, url, request }) =>
        `${method} ${url.replace(origin + pathname, '')} ${JSON.stringify(request.body ?? '')}`.replaceAll(
          uuid,
          (id) => names.get(id) ?? id,
        ),
      )
      .toSorted();
  };
  const first = await requests(8);
  expect(first.length).toBeGreaterThan(400);
  expect(await requests(8)).toEqual(first);
  expect(await requests(1)).toEqual(first);
});

test('a table of the gallery can be used as a profile', async () => {
  const profile = await readProfile('test/entra/gallery/mappings.json#SoSafe');
  const result = await rehearseSmall({ ...connection(), profile });
  expect(result).toMatchObject({ profile: 'SoSafe', findings: [], verdict: { isHealthy: true } });
});

test('resources can be kept, and a second run with the seed replaces them', async () => {
  const kept = await rehearseSmall({ ...connection(), keep: true });
  const users = await there('/Users');
  expect(kept.left.length).toBe(users.length + (await there('/Groups')).length);
  expect(users.every(({ userName }) => userName.startsWith('rehearsal-test-'))).toBe(true);
  const again = await rehearseSmall({ ...connection(), isSeedChosen: true });
  expect(again).toMatchObject({ findings: [], left: [] });
  expect([await there('/Users'), await there('/Groups')]).toEqual([[], []]);
});

test('existing users and groups are not changed', async () => {
  const others = ['kim@fabrikam.example', 'moss@fabrikam.example'];
  for (const userName of others) await scim.post('/Users', { userName, active: true });
  await scim.post('/Groups', { displayName: 'Field Sales', members: [{ value: (await there('/Users'))[0].id }] });
  const before = [await there('/Users'), await there('/Groups')];
  await rehearseSmall(connection());
  expect([await there('/Users'), await there('/Groups')]).toEqual(before);
});

test('an interrupted rehearsal deletes what it created and has no verdict', async () => {
  const stop = new AbortController();
  const progress = new RecordingProgress();
  const begin = progress.begin.bind(progress);
  progress.begin = (phase) => {
    begin(phase);
    if (phase === 'incremental cycle: changes') stop.abort('SIGINT');
  };
  const result = await rehearseSmall({ ...connection(), signal: stop.signal }, progress);
  expect(result).toMatchObject({ ending: 'interrupted', findings: [], left: [], verdict: { isHealthy: false } });
  expect(progress.phases.at(-1)).toBe('cleanup');
  expect([await there('/Users'), await there('/Groups')]).toEqual([[], []]);
  expect(toTextReport(result)).toMatch(/^NO VERDICT/);
});

test('a wrong token is one finding, and reports do not contain the token', async () => {
  const result = await rehearseSmall({ ...connection(), token: 'no-token-of-anybody' });
  expect(result.findings.map(({ id }) => id)).toEqual(['token-refused']);
  expect(result).toMatchObject({ ending: 'stopped', left: [], verdict: { isHealthy: false } });
  for (const report of [toTextReport(result), toJsonReport(result)]) {
    expect(report).toContain('token-refused');
    expect(report).not.toContain('no-token-of-anybody');
  }
});

test('a missing directory is one finding', async () => {
  const { origin } = new URL(directory.scimUrl);
  const result = await rehearseSmall({ ...connection(), tenantUrl: `${origin}/nothing/here` });
  expect(result.findings.map(({ id }) => id)).toEqual(['wrong-url']);
});

test('a requested rate is observed, and the rate of the gallery is not judged then', async () => {
  const progress = new RecordingProgress();
  const started = performance.now();
  const result = await rehearseSmall({ ...connection(), users: 1, groups: 0, dialect: 'default', rate: 200 }, progress);
  // A slower run is possible, a faster one is not.
  expect(performance.now() - started).toBeGreaterThan(((progress.exchanges.length - 1) / 200) * 1000);
  expect(result.verdict.isHealthy).toBe(true);
  const slow = await rehearseSmall({
    ...connection(),
    users: 1,
    groups: 0,
    rate: 24,
    signal: AbortSignal.timeout(1500),
  });
  expect(slow.verdict.meetsRequiredRate).toBeUndefined();
}, 60_000);
