import { describe, expect, test } from '@jest/globals';
import { RULES, type RuleId } from '../../../packages/scim-rehearsal/src/simulator/rules/finding.js';
import type { Profile } from '../../../packages/scim-rehearsal/src/profile/profile.js';
import { BUILT_IN_PROFILES } from '../../../packages/scim-rehearsal/src/profile/built-in/built-in-profiles.js';
import type { RehearsalResult } from '../../../packages/scim-rehearsal/src/simulator/result.js';
import type { RehearsalOptions } from '../../../packages/scim-rehearsal/src/simulator/session/rehearsal-options.js';
import { FAULTS, NOT_OF_A_SERVER, type FaultName } from '../../support/faulty-scim-server/faults.js';
import {
  startFaultyServer,
  type FaultyServer,
  type FaultyServerOptions,
} from '../../support/faulty-scim-server/server.js';
import { DESK_URN } from '../../support/faulty-scim-server/wire.js';
import { rehearseSmall } from '../../support/rehearsal.js';

/*
 * Proves that the rehearsal distinguishes faults: it reports nothing about a faultless server, and exactly one rule about the same
 * server with one fault.
 */

const everything = BUILT_IN_PROFILES['everything']!;

/** All attributes of the built-in profiles, and a list of strings in an extension of the application. */
const WIDE: Profile = {
  ...everything,
  users: [...everything.users, { path: `${DESK_URN}:tags`, type: 'Array' }],
};

/** The options that reveal a fault, if the default ones do not. */
const OPTIONS: Partial<Record<FaultName, Partial<RehearsalOptions>>> = {
  // A mapping without roles sends an empty list of them.
  'empty-roles-refused': { profile: BUILT_IN_PROFILES['non-gallery']! },
  // With fewer users, none is deleted.
  'deletion-empties-others': { users: 10 },
};

/** Rules that other tests cover, by default connection.test.ts. */
const COVERED_ELSEWHERE: readonly RuleId[] = [
  'name-not-found',
  'connection-refused',
  'tls-failed',
  'throttled',
  'answer-not-json',
  // Does not apply to loopback addresses; connection.test.ts tests the function.
  'plain-http',
  // In foreign-objects.test.ts.
  'already-there',
];

/** The result of a rehearsal, and the number of remaining resources. */
interface Outcome extends RehearsalResult {
  readonly there: ReturnType<FaultyServer['count']>;
}

async function rehearseAt(
  serverOptions: FaultyServerOptions,
  options: Partial<RehearsalOptions> = {},
): Promise<Outcome> {
  const server = await startFaultyServer(serverOptions);
  try {
    const { tenantUrl, token } = server;
    const result = await rehearseSmall({
      tenantUrl,
      token,
      profile: WIDE,
      users: 5,
      groups: 2,
      members: 3,
      ...options,
    });
    // Every finding has its evidence.
    for (const { id, exchange } of result.findings)
      expect({ id, exchange }).toEqual({ id, exchange: expect.anything() });
    return { ...result, there: server.count() };
  } finally {
    await server.stop();
  }
}

function idsOf({ findings }: RehearsalResult): string[] {
  return findings.map(({ id }) => id);
}

describe('a server without faults', () => {
  test.each(['default', 'aadOptscim062020', 'both'] as const)('is healthy in the dialect %s', async (dialect) => {
    const result = await rehearseAt({}, { dialect });
    expect(idsOf(result)).toEqual([]);
    expect(result).toMatchObject({ ending: 'finished', left: [], verdict: { isHealthy: true } });
    expect(result.there).toEqual({ users: 0, groups: 0 });
    expect(result.comparison).toMatchObject({ same: result.comparison?.compared, notCompared: 0 });
  });
});

describe('a server with one fault', () => {
  const shown = (Object.keys(FAULTS) as FaultName[]).filter((name) => FAULTS[name].rule !== undefined);

  test.each(shown)('%s is reported, and nothing else', async (name) => {
    const { rule } = FAULTS[name];
    const result = await rehearseAt({ faults: [name] }, OPTIONS[name]);
    expect(idsOf(result)).toEqual([rule]);
    const [finding] = result.findings;
    expect(result.verdict.isHealthy).toBe(finding!.severity === 'advice');
    // The result lists exactly the resources that remain.
    expect(result.left).toHaveLength(result.there.users + result.there.groups);
  });
});

describe('a connection that breaks', () => {
  const CASES = [
    ['hangs', 'timed-out'],
    ['hangs-up', 'connection-closed'],
    ['answers-html', 'answers-html'],
    ['answers-500', 'server-error'],
    ['answers-401', 'token-refused'],
    ['answers-404', 'wrong-url'],
    ['redirects', 'wrong-url'],
    ['garbles-json', 'answer-not-json'],
  ] as const;

  test.each(CASES)('and %s from the first request on is reported once: %s', async (transport, rule) => {
    const result = await rehearseAt({ transport }, { timeout: 300 });
    expect(result.findings.map(({ id, count }) => [id, count])).toEqual([[rule, 1]]);
    expect(result).toMatchObject({ ending: 'stopped', left: [], verdict: { isHealthy: false } });
  });

  // During the probes and the cycles.
  const MIDDLES = [155, 260, 280].flatMap((transportFrom) =>
    CASES.map(([transport]) => [transport, transportFrom] as const),
  );

  test.each(MIDDLES)(
    'and %s during the run is reported once, and remaining resources are listed (%i)',
    async (transport, transportFrom) => {
      const result = await rehearseAt({ transport, transportFrom }, { timeout: transport === 'hangs' ? 300 : 30_000 });
      expect(result.verdict.isHealthy).toBe(false);
      expect(idsOf(result)).toHaveLength(1);
      const { users, groups } = result.there;
      expect(users).toBeGreaterThan(0);
      expect(result.left.length).toBeGreaterThanOrEqual(users + groups);
    },
  );
});

describe('the tests', () => {
  test('cover every rule', () => {
    const proven = new Set(Object.values(FAULTS).map(({ rule }) => rule));
    const broken: readonly RuleId[] = ['timed-out', 'answers-html', 'server-error', 'token-refused', 'wrong-url'];
    const known = (Object.keys(RULES) as RuleId[]).filter((id) => !proven.has(id));
    expect(known.toSorted()).toEqual([...COVERED_ELSEWHERE, ...broken].toSorted());
  });

  test('cover every public report that a server can reproduce', () => {
    const shown = Object.values(FAULTS).flatMap(({ numbers = [] }) => numbers);
    const all = [...new Set([...shown, ...Object.keys(NOT_OF_A_SERVER).map(Number)])];
    expect(all.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, index) => index + 1));
  });
});
