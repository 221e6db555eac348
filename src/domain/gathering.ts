/** Something to be done, and what it is about. */
interface Call<Task, Result> {
  readonly task: Task;
  readonly subject: string;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

export interface GatheringLimits {
  /** While fewer tasks than this are under way, the next begins at once. */
  readonly apart: number;
  /** How many tasks are done together at most. */
  readonly together: number;
}

/**
 * Tasks that come while enough others are under way wait for those, and are then done together: few never wait, and the
 * more there are, the less each costs. Two that are about the same are done one after the other, in their order.
 */
export class Gathering<Task, Result> {
  #waiting: Array<Call<Task, Result>> = [];
  /** What those that are under way are about. */
  readonly #subjects = new Set<string>();

  /** @param doTogether does some tasks and gives a result for each, in their order; where it fails, each of them fails */
  constructor(
    private readonly doTogether: (tasks: readonly Task[]) => Promise<readonly Result[]>,
    private readonly limits: GatheringLimits,
  ) {}

  /** Whether nothing is under way and nothing waits. */
  get isIdle(): boolean {
    return this.#subjects.size === 0;
  }

  /** Does a task as soon as there is room for it. */
  do(task: Task, subject: string): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ task, subject, resolve, reject });
      void this.#begin();
    });
  }

  async #begin(): Promise<void> {
    const calls = this.#subjects.size < this.limits.apart ? this.#take() : [];
    if (calls.length === 0) return;
    try {
      const results = await this.doTogether(calls.map(({ task }) => task));
      for (const [index, { resolve }] of calls.entries()) resolve(results[index] as Result);
    } catch (error) {
      for (const { reject } of calls) reject(error);
    }
    for (const { subject } of calls) this.#subjects.delete(subject);
    void this.#begin();
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
