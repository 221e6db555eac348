import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Exchange } from '../../../packages/scim-rehearsal/src/client/exchange.js';
import { CHECKS } from '../../../packages/scim-rehearsal/src/validator/checks/checks.js';
import { validate, type ValidationOptions } from '../../../packages/scim-rehearsal/src/validator/validate.js';
import type { ValidationResult } from '../../../packages/scim-rehearsal/src/validator/validation-result.js';
import type { FaultName } from '../../support/faulty-scim-server/faults.js';
import { startFaultyServer, type FaultyServerOptions } from '../../support/faulty-scim-server/server.js';
import { RecordingProgress } from '../../support/rehearsal.js';
import { ScimClient } from '../../support/scim-client.js';
import { registerSchema } from '../../../src/domain/schema-registry/schema-commands.js';
import { startTestServer, type TestServer } from '../../support/server.js';

/** The checks that require a token endpoint, or an assertion that only Entra can sign. */
const ALWAYS_SKIPPED = ['Validate_Credentials', 'Federated_Identity'];

function validateAt(
  { tenantUrl, token }: { readonly tenantUrl: string; readonly token: string },
  options: Partial<ValidationOptions> = {},
  progress = new RecordingProgress(),
): Promise<ValidationResult> {
  return validate({ tenantUrl, token, seed: 'test', keep: false, ...options }, progress);
}

/** Validates a server with faults. Returns the result, the exchanges, and the number of remaining resources. */
async function validateFaulty(serverOptions: FaultyServerOptions, options: Partial<ValidationOptions> = {}) {
  const server = await startFaultyServer(serverOptions);
  const progress = new RecordingProgress();
  try {
    const result = await validateAt(server, options, progress);
    return { ...result, exchanges: progress.exchanges, there: server.count() };
  } finally {
    await server.stop();
  }
}

/** Returns the values of an attribute in all requests, in bodies and PATCH operations. */
function valuesSent(exchanges: readonly Exchange[], name: string): unknown[] {
  const values: unknown[] = [];
  const look = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, one] of Object.entries(value)) {
      const path = key === 'value' && 'path' in value ? String(value.path) : key;
      if (path === name || path.endsWith(`:${name}`)) values.push(one);
      look(one);
    }
  };
  for (const { request } of exchanges) look(request.body);
  return values;
}

function namesOf({ checks }: ValidationResult, verdict: string): string[] {
  return checks.filter((check) => check.verdict === verdict).map(({ name }) => name);
}

describe('the validation of Portico', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
  });

  afterAll(async () => {
    await server.stop();
  });

  test.each(['', '?aadOptscim062020'])('fails no check and leaves nothing behind (%s)', async (flag) => {
    const directory = await server.createDirectory();
    const target = { tenantUrl: directory.scimUrl + flag, token: directory.scimToken };
    const result = await validateAt(target);
    expect(result.checks.filter(({ verdict }) => verdict === 'failed')).toEqual([]);
    expect(namesOf(result, 'skipped')).toEqual(ALWAYS_SKIPPED);
    // Portico publishes attributes of RFC 7643 that Microsoft's tool rejects.
    expect(result.checks.filter(({ verdict }) => verdict === 'warned')).toMatchObject([
      { name: 'Test_Schema', reason: '/Schemas publishes emails.display, emails.primary' },
    ]);
    expect([result.verdict.isHealthy, result.left]).toEqual([true, []]);
    const scim = new ScimClient(directory.scimUrl, directory.scimToken);
    expect((await scim.get('/Users')).body.totalResults).toBe(0);
    expect((await scim.get('/Groups')).body.totalResults).toBe(0);
  });

  test('includes the extensions of the directory', async () => {
    const directory = await server.createDirectory();
    const id = 'urn:ietf:params:scim:schemas:extension:Parking:2.0:User';
    const attributes = [
      { name: 'lot', type: 'integer', uniqueness: 'server' },
      { name: 'until', type: 'dateTime', required: true },
      { name: 'electric', type: 'boolean' },
      { name: 'fee', type: 'decimal' },
      { name: 'side', canonicalValues: ['left', 'right'] },
    ];
    await registerSchema(server.store, directory.id, { schema: { id, attributes } });
    const progress = new RecordingProgress();
    const result = await validateAt({ tenantUrl: directory.scimUrl, token: directory.scimToken }, {}, progress);
    expect(result.checks.filter(({ verdict }) => verdict === 'failed')).toEqual([]);
    for (const { name } of attributes) expect(valuesSent(progress.exchanges, name).length).toBeGreaterThan(4);
  });
});

describe('the validation', () => {
  test('has unique names of checks, and descriptions of what they send and require', () => {
    expect(new Set(CHECKS.map(({ name }) => name)).size).toBe(CHECKS.length);
    for (const { sends, requires, source } of CHECKS) {
      expect(sends).toMatch(/\.$/);
      expect(requires).toMatch(/\.$/);
      expect(source).toMatch(/^https:/);
    }
  });

  test('passes a faultless server', async () => {
    const result = await validateFaulty({});
    expect(namesOf(result, 'failed')).toEqual([]);
    expect(namesOf(result, 'warned')).toEqual([]);
    expect(result.there).toEqual({ users: 0, groups: 0 });
  });

  test('sends every published single-valued attribute, according to its type, and nothing else', async () => {
    const { exchanges } = await validateFaulty({});
    const sent = (name: string) => new Set(valuesSent(exchanges, name).filter((one) => one !== '' && one !== null));
    expect(sent('badge')).toEqual(new Set(['green', 'amber']));
    expect(sent('floor')).toEqual(new Set([7, 8]));
    expect(sent('share')).toEqual(new Set([7.25, 8.25]));
    expect(sent('remote')).toEqual(new Set([true, false]));
    expect(sent('movedIn')).toEqual(new Set(['2026-03-01T09:30:00Z', '2026-10-25T17:45:00Z']));
    // Immutable, so it is only sent in a POST.
    expect(sent('assignedAt')).toEqual(new Set(['2026-03-01T09:30:00Z']));
    expect(sent('extension').size).toBeGreaterThan(5);
    for (const name of ['map', 'photo', 'pin', 'number', 'chair', 'password']) expect(sent(name).size).toBe(0);
  });

  test('sends the filtered paths of the tool, and various time zones', async () => {
    const { exchanges, ...result } = await validateFaulty({ faults: ['email-display-published'] });
    expect(namesOf(result, 'failed')).toEqual([]);
    for (const path of [
      'roles[primary eq "True"].value',
      'emails[type eq "home"].value',
      'emails[type eq "home"].display',
    ]) {
      expect(valuesSent(exchanges, path)).toHaveLength(path.includes('home') ? 1 : 2);
    }
    const zones = new Set(valuesSent(exchanges, 'timezone').filter((one) => typeof one === 'string' && one !== ''));
    expect(zones.size).toBeGreaterThan(3);
    for (const timeZone of zones as Set<string>) {
      expect(() => new Intl.DateTimeFormat('en', { timeZone })).not.toThrow();
    }
  });

  const EVERY_SAMPLE = [
    'Create_New_User',
    'Add_Attributes',
    'Replace_User_Attributes',
    'User_Create',
    'User_Update',
    'Direct_User_Create',
    'Direct_User_Update',
  ];

  const CASES: ReadonlyArray<readonly [FaultName, readonly string[], (readonly string[])?]> = [
    ['media-type-json', ['Media_Type']],
    ['user-name-case-exact', ['Filter_Without_Case']],
    ['duplicate-user-accepted', ['Create_Duplicate_User']],
    ['duplicate-group-accepted', ['Create_Duplicate_Group']],
    ['rename-not-indexed', ['Update_Joining_Property']],
    ['text-boolean-refused', ['User_Disable']],
    ['text-boolean-ignored', ['User_Disable']],
    ['disabled-user-leaves-groups', ['User_Restore']],
    ['filtered-add-without-target-refused', ['Add_Attributes']],
    ['filtered-replace-drops-siblings', ['Replace_User_Attributes']],
    ['dotted-keys-refused', ['Replace_User_Attributes']],
    ['extension-keys-land-at-root', ['Replace_User_Attributes']],
    ['removal-refused', ['Remove_Attributes']],
    ['null-refused', ['Null_Update']],
    ['empty-text-kept', ['Null_Update']],
    ['empty-operations-refused', ['Empty_Operations']],
    ['empty-roles-refused', ['User_Create']],
    ['group-schema-refused', ['Group_Create']],
    ['manager-text-refused-in-patch', ['User_Update_Manager']],
    ['manager-stays', ['User_Update_Manager', 'Update_Manager']],
    ['member-kept-twice', ['Group_Add_Member']],
    ['removal-list-empties-group', ['Group_Remove_Member']],
    ['removal-filter-ignored', ['Group_Remove_Member']],
    ['excluded-attributes-ignored', ['POD_Group']],
    ['discovery-bare-array', ['Schema_Discoverability']],
    ['schemas-lack-groups', ['Schema_Discoverability']],
    ['schemas-hold-null', ['Schema_Discoverability']],
    ['schemas-described-by-null', ['Schema_Discoverability']],
    ['schema-types-in-capitals', ['Schema_Discoverability']],
    ['schema-mutability-in-lower-case', ['Schema_Discoverability']],
    ['schema-returned-unknown', ['Schema_Discoverability']],
    ['schema-uniqueness-is-boolean', ['Schema_Discoverability']],
    ['schema-name-is-text', ['Schema_Discoverability']],
    ['password-published', [], ['Test_Schema']],
    ['email-display-published', [], ['Test_Schema']],
    ['email-primary-published', [], ['Test_Schema']],
    ['start-index-unsaid', ['User_Pagination'], ['Group_Pagination']],
    ['start-index-ignored', ['User_Pagination'], ['Group_Pagination']],
    ['delete-does-nothing', [], ['User_Delete', 'User_Create_Again', 'Group_Delete', 'Group_Restore']],
    ['primary-text-filter-refused', ['Add_Attributes', 'Replace_User_Attributes']],
    ['numbers-kept-as-text', EVERY_SAMPLE],
    ['group-change-refused', ['Update_Group_Attributes', 'Group_Update', 'Direct_Group_Update']],
    ['plain-change-ignored', ['User_Update', 'Null_Update', 'Direct_User_Update']],
  ];

  test.each(CASES)('%s fails %j and nothing else', async (fault, failed, warned = []) => {
    const result = await validateFaulty({ faults: [fault] });
    expect({ failed: namesOf(result, 'failed'), warned: namesOf(result, 'warned') }).toEqual({ failed, warned });
    expect(result.verdict.isHealthy).toBe(failed.length === 0);
    for (const check of result.checks) {
      if (check.verdict === 'failed') expect(check).toMatchObject({ reason: expect.stringMatching(/./), exchange: {} });
    }
  });

  test('deletes resources without an id in the response by their names', async () => {
    const { there, left } = await validateFaulty({ faults: ['created-without-id'] });
    expect([there, left]).toEqual([{ users: 0, groups: 0 }, []]);
  });

  test('lists resources that cannot be deleted, and skips checks of unsupported methods', async () => {
    const { checks, there, left } = await validateFaulty({ faults: ['delete-refused'] });
    const optional = checks.filter(({ name }) => /_Delete$|_Again$|_Restore$/.test(name) && name !== 'User_Restore');
    expect(optional.map(({ verdict }) => verdict)).toEqual(['skipped', 'skipped', 'skipped', 'skipped']);
    expect(left).toHaveLength(there.users + there.groups);
  });

  test('can keep what it created, and a second run with the same seed succeeds', async () => {
    const server = await startFaultyServer();
    try {
      const { left } = await validateAt(server, { keep: true });
      const { users, groups } = server.count();
      expect(left).toHaveLength(users + groups);
      expect(users).toBeGreaterThan(11);
      expect(namesOf(await validateAt(server, { isSeedChosen: true }), 'failed')).toEqual([]);
      expect(server.count()).toEqual({ users: 0, groups: 0 });
    } finally {
      await server.stop();
    }
  });

  test.each(['hangs', 'hangs-up', 'answers-html', 'answers-500', 'answers-401', 'answers-404', 'redirects'] as const)(
    'a connection that %s fails the first check, and the others are skipped',
    async (transport) => {
      const result = await validateFaulty({ transport }, { timeout: 300 });
      expect(namesOf(result, 'failed')).toEqual(['Test_Connection']);
      expect(namesOf(result, 'skipped')).toHaveLength(CHECKS.length - 1);
    },
  );

  test('an endpoint that stops responding receives no further requests, and its resources are listed', async () => {
    const { checks, left, there } = await validateFaulty({ transport: 'hangs-up', transportFrom: 20 });
    expect(checks.filter(({ verdict }) => verdict === 'failed')).toHaveLength(1);
    expect(left.length).toBeGreaterThanOrEqual(there.users + there.groups);
  });

  test('lists a disabled user that the endpoint hides and reports as missing', async () => {
    const { left, there } = await validateFaulty({ faults: ['disabled-user-gone'] });
    expect(left).toHaveLength(there.users);
    expect(there.users).toBe(3);
  });

  test.each([0, 1, 30])(
    'that is interrupted after %i requests skips the remaining checks, and deletes what it created',
    async (requests) => {
      const stop = new AbortController();
      if (requests === 0) stop.abort('SIGINT');
      const server = await startFaultyServer();
      const progress = new (class extends RecordingProgress {
        override note(exchange: Exchange): void {
          super.note(exchange);
          if (this.exchanges.length === requests) stop.abort('SIGINT');
        }
      })();
      const { tenantUrl, token } = server;
      const options = { tenantUrl, token, seed: 'test', keep: false, signal: stop.signal };
      const result = await validate(options, progress);
      expect(result.verdict).toMatchObject({
        isHealthy: false,
        failed: 0,
        summary: expect.stringMatching(/interrupted/),
      });
      expect(result.checks).toHaveLength(CHECKS.length);
      expect([result.left, server.count()]).toEqual([[], { users: 0, groups: 0 }]);
      await server.stop();
    },
  );
});
