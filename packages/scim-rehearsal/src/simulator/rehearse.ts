import { LatencyRecorder } from './latency.js';
import { deleteCreated } from './phases/cleanup.js';
import { compareAll, countCompared, type Comparison } from './phases/comparison.js';
import { countDeprovisioning, deprovisionUsers } from './phases/deprovisioning.js';
import { discover } from './phases/discovery.js';
import { changeGroups, changeUsers } from './phases/incremental-cycle.js';
import {
  SEARCH_SAMPLE,
  addAllMembers,
  createGroups,
  createUsers,
  hasManagers,
  setManagers,
  verifySearch,
} from './phases/initial-cycle.js';
import { changeManagers, toManagerChanges } from './phases/manager-changes.js';
import { provisionOnDemand } from './phases/on-demand.js';
import { deleteStaleObjects } from './phases/stale-objects.js';
import { testConnection } from './phases/test-connection.js';
import { probeActive } from './probes/active-probe.js';
import { probeAttributes } from './probes/attribute-probes.js';
import { probeDelete } from './probes/delete-probe.js';
import { probeElements, probePrimaryFilter } from './probes/element-probes.js';
import { probeFirstUser } from './probes/first-user.js';
import { probeGroups } from './probes/group-probes.js';
import { probeManager } from './probes/manager-probe.js';
import { probePatchRules } from './probes/patch-probes.js';
import { createProbeUser, discard } from './probes/probe.js';
import type { CycleSpeed, RehearsalResult, RunOutcome } from './result.js';
import type { CreatedResource } from './session/created-resources.js';
import type { Progress } from './session/progress.js';
import type { RehearsalOptions } from './session/rehearsal-options.js';
import { AbortRun, SkipObject } from './session/run-errors.js';
import { Session } from './session/session.js';
import { toVerdict } from './verdict.js';

/**
 * Simulates Entra's provisioning against an endpoint, from Test Connection to the final comparison, and deletes what it created.
 * Faults of the endpoint are findings in the result; only invalid options throw.
 *
 * @throws TenantUrlError
 */
export async function rehearse(options: RehearsalOptions, progress: Progress): Promise<RehearsalResult> {
  const started = performance.now();
  const startedAt = new Date().toISOString();
  const latency = new LatencyRecorder();
  const session = new Session(options, progress, (exchange) => latency.record(exchange));
  const run = new Run(session, latency);
  const ending = await run.run();
  const left = await run.deleteUnlessKept();
  session.client.close();
  const { findings } = session;
  const { initialCycle, comparison } = run;
  const seconds = (performance.now() - started) / 1000;
  return {
    tenantUrl: options.tenantUrl,
    profile: options.profile.name,
    dialect: options.dialect,
    seed: options.seed,
    users: options.users,
    groups: options.groups,
    members: Math.min(options.members, options.users),
    concurrency: options.concurrency,
    ...(options.rate === undefined ? {} : { rate: options.rate }),
    startedAt,
    seconds,
    ending,
    verdict: toVerdict({ findings: findings.all, ending, initialCycle, rate: options.rate }),
    findings: findings.all,
    speed: latency.steps,
    initialCycle,
    comparison,
    left,
  };
}

class Run {
  initialCycle: CycleSpeed | undefined;
  comparison: Comparison | undefined;
  readonly #session: Session;
  readonly #latency: LatencyRecorder;

  constructor(session: Session, latency: LatencyRecorder) {
    this.#session = session;
    this.#latency = latency;
  }

  /** Runs all phases except the cleanup. */
  async run(): Promise<RunOutcome> {
    try {
      await this.#runPhases();
      return 'finished';
    } catch (error) {
      const { signal, abandon } = this.#session.options;
      // Requests cancelled by the user end the run as well.
      if ((error instanceof AbortRun || error instanceof SkipObject) && !abandon?.aborted) return 'stopped';
      if (signal?.aborted || abandon?.aborted) return 'interrupted';
      throw error;
    }
  }

  /** @returns the resources that are left */
  async deleteUnlessKept(): Promise<readonly CreatedResource[]> {
    const { all } = this.#session.created;
    if (this.#session.options.keep || all.length === 0) return all;
    let left: readonly CreatedResource[] = [];
    await this.#phase('cleanup', all.length, async () => {
      left = await deleteCreated(this.#session);
    });
    return left;
  }

  async #runPhases(): Promise<void> {
    const session = this.#session;
    await this.#step('test connection', () => testConnection(session));
    await this.#step('discovery', () => session.attempt(() => discover(session)));
    if (session.options.isSeedChosen) {
      await this.#step('stale objects', () => session.attempt(() => deleteStaleObjects(session)));
    }
    let firstId = '';
    await this.#step('first user', async () => (firstId = await probeFirstUser(session)));
    await this.#phase('probes', session.dialects.length, () => this.#runProbes());
    await session.attempt(() => discard(session, '/Users', firstId));
    await this.#runInitialCycle();
    await this.#runIncrementalCycle();
    await this.#step('on demand', () => provisionOnDemand(session));
    await this.#phase('comparison', countCompared(session), async () => {
      this.comparison = await compareAll(session);
    });
  }

  async #runInitialCycle(): Promise<void> {
    const session = this.#session;
    const { users, groups } = session.options;
    const requestsBefore = this.#latency.count;
    const started = performance.now();
    await this.#phase('initial cycle: users', users, () => createUsers(session));
    if (hasManagers(session)) await this.#phase('initial cycle: managers', users - 1, () => setManagers(session));
    if (session.profile.groups.length > 0 && groups > 0) {
      await this.#phase('initial cycle: groups', groups, () => createGroups(session));
      await this.#phase('initial cycle: members', groups, () => addAllMembers(session));
    }
    const seconds = (performance.now() - started) / 1000;
    const requests = this.#latency.count - requestsBefore;
    this.initialCycle = { users, objects: countObjects(session), requests, seconds };
    await this.#phase('initial cycle: search', Math.min(users, SEARCH_SAMPLE), () => verifySearch(session));
  }

  /**
   * Probes each kind of request once, before the cycles and on separate objects, so that each failure has a single cause, is
   * reported once and is avoided from then on.
   */
  async #runProbes(): Promise<void> {
    const session = this.#session;
    // First, so that later probes know whether a deletion can be trusted.
    await session.attempt(async () => {
      const { id, values } = await createProbeUser(session);
      await probeDelete(session, '/Users', id, values);
    });
    for (const [index, dialect] of session.dialects.entries()) {
      await probeAttributes(session, dialect);
      if (!session.unsupported.has('patch')) {
        await probeActive(session, dialect);
        await probeElements(session, dialect);
        await probePrimaryFilter(session, dialect);
        if (index === 0) await probePatchRules(session, dialect);
        await probeManager(session, dialect);
      }
      await probeGroups(session, dialect);
      session.progress.advance();
    }
  }

  async #runIncrementalCycle(): Promise<void> {
    const session = this.#session;
    const { users, groups } = session.expected;
    await this.#phase('incremental cycle: changes', users.size, () => changeUsers(session));
    const managers = toManagerChanges(session);
    if (managers.length > 0) {
      await this.#phase('incremental cycle: managers', managers.length, () => changeManagers(session, managers));
    }
    const steps = countDeprovisioning(session);
    await this.#phase('incremental cycle: deprovisioning', steps, () => deprovisionUsers(session));
    await this.#phase('incremental cycle: groups', groups.size, () => changeGroups(session));
  }

  /** A phase that consists of one step. */
  async #step(name: string, work: () => Promise<unknown>): Promise<void> {
    await this.#phase(name, 1, async () => {
      await work();
      this.#session.progress.advance();
    });
  }

  async #phase(name: string, total: number, work: () => Promise<void>): Promise<void> {
    const { findings, progress } = this.#session;
    findings.phase = name;
    progress.begin(name, total);
    try {
      await work();
    } finally {
      progress.end();
    }
  }
}

/** The number of users, groups and memberships, which Entra's durations refer to. */
function countObjects({ expected }: Session): number {
  const memberships = [...expected.groups.values()].reduce((sum, group) => sum + group.members.size, 0);
  return expected.users.size + expected.groups.size + memberships;
}
