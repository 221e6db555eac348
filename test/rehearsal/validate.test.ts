import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Exchange } from '../../src/rehearsal/exchange.js';
import { CHECKS } from '../../src/rehearsal/validate/checks.js';
import { validate, type ValidationOptions } from '../../src/rehearsal/validate/validate.js';
import type { ValidationResult } from '../../src/rehearsal/validate/validation-result.js';
import type { FaultName } from '../support/faulty-scim-server/faults.js';
import { startFaultyServer, type FaultyServerOptions } from '../support/faulty-scim-server/server.js';
import { Witness } from '../support/rehearsal.js';
import { ScimClient } from '../support/scim-client.js';
import { startTestServer, type TestServer } from '../support/server.js';

/** What needs a token endpoint, which nobody has told us. */
const UNKNOWABLE = ['Validate_Credentials', 'Federated_Identity'];

function validateAt(
  { tenantUrl, token }: { readonly tenantUrl: string; readonly token: string },
  options: Partial<ValidationOptions> = {},
): Promise<ValidationResult> {
  return validate({ tenantUrl, token, seed: 'test', keep: false, ...options }, new Witness());
}

/** A validation of a server with faults, and what was left there. */
async function validateFaulty(serverOptions: FaultyServerOptions, options: Partial<ValidationOptions> = {}) {
  const server = await startFaultyServer(serverOptions);
  try {
    return { ...(await validateAt(server, options)), there: server.count() };
  } finally {
    await server.stop();
  }
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

  test.each(['', '?aadOptscim062020'])('fails no check, and nothing is left (%s)', async (flag) => {
    const directory = await server.createDirectory();
    const target = { tenantUrl: directory.scimUrl + flag, token: directory.scimToken };
    const result = await validateAt(target);
    expect(result.checks.filter(({ verdict }) => verdict === 'failed')).toEqual([]);
    expect(namesOf(result, 'skipped')).toEqual(UNKNOWABLE);
    expect(namesOf(result, 'warned')).toEqual([]);
    expect([result.verdict.isHealthy, result.left]).toEqual([true, []]);
    const scim = new ScimClient(directory.scimUrl, directory.scimToken);
    expect((await scim.get('/Users')).body.totalResults).toBe(0);
    expect((await scim.get('/Groups')).body.totalResults).toBe(0);
  });
});

describe('the validation', () => {
  test('gives each check a name of its own, and says what it sends, requires and where that is said', () => {
    expect(new Set(CHECKS.map(({ name }) => name)).size).toBe(CHECKS.length);
    for (const { sends, requires, source } of CHECKS) {
      expect(sends).toMatch(/\.$/);
      expect(requires).toMatch(/\.$/);
      expect(source).toMatch(/^https:/);
    }
  });

  test('passes a server without faults', async () => {
    const result = await validateFaulty({});
    expect(namesOf(result, 'failed')).toEqual([]);
    expect(namesOf(result, 'warned')).toEqual([]);
    expect(result.there).toEqual({ users: 0, groups: 0 });
  });

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
    ['start-index-unsaid', ['User_Pagination'], ['Group_Pagination']],
    ['start-index-ignored', ['User_Pagination'], ['Group_Pagination']],
    ['delete-does-nothing', [], ['User_Delete', 'User_Create_Again', 'Group_Delete', 'Group_Restore']],
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

  test('removes what was created without an id, by its name', async () => {
    const { there, left } = await validateFaulty({ faults: ['created-without-id'] });
    expect([there, left]).toEqual([{ users: 0, groups: 0 }, []]);
  });

  test('lists what the endpoint does not delete, and skips the checks of what it does not offer', async () => {
    const { checks, there, left } = await validateFaulty({ faults: ['delete-refused'] });
    const optional = checks.filter(({ name }) => /_Delete$|_Again$|_Restore$/.test(name) && name !== 'User_Restore');
    expect(optional.map(({ verdict }) => verdict)).toEqual(['skipped', 'skipped', 'skipped', 'skipped']);
    expect(left).toHaveLength(there.users + there.groups);
  });

  test('keeps what it made when told to, and a second one of the same seed makes its way', async () => {
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
    'a connection that %s fails the first check, and the others are not made',
    async (transport) => {
      const result = await validateFaulty({ transport }, { timeout: 300 });
      expect(namesOf(result, 'failed')).toEqual(['Test_Connection']);
      expect(namesOf(result, 'skipped')).toHaveLength(CHECKS.length - 1);
    },
  );

  test('an endpoint that is gone in the middle is not asked any further, and what it holds is listed', async () => {
    const { checks, left, there } = await validateFaulty({ transport: 'hangs-up', transportFrom: 20 });
    expect(checks.filter(({ verdict }) => verdict === 'failed')).toHaveLength(1);
    expect(left.length).toBeGreaterThanOrEqual(there.users + there.groups);
  });

  test('lists a disabled user whom the endpoint no longer shows, although it answers that there is none', async () => {
    const { left, there } = await validateFaulty({ faults: ['disabled-user-gone'] });
    expect(left).toHaveLength(there.users);
    expect(there.users).toBe(3);
  });

  test('that is told to stop makes no further check, and removes what it made', async () => {
    const stop = new AbortController();
    const server = await startFaultyServer();
    const witness = new (class extends Witness {
      override note(exchange: Exchange): void {
        super.note(exchange);
        if (this.exchanges.length === 30) stop.abort('SIGINT');
      }
    })();
    const { tenantUrl, token } = server;
    const options = { tenantUrl, token, seed: 'test', keep: false, signal: stop.signal };
    const result = await validate(options, witness);
    expect(result.verdict).toMatchObject({
      isHealthy: false,
      failed: 0,
      summary: expect.stringMatching(/interrupted/),
    });
    expect(result.checks).toHaveLength(CHECKS.length);
    expect([result.left, server.count()]).toEqual([[], { users: 0, groups: 0 }]);
    await server.stop();
  });
});
