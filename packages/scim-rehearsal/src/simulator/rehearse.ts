import type { Made } from './session/expected-state.js';
import { tryActive } from './probes/active-probe.js';
import { tryAttributes } from './probes/attribute-probes.js';
import { compareAll, countCompared, type Comparison } from './phases/comparison.js';
import { tryDelete } from './probes/delete-probe.js';
import { discover } from './phases/discovery.js';
import { tryElements, tryPrimaryText } from './probes/element-probes.js';
import { tryFirstUser } from './probes/first-user.js';
import { tryGroups } from './probes/group-probes.js';
import { changeGroups, changeUsers } from './phases/incremental-cycle.js';
import {
  addAllMembers,
  createGroups,
  createUsers,
  findUsersAgain,
  hasManagers,
  setManagers,
} from './phases/initial-cycle.js';
import { countLeavers, moveUsers } from './phases/deprovisioning.js';
import { removeLeftovers } from './phases/stale-objects.js';
import { changeManagers, toManagerChanges } from './phases/manager-changes.js';
import { tryManager } from './probes/manager-probe.js';
import { provisionOnDemand } from './phases/on-demand.js';
import { tryPatchRules } from './probes/patch-probes.js';
import { removeAll } from './phases/cleanup.js';
import { testConnection } from './phases/test-connection.js';
import type { Progress } from './session/progress.js';
import { GaveUp, Stopped } from './session/run-errors.js';
import { Session, type RehearsalOptions } from './session/session.js';
import { Speed } from './speed.js';
import { createTrialUser, discard } from './probes/probe.js';
import type { CycleSpeed, Ending, RehearsalResult } from './result.js';
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
  session.endpoint.close();
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

  async toItsEnd(): Promise<Ending> {
    try {
      await this.#playAll();
      return 'finished';
    } catch (error) {
      const { signal, abandon } = this.#session.options;
      // What was cut by the abandonment stops the play as well, and is not its cause.
      if ((error instanceof Stopped || error instanceof GaveUp) && !abandon?.aborted) return 'stopped';
      if (signal?.aborted || abandon?.aborted) return 'interrupted';
      throw error;
    }
  }

  async removeUnlessKept(): Promise<readonly Made[]> {
    const { made } = this.#session.ledger;
    if (this.#session.options.keep || made.length === 0) return made;
    let left: readonly Made[] = [];
    await this.#phase('remove', made.length, async () => {
      left = await removeAll(this.#session);
    });
    return left;
  }

  async #playAll(): Promise<void> {
    const session = this.#session;
    await this.#once('test connection', () => testConnection(session));
    await this.#once('discovery', () => session.attempt(() => discover(session)));
    if (session.options.isSeedChosen)
      await this.#once('leftovers', () => session.attempt(() => removeLeftovers(session)));
    let first = '';
    await this.#once('first user', async () => (first = await tryFirstUser(session)));
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
    await this.#phase('initial cycle: look again', Math.min(users, 20), () => findUsersAgain(session));
  }

  /**
   * Each kind of request once, on objects of its own and before the cycles: what goes wrong has one cause, is told once, and
   * is avoided from then on.
   */
  async #tryEach(): Promise<void> {
    const session = this.#session;
    // First of all, so that no trial takes for gone what it only believes to have taken away.
    await session.attempt(async () => {
      const { id, values } = await createTrialUser(session);
      await tryDelete(session, '/Users', id, values);
    });
    for (const [index, dialect] of session.dialects.entries()) {
      await tryAttributes(session, dialect);
      if (!session.unable.has('patch')) {
        await tryActive(session, dialect);
        await tryElements(session, dialect);
        await tryPrimaryText(session, dialect);
        if (index === 0) await tryPatchRules(session, dialect);
        await tryManager(session, dialect);
      }
      await tryGroups(session, dialect);
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
    await this.#phase('incremental cycle: leavers', countLeavers(session), () => moveUsers(session));
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
