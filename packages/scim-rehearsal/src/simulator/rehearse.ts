import type { CreatedResource } from './session/expected-state.js';
import { probeActive } from './probes/active-probe.js';
import { probeAttributes } from './probes/attribute-probes.js';
import { compareAll, countCompared, type Comparison } from './phases/comparison.js';
import { probeDelete } from './probes/delete-probe.js';
import { discover } from './phases/discovery.js';
import { probeElements, probePrimaryFilter } from './probes/element-probes.js';
import { probeFirstUser } from './probes/first-user.js';
import { probeGroups } from './probes/group-probes.js';
import { changeGroups, changeUsers } from './phases/incremental-cycle.js';
import {
  addAllMembers,
  createGroups,
  createUsers,
  verifySearch,
  hasManagers,
  setManagers,
} from './phases/initial-cycle.js';
import { countDeprovisioning, deprovisionUsers } from './phases/deprovisioning.js';
import { deleteStaleObjects } from './phases/stale-objects.js';
import { changeManagers, toManagerChanges } from './phases/manager-changes.js';
import { probeManager } from './probes/manager-probe.js';
import { provisionOnDemand } from './phases/on-demand.js';
import { probePatchRules } from './probes/patch-probes.js';
import { deleteCreated } from './phases/cleanup.js';
import { testConnection } from './phases/test-connection.js';
import type { Progress } from './session/progress.js';
import { SkipObject, AbortRun } from './session/run-errors.js';
import { Session, type RehearsalOptions } from './session/session.js';
import { Speed } from './speed.js';
import { createProbeUser, discard } from './probes/probe.js';
import type { CycleSpeed, RunOutcome, RehearsalResult } from './result.js';
import { toVerdict } from './verdict.js';

/**
 * Plays Entra's provisioning against an endpoint, from Test Connection to the last comparison, and removes what it made.
 * Whatever the endpoint does is a finding; only what is wrong with the options throws.
 *
 * @throws TenantUrlError
 */
export async function rehearse(options: RehearsalOptions, progress: Progress): Promise<RehearsalResult> {
  const started = performance.now();
  const startedAt = new Date().toISOString();
  const speed = new Speed();
  const session = new Session(options, progress, (exchange) => speed.note(exchange));
  const run = new Run(session, speed);
  const ending = await run.toItsEnd();
  const left = await run.removeUnlessKept();
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
    speed: speed.kinds,
    initialCycle,
    comparison,
    left,
  };
}

class Run {
  initialCycle: CycleSpeed | undefined;
  comparison: Comparison | undefined;
  readonly #session: Session;
  readonly #speed: Speed;

  constructor(session: Session, speed: Speed) {
    this.#session = session;
    this.#speed = speed;
  }

  async toItsEnd(): Promise<RunOutcome> {
    try {
      await this.#playAll();
      return 'finished';
    } catch (error) {
      const { signal, abandon } = this.#session.options;
      // What was cut by the abandonment stops the play as well, and is not its cause.
      if ((error instanceof AbortRun || error instanceof SkipObject) && !abandon?.aborted) return 'stopped';
      if (signal?.aborted || abandon?.aborted) return 'interrupted';
      throw error;
    }
  }

  async removeUnlessKept(): Promise<readonly CreatedResource[]> {
    const { made } = this.#session.ledger;
    if (this.#session.options.keep || made.length === 0) return made;
    let left: readonly CreatedResource[] = [];
    await this.#phase('remove', made.length, async () => {
      left = await deleteCreated(this.#session);
    });
    return left;
  }

  async #playAll(): Promise<void> {
    const session = this.#session;
    await this.#once('test connection', () => testConnection(session));
    await this.#once('discovery', () => session.attempt(() => discover(session)));
    if (session.options.isSeedChosen)
      await this.#once('leftovers', () => session.attempt(() => deleteStaleObjects(session)));
    let first = '';
    await this.#once('first user', async () => (first = await probeFirstUser(session)));
    await this.#phase('one of each', session.dialects.length, () => this.#tryEach());
    await session.attempt(() => discard(session, '/Users', first));
    await this.#playInitialCycle();
    await this.#playIncrementalCycle();
    await this.#once('on demand', () => provisionOnDemand(session));
    await this.#phase('comparison', countCompared(session), async () => {
      this.comparison = await compareAll(session);
    });
  }

  async #playInitialCycle(): Promise<void> {
    const session = this.#session;
    const { users, groups } = session.options;
    const requests = this.#speed.count;
    const started = performance.now();
    await this.#phase('initial cycle: users', users, () => createUsers(session));
    if (hasManagers(session)) await this.#phase('initial cycle: managers', users - 1, () => setManagers(session));
    if (session.profile.groups.length > 0 && groups > 0) {
      await this.#phase('initial cycle: groups', groups, () => createGroups(session));
      await this.#phase('initial cycle: members', groups, () => addAllMembers(session));
    }
    const seconds = (performance.now() - started) / 1000;
    this.initialCycle = { users, objects: countObjects(session), requests: this.#speed.count - requests, seconds };
    await this.#phase('initial cycle: look again', Math.min(users, 20), () => verifySearch(session));
  }

  /**
   * Each kind of request once, on objects of its own and before the cycles: what goes wrong has one cause, is told once, and
   * is avoided from then on.
   */
  async #tryEach(): Promise<void> {
    const session = this.#session;
    // First of all, so that no trial takes for gone what it only believes to have taken away.
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

  async #playIncrementalCycle(): Promise<void> {
    const session = this.#session;
    const { users, groups } = session.ledger;
    await this.#phase('incremental cycle: changes', users.size, () => changeUsers(session));
    const managers = toManagerChanges(session);
    if (managers.length > 0) {
      await this.#phase('incremental cycle: managers', managers.length, () => changeManagers(session, managers));
    }
    await this.#phase('incremental cycle: leavers', countDeprovisioning(session), () => deprovisionUsers(session));
    await this.#phase('incremental cycle: groups', groups.size, () => changeGroups(session));
  }

  async #once(name: string, work: () => Promise<unknown>): Promise<void> {
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

/** Users, groups and members together: what Entra counts by. */
function countObjects({ ledger }: Session): number {
  const members = [...ledger.groups.values()].reduce((sum, group) => sum + group.members.size, 0);
  return ledger.users.size + ledger.groups.size + members;
}
