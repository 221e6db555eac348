import type { EntityManager } from '@mikro-orm/postgresql';
import { TurnTimeout } from './semaphore.js';

/** Something to be done, and what it is about. */
interface Call<Task, Result> {
  readonly task: Task;
  readonly subject: unknown;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
  /** Runs while it waits. */
  deadline?: NodeJS.Timeout;
}

/**
 * What is done together: gives the result of each task, in their order, or a promise of it where that takes longer than
 * what they share. Where it fails, each of them fails.
 */
type DoTogether<Task, Result> = (tasks: readonly Task[]) => Promise<ReadonlyArray<Result | Promise<Result>>>;

export interface GatheringLimits {
  /** While fewer tasks than this are under way, the next begins at once. */
  readonly apart: number;
  /** How many tasks are done together at most. */
  readonly together: number;
  /** How long others wait for tasks that are under way, in milliseconds: nobody is held up by a connection that hangs. */
  readonly patience: number;
  /** How long a task waits before it begins, in milliseconds. */
  readonly deadline: number;
}

/**
 * Tasks that come while enough others are under way wait for those, and are then done together: few never wait, and the
 * more there are, the less each costs. Two that are about the same are done one after the other, in their order: the next
 * begins when the result of the one before is there.
 */
export class Gathering<Task, Result> {
  #waiting: Array<Call<Task, Result>> = [];
  /** How many are being done, but for those that others no longer have to make room for. */
  #underWay = 0;
  /** What those are about that have no result yet. */
  readonly #subjects = new Set<unknown>();

  constructor(
    private readonly doTogether: DoTogether<Task, Result>,
    private readonly limits: GatheringLimits,
  ) {}

  /** Whether nothing waits, and nothing is under way that anything would wait for. */
  get isIdle(): boolean {
    return this.#subjects.size === 0;
  }

  /**
   * Does a task as soon as there is room for it.
   *
   * @param subject what it is about; left out, it is about nothing that any other is about
   * @throws TurnTimeout when there was no room before the deadline: it was not begun then
   */
  do(task: Task, subject: unknown = {}): Promise<Result> {
    return new Promise((resolve, reject) => {
      const call: Call<Task, Result> = { task, subject, resolve, reject };
      this.#waiting.push(call);
      void this.#begin();
      if (this.#waiting.at(-1) === call) call.deadline = setTimeout(() => this.#giveUp(call), this.limits.deadline);
    });
  }

  async #begin(): Promise<void> {
    const calls = this.#underWay < this.limits.apart ? this.#take() : [];
    if (calls.length === 0) return;
    this.#underWay += calls.length;
    const giveRoom = once(() => (this.#underWay -= calls.length));
    const turns = calls.map(({ subject }) => once(() => this.#subjects.delete(subject)));
    const patience = setTimeout(() => {
      giveRoom();
      for (const giveTurn of turns) giveTurn();
      void this.#begin();
    }, this.limits.patience);
    const later: Array<Promise<void>> = [];
    try {
      const results = await this.doTogether(calls.map(({ task }) => task));
      for (const [index, { resolve, reject }] of calls.entries()) {
        const result = results[index] as Result | Promise<Result>;
        if (result instanceof Promise) {
          later.push(
            result.then(resolve, reject).then(() => {
              turns[index]?.();
              return this.#begin();
            }),
          );
        } else {
          // At once: the next about the same may go with the round that begins below.
          resolve(result);
          turns[index]?.();
        }
      }
    } catch (error) {
      for (const [index, { reject }] of calls.entries()) {
        reject(error);
        turns[index]?.();
      }
    }
    giveRoom();
    void this.#begin();
    await Promise.all(later);
    clearTimeout(patience);
  }

  /** The first of those that wait and are about nothing that is under way; they are under way then. */
  #take(): Array<Call<Task, Result>> {
    const taken: Array<Call<Task, Result>> = [];
    const left: Array<Call<Task, Result>> = [];
    for (const call of this.#waiting) {
      if (taken.length < this.limits.together && !this.#subjects.has(call.subject)) {
        clearTimeout(call.deadline);
        this.#subjects.add(call.subject);
        taken.push(call);
      } else {
        left.push(call);
      }
    }
    this.#waiting = left;
    return taken;
  }

  #giveUp(call: Call<Task, Result>): void {
    this.#waiting = this.#waiting.filter((other) => other !== call);
    call.reject(new TurnTimeout('No turn came in time'));
  }
}

/** An action that has no effect when it is called again. */
function once(action: () => unknown): () => void {
  let isDone = false;
  return () => {
    if (!isDone) action();
    isDone = true;
  };
}

/** The gatherings for one kind of task: one for each ORM and directory that has any under way. */
export class DirectoryGatherings<Task, Result> {
  readonly #byOrm = new WeakMap<object, Map<string, Gathering<Task, Result>>>();

  constructor(
    private readonly doTogether: (
      em: EntityManager,
      directoryId: string,
      tasks: readonly Task[],
    ) => Promise<ReadonlyArray<Result | Promise<Result>>>,
    private readonly limits: GatheringLimits,
  ) {}

  /** Does a task of a directory as `Gathering.do` does. */
  async do(em: EntityManager, directoryId: string, task: Task, subject?: unknown): Promise<Result> {
    const orm = em.getConnection();
    const byDirectory = this.#byOrm.get(orm) ?? new Map<string, Gathering<Task, Result>>();
    this.#byOrm.set(orm, byDirectory);
    // Whoever comes first lends its `em` to all: only the connections behind it matter.
    const gathering =
      byDirectory.get(directoryId) ?? new Gathering((tasks) => this.doTogether(em, directoryId, tasks), this.limits);
    byDirectory.set(directoryId, gathering);
    try {
      return await gathering.do(task, subject);
    } finally {
      // One that was given up for its patience may end after another gathering has taken this one's place.
      if (gathering.isIdle && byDirectory.get(directoryId) === gathering) byDirectory.delete(directoryId);
    }
  }
}
