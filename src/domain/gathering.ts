import type { EntityManager } from '@mikro-orm/postgresql';

/** Something to be done, and what it is about. */
interface Call<Task, Result> {
  readonly task: Task;
  readonly subject: unknown;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/** What is done together: gives a result for each task, in their order; where it fails, each of them fails. */
type DoTogether<Task, Result> = (tasks: readonly Task[]) => Promise<readonly Result[]>;

export interface GatheringLimits {
  /** While fewer tasks than this are under way, the next begins at once. */
  readonly apart: number;
  /** How many tasks are done together at most. */
  readonly together: number;
  /** How long others wait for tasks that are under way, in milliseconds: nobody is held up by a connection that hangs. */
  readonly patience: number;
}

/**
 * Tasks that come while enough others are under way wait for those, and are then done together: few never wait, and the
 * more there are, the less each costs. Two that are about the same are done one after the other, in their order.
 */
export class Gathering<Task, Result> {
  #waiting: Array<Call<Task, Result>> = [];
  /** What those that are under way are about. */
  readonly #subjects = new Set<unknown>();

  constructor(
    private readonly doTogether: DoTogether<Task, Result>,
    private readonly limits: GatheringLimits,
  ) {}

  /** Whether nothing is under way and nothing waits. */
  get isIdle(): boolean {
    return this.#subjects.size === 0;
  }

  /**
   * Does a task as soon as there is room for it.
   *
   * @param subject what it is about; left out, it is about nothing that any other is about
   */
  do(task: Task, subject: unknown = {}): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ task, subject, resolve, reject });
      void this.#begin();
    });
  }

  async #begin(): Promise<void> {
    const calls = this.#subjects.size < this.limits.apart ? this.#take() : [];
    if (calls.length === 0) return;
    let isOver = false;
    const finish = (): void => {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      for (const { subject } of calls) this.#subjects.delete(subject);
      void this.#begin();
    };
    const timer = setTimeout(finish, this.limits.patience);
    try {
      const results = await this.doTogether(calls.map(({ task }) => task));
      for (const [index, { resolve }] of calls.entries()) resolve(results[index] as Result);
    } catch (error) {
      for (const { reject } of calls) reject(error);
    }
    finish();
  }

  /** The first of those that wait and are about nothing that is under way; they are under way then. */
  #take(): Array<Call<Task, Result>> {
    const taken: Array<Call<Task, Result>> = [];
    const left: Array<Call<Task, Result>> = [];
    for (const call of this.#waiting) {
      if (taken.length < this.limits.together && !this.#subjects.has(call.subject)) {
        this.#subjects.add(call.subject);
        taken.push(call);
      } else {
        left.push(call);
      }
    }
    this.#waiting = left;
    return taken;
  }
}

/** The gatherings for one kind of task: one for each ORM and directory that has any under way. */
export class DirectoryGatherings<Task, Result> {
  readonly #byOrm = new WeakMap<object, Map<string, Gathering<Task, Result>>>();

  constructor(
    private readonly doTogether: (
      em: EntityManager,
      directoryId: string,
      ...tasks: Parameters<DoTogether<Task, Result>>
    ) => ReturnType<DoTogether<Task, Result>>,
    private readonly limits: GatheringLimits,
  ) {}

  /** Does a task of a directory as `Gathering.do` does. */
  async do(em: EntityManager, directoryId: string, task: Task, subject?: unknown): Promise<Result> {
    const orm = em.getConnection();
    const byDirectory = this.#byOrm.get(orm) ?? new Map<string, Gathering<Task, Result>>();
    this.#byOrm.set(orm, byDirectory);
    const gathering =
      byDirectory.get(directoryId) ?? new Gathering((tasks) => this.doTogether(em, directoryId, tasks), this.limits);
    byDirectory.set(directoryId, gathering);
    try {
      return await gathering.do(task, subject);
    } finally {
      if (gathering.isIdle) byDirectory.delete(directoryId);
    }
  }
}
