import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Exchange } from '../../../packages/scim-rehearsal/src/client/exchange.js';
import { BUILT_IN_PROFILES } from '../../../packages/scim-rehearsal/src/profile/built-in/built-in-profiles.js';
import type { RehearsalResult } from '../../../packages/scim-rehearsal/src/simulator/result.js';
import type { RehearsalOptions } from '../../../packages/scim-rehearsal/src/simulator/session/rehearsal-options.js';
import { startFaultyServer, type FaultyServer } from '../../support/faulty-scim-server/server.js';
import { RecordingProgress, rehearseSmall } from '../../support/rehearsal.js';
import type { Wire } from '../../support/scim-client.js';

const everything = BUILT_IN_PROFILES['everything']!;

let server: FaultyServer;

beforeEach(async () => {
  server = await startFaultyServer();
});
afterEach(() => server.stop());

/** Returns Entra's requests of the incremental cycle, and the result of the rehearsal. */
async function play(
  options: Partial<RehearsalOptions>,
): Promise<{ sent: readonly Exchange[]; result: RehearsalResult }> {
  const sent: Exchange[] = [];
  const progress = new (class extends RecordingProgress {
    override note(exchange: Exchange): void {
      if (exchange.by === 'entra' && this.phases.at(-1)?.startsWith('incremental cycle')) sent.push(exchange);
    }
  })();
  const { tenantUrl, token } = server;
  const result = await rehearseSmall({ tenantUrl, token, ...options }, progress);
  expect(result.findings).toEqual([]);
  expect(result.comparison).toMatchObject({ same: result.comparison!.compared, gone: result.comparison!.deleted });
  return { sent, result };
}

const stepsOf = (sent: readonly Exchange[]) => sent.map(({ step }) => step);
const pathOf = ({ url }: Exchange) => new URL(url).pathname;

test('an object is read before it is changed, a group without its members', async () => {
  const { sent } = await play({ profile: everything, concurrency: 1 });
  const changes = sent.filter(({ method }) => method === 'PATCH');
  expect(changes.length).toBeGreaterThan(20);
  for (const change of changes) {
    const reads = sent.filter((one) => one.method === 'GET' && pathOf(one) === pathOf(change));
    expect(reads.some(({ number }) => number < change.number)).toBe(true);
  }
  const groups = sent.filter(({ step }) => step === 'read group');
  expect(groups).toHaveLength(3);
  for (const { url } of groups) expect(url).toContain('excludedAttributes=members');
});

test('a user is disabled before it is deleted, and unassigned users have a step of their own', async () => {
  const { sent, result } = await play({ users: 40, groups: 0, concurrency: 1 });
  const deletions = sent.filter(({ step }) => step === 'delete user');
  expect(deletions).toHaveLength(4);
  for (const deletion of deletions) {
    const disables = sent.filter((one) => one.step === 'disable user' && pathOf(one) === pathOf(deletion));
    expect(disables.map(({ number }) => number < deletion.number)).toEqual([true]);
  }
  expect(stepsOf(sent).filter((step) => step === 'unassign user')).toHaveLength(4);
  expect(result.comparison).toMatchObject({ deleted: 4, gone: 4 });
});

test('users are disabled and restored in both dialects', async () => {
  const { sent } = await play({ users: 40, groups: 0 });
  const values = (wanted: string) =>
    new Set(
      sent
        .filter(({ step }) => step === wanted)
        .map(({ request }) => (request.body as Wire).Operations[0].value as unknown),
    );
  expect(values('disable user')).toEqual(new Set(['False', false]));
  expect(values('unassign user')).toEqual(new Set(['False', false]));
  expect(values('enable user')).toEqual(new Set(['True', true]));
});

test('if active is not mapped, a user is deleted instead of disabled, and created again when restored', async () => {
  const profile = { ...everything, users: everything.users.filter(({ path }) => path !== 'active') };
  const { sent, result } = await play({ profile, users: 20 });
  const steps = stepsOf(sent);
  expect(steps.filter((step) => step === 'delete user')).toHaveLength(6);
  expect(steps.filter((step) => /able user|assign user/.test(step))).toEqual([]);
  expect(steps.filter((step) => step === 'create user')).toHaveLength(1);
  expect(result.comparison).toMatchObject({ deleted: 7, gone: 7 });
});

test('some managers are changed and some removed, after checking the reference', async () => {
  const { sent } = await play({ profile: everything, users: 12, concurrency: 1 });
  for (const [wanted, count] of [
    ['change manager', 3],
    ['remove manager', 3],
  ] as const) {
    const changes = sent.filter(({ step }) => step === wanted);
    expect(changes).toHaveLength(count);
    for (const change of changes) {
      const [read, check] = sent.filter(({ number }) => number < change.number).slice(-2);
      expect([read!.step, check!.step]).toEqual(['read user', 'check reference']);
      expect(pathOf(read!)).toBe(pathOf(change));
    }
  }
});
