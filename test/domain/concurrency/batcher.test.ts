import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { BatcherPerDirectory, Batcher, type BatcherLimits } from '../../../src/domain/concurrency/batcher.js';

interface Batch {
  readonly tasks: readonly string[];
  readonly end: (outcome?: Outcome) => Promise<void>;
}

type Outcome = 'success' | 'failure';

/** A batcher whose batches are ended by the test. The first letter of a task is its subject, as in `a1`. */
class ControlledBatcher {
  readonly batches: Batch[] = [];
  readonly ended: string[] = [];
  readonly batcher: Batcher<string, string>;

  constructor(limits: Partial<BatcherLimits>) {
    this.batcher = new Batcher(
      (tasks) => {
        const { promise, resolve, reject } = Promise.withResolvers<string[]>();
        this.batches.push({
          tasks,
          end: async (outcome = 'success') => {
            if (outcome === 'success') resolve(tasks.map((task) => `${task} done`));
            else reject(new Error(`${tasks.join(' ')} failed`));
            await new Promise(setImmediate);
          },
        });
        return promise;
      },
      { maxConcurrentBatches: 1, maxBatchSize: 1, stallTimeout: 60_000, queueTimeout: 60_000, ...limits },
    );
  }

  run(...tasks: readonly string[]): void {
    for (const task of tasks) {
      this.batcher.run(task, task.charAt(0)).then(
        (result) => this.ended.push(result),
        (error: unknown) => this.ended.push(`${task}: ${(error as Error).message}`),
      );
    }
  }

  get tasks(): ReadonlyArray<readonly string[]> {
    return this.batches.map(({ tasks }) => tasks);
  }
}

describe('batched tasks', () => {
  test('start at once while few batches are running, and otherwise queue for one batch', async () => {
    const controlled = new ControlledBatcher({ maxConcurrentBatches: 2, maxBatchSize: 3 });
    controlled.run('a', 'b', 'c', 'd', 'e', 'f', 'g');
    expect(controlled.tasks).toEqual([['a'], ['b']]);
    await controlled.batches[1]!.end();
    expect(controlled.tasks.slice(2)).toEqual([['c', 'd', 'e']]);
    await controlled.batches[0]!.end();
    // Three tasks are running: more than the maximum of concurrent batches.
    expect(controlled.batches).toHaveLength(3);
    await controlled.batches[2]!.end();
    expect(controlled.tasks.slice(3)).toEqual([['f', 'g']]);
    expect(controlled.batcher.isIdle).toBe(false);
    await controlled.batches[3]!.end();
    expect(controlled.batcher.isIdle).toBe(true);
    expect(controlled.ended).toEqual(['b', 'a', 'c', 'd', 'e', 'f', 'g'].map((task) => `${task} done`));
  });

  test('of the same subject run one after another, without delaying other subjects', async () => {
    const controlled = new ControlledBatcher({ maxConcurrentBatches: 2, maxBatchSize: 3 });
    controlled.run('a1', 'a2', 'b1', 'a3', 'c1');
    expect(controlled.tasks).toEqual([['a1'], ['b1']]);
    await controlled.batches[1]!.end();
    expect(controlled.tasks[2]).toEqual(['c1']);
    await controlled.batches[0]!.end();
    expect(controlled.tasks[3]).toEqual(['a2']);
    await controlled.batches[3]!.end();
    expect(controlled.tasks[4]).toEqual(['a3']);
    for (const { end } of controlled.batches) await end();
    expect(controlled.batcher.isIdle).toBe(true);
  });

  test('fail together with their batch only', async () => {
    const controlled = new ControlledBatcher({ maxConcurrentBatches: 1, maxBatchSize: 2 });
    controlled.run('a', 'b', 'c', 'd');
    await controlled.batches[0]!.end();
    await controlled.batches[1]!.end('failure');
    await controlled.batches[2]!.end();
    expect(controlled.ended).toEqual(['a done', 'b: b c failed', 'c: b c failed', 'd done']);
    expect(controlled.batcher.isIdle).toBe(true);
  });

  test('that exceed the stall timeout no longer delay others', async () => {
    const controlled = new ControlledBatcher({ maxBatchSize: 3, stallTimeout: 20 });
    controlled.run('a1');
    controlled.run('b1', 'a2');
    expect(controlled.tasks).toEqual([['a1']]);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(controlled.tasks).toEqual([['a1'], ['b1', 'a2']]);
    controlled.run('c1');
    await controlled.batches[0]!.end();
    // A batch that had timed out frees no slot when it ends.
    expect(controlled.batches).toHaveLength(2);
    await controlled.batches[1]!.end();
    await controlled.batches[2]!.end();
    expect(controlled.ended).toEqual(['a1', 'b1', 'a2', 'c1'].map((task) => `${task} done`));
    expect(controlled.batcher.isIdle).toBe(true);
  });

  test('whose result is pending after their batch release the slot of the batch, but keep their subject busy', async () => {
    const ended: string[] = [];
    const begun: Array<readonly string[]> = [];
    const slow = Promise.withResolvers<string>();
    const batcher = new Batcher<string, string>(
      (tasks) => {
        begun.push(tasks);
        return Promise.resolve(tasks.map((task) => (task === 'b1' ? slow.promise : `${task} done`)));
      },
      { maxConcurrentBatches: 1, maxBatchSize: 3, stallTimeout: 60_000, queueTimeout: 60_000 },
    );
    const tasks = ['a1', 'b1', 'c1', 'b2', 'd1'].map((task) =>
      batcher.run(task, task.charAt(0)).then((result) => ended.push(result)),
    );
    await new Promise(setImmediate);
    expect(begun).toEqual([['a1'], ['b1', 'c1', 'd1']]);
    expect(ended).toEqual(['a1 done', 'c1 done', 'd1 done']);
    expect(batcher.isIdle).toBe(false);
    slow.resolve('b1 done');
    await Promise.all(tasks);
    expect(begun[2]).toEqual(['b2']);
    expect(ended.slice(3)).toEqual(['b1 done', 'b2 done']);
    expect(batcher.isIdle).toBe(true);
  });

  test('whose result fails after their batch fail alone, and the next task of the subject runs', async () => {
    const batcher = new Batcher<string, string>(
      (tasks) => Promise.resolve(tasks.map((task) => (task === 'a1' ? Promise.reject(new Error('late')) : task))),
      { maxConcurrentBatches: 1, maxBatchSize: 3, stallTimeout: 60_000, queueTimeout: 60_000 },
    );
    const ends = ['a1', 'a2', 'b1'].map((task) => batcher.run(task, task.charAt(0)));
    expect((await Promise.allSettled(ends)).map(({ status }) => status)).toEqual([
      'rejected',
      'fulfilled',
      'fulfilled',
    ]);
    expect(batcher.isIdle).toBe(true);
  });

  test('that exceed the queue timeout are never started, and other tasks run', async () => {
    const controlled = new ControlledBatcher({ maxBatchSize: 3, queueTimeout: 20 });
    controlled.run('a1', 'a2', 'b1');
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(controlled.ended).toEqual([
      'a2: Timed out waiting for a batch to start',
      'b1: Timed out waiting for a batch to start',
    ]);
    controlled.run('c1');
    await controlled.batches[0]!.end();
    await controlled.batches[1]!.end();
    expect(controlled.tasks).toEqual([['a1'], ['c1']]);
    expect(controlled.ended.slice(2)).toEqual(['a1 done', 'c1 done']);
    expect(controlled.batcher.isIdle).toBe(true);
  });

  test('all run, within the limits and in the order of each subject, however they arrive and end', async () => {
    const arrivals = fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { maxLength: 40 });
    const outcomes = fc.constantFrom<Outcome>('success', 'failure');
    const steps = fc.array(fc.record({ subjects: arrivals, end: fc.nat(), outcome: outcomes }), { maxLength: 20 });
    const limits = fc.record({
      maxConcurrentBatches: fc.integer({ min: 1, max: 4 }),
      maxBatchSize: fc.integer({ min: 1, max: 6 }),
    });
    await fc.assert(
      fc.asyncProperty(limits, steps, async ({ maxConcurrentBatches, maxBatchSize }, all) => {
        const controlled = new ControlledBatcher({ maxConcurrentBatches, maxBatchSize });
        const arrived: string[] = [];
        const running = new Set<Batch>();
        const check = (): void => {
          for (const batch of controlled.batches.slice(started)) running.add(batch);
          started = controlled.batches.length;
          const subjects = [...running].flatMap(({ tasks }) => tasks).map((task) => task.charAt(0));
          expect(new Set(subjects).size).toBe(subjects.length);
          expect(subjects.length).toBeLessThan(maxConcurrentBatches + maxBatchSize);
          for (const { tasks } of running) expect(tasks.length).toBeLessThanOrEqual(maxBatchSize);
        };
        let started = 0;
        const endOne = async (index: number, outcome: Outcome): Promise<void> => {
          const batch = [...running][index % running.size]!;
          running.delete(batch);
          await batch.end(outcome);
          check();
        };
        for (const { subjects, end, outcome } of all) {
          const tasks = subjects.map((subject, index) => `${subject}${arrived.length + index}`);
          arrived.push(...tasks);
          controlled.run(...tasks);
          check();
          if (running.size > 0) await endOne(end, outcome);
        }
        while (running.size > 0) await endOne(0, 'success');
        const done = controlled.tasks.flat();
        expect(done.toSorted()).toEqual(arrived.toSorted());
        for (const subject of 'abcde') {
          const of = (tasks: readonly string[]): string[] => tasks.filter((task) => task.startsWith(subject));
          expect(of(done)).toEqual(of(arrived));
        }
        expect(controlled.ended).toHaveLength(arrived.length);
        expect(controlled.batcher.isIdle).toBe(true);
      }),
    );
  });
});

describe('the batchers of several directories', () => {
  const limits = { maxConcurrentBatches: 1, maxBatchSize: 5, stallTimeout: 20, queueTimeout: 60_000 };

  /** Creates batchers that record their batches. A task that begins with `slow` ends when the test calls `end`. */
  function createRecordedBatchers(): {
    readonly batchers: BatcherPerDirectory<string, string>;
    readonly recorded: string[];
    readonly end: (task: string) => void;
  } {
    const recorded: string[] = [];
    const slow = new Map<string, () => void>();
    const batchers = new BatcherPerDirectory<string, string>(async (directory, tasks) => {
      recorded.push(`${directory}: ${tasks.join(' ')}`);
      for (const task of tasks.filter((one) => one.startsWith('slow'))) {
        await new Promise<void>((resolve) => slow.set(task, resolve));
      }
      return tasks;
    }, limits);
    return { batchers, recorded, end: (task) => slow.get(task)?.() };
  }

  test('are separate for each directory', async () => {
    const { batchers, recorded } = createRecordedBatchers();
    await Promise.all([
      ...['a', 'b', 'c'].map((task) => batchers.run('acme', task)),
      ...['d', 'e', 'f'].map((task) => batchers.run('fabrikam', task)),
    ]);
    expect(recorded).toEqual(['acme: a', 'fabrikam: d', 'acme: b c', 'fabrikam: e f']);
  });

  test('exist while a task is running, also if a stalled task ends meanwhile', async () => {
    const { batchers, recorded, end } = createRecordedBatchers();
    const first = batchers.run('acme', 'slow 1', 'x');
    await new Promise((resolve) => setTimeout(resolve, 30));
    // The stalled batcher is idle, so the next task creates a new one.
    await batchers.run('acme', 'quick', 'y');
    const second = batchers.run('acme', 'slow 2', 'x');
    end('slow 1');
    await first;
    const third = batchers.run('acme', 'next', 'x');
    expect(recorded).toEqual(['acme: slow 1', 'acme: quick', 'acme: slow 2']);
    end('slow 2');
    await Promise.all([second, third]);
    expect(recorded[3]).toBe('acme: next');
  });
});
