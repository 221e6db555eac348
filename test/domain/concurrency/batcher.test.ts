import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { BatcherPerDirectory, Batcher, type BatcherLimits } from '../../../src/domain/concurrency/batcher.js';

interface Round {
  readonly tasks: readonly string[];
  readonly end: (how?: 'well' | 'badly') => Promise<void>;
}

/** A batcher whose batches end when the test says so; a task is named after its subject, as in `a1`. */
class Watched {
  readonly rounds: Round[] = [];
  readonly ended: string[] = [];
  readonly batcher: Batcher<string, string>;

  constructor(limits: Partial<BatcherLimits>) {
    this.batcher = new Batcher(
      (tasks) => {
        const { promise, resolve, reject } = Promise.withResolvers<string[]>();
        this.rounds.push({
          tasks,
          end: async (how = 'well') => {
            if (how === 'well') resolve(tasks.map((task) => `${task} done`));
            else reject(new Error(`${tasks.join(' ')} failed`));
            await new Promise(setImmediate);
          },
        });
        return promise;
      },
      { maxConcurrentBatches: 1, maxBatchSize: 1, stallTimeout: 60_000, queueTimeout: 60_000, ...limits },
    );
  }

  do(...tasks: readonly string[]): void {
    for (const task of tasks) {
      this.batcher.run(task, task.charAt(0)).then(
        (result) => this.ended.push(result),
        (error: unknown) => this.ended.push(`${task}: ${(error as Error).message}`),
      );
    }
  }

  get tasks(): ReadonlyArray<readonly string[]> {
    return this.rounds.map(({ tasks }) => tasks);
  }
}

describe('tasks that are batched', () => {
  test('begin at once while few are under way, and are then run as one batch', async () => {
    const watched = new Watched({ maxConcurrentBatches: 2, maxBatchSize: 3 });
    watched.do('a', 'b', 'c', 'd', 'e', 'f', 'g');
    expect(watched.tasks).toEqual([['a'], ['b']]);
    await watched.rounds[1]!.end();
    expect(watched.tasks.slice(2)).toEqual([['c', 'd', 'e']]);
    await watched.rounds[0]!.end();
    // Three are under way: more than may run concurrently.
    expect(watched.rounds).toHaveLength(3);
    await watched.rounds[2]!.end();
    expect(watched.tasks.slice(3)).toEqual([['f', 'g']]);
    expect(watched.batcher.isIdle).toBe(false);
    await watched.rounds[3]!.end();
    expect(watched.batcher.isIdle).toBe(true);
    expect(watched.ended).toEqual(['b', 'a', 'c', 'd', 'e', 'f', 'g'].map((task) => `${task} done`));
  });

  test('that are about the same are done one after the other, and keep nobody else waiting', async () => {
    const watched = new Watched({ maxConcurrentBatches: 2, maxBatchSize: 3 });
    watched.do('a1', 'a2', 'b1', 'a3', 'c1');
    expect(watched.tasks).toEqual([['a1'], ['b1']]);
    await watched.rounds[1]!.end();
    expect(watched.tasks[2]).toEqual(['c1']);
    await watched.rounds[0]!.end();
    expect(watched.tasks[3]).toEqual(['a2']);
    await watched.rounds[3]!.end();
    expect(watched.tasks[4]).toEqual(['a3']);
    for (const { end } of watched.rounds) await end();
    expect(watched.batcher.isIdle).toBe(true);
  });

  test('fail with those they were done with, and with no others', async () => {
    const watched = new Watched({ maxConcurrentBatches: 1, maxBatchSize: 2 });
    watched.do('a', 'b', 'c', 'd');
    await watched.rounds[0]!.end();
    await watched.rounds[1]!.end('badly');
    await watched.rounds[2]!.end();
    expect(watched.ended).toEqual(['a done', 'b: b c failed', 'c: b c failed', 'd done']);
    expect(watched.batcher.isIdle).toBe(true);
  });

  test('that take too long hold up nobody any more', async () => {
    const watched = new Watched({ maxBatchSize: 3, stallTimeout: 20 });
    watched.do('a1');
    watched.do('b1', 'a2');
    expect(watched.tasks).toEqual([['a1']]);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(watched.tasks).toEqual([['a1'], ['b1', 'a2']]);
    watched.do('c1');
    await watched.rounds[0]!.end();
    // A batch that had timed out frees no slot when it ends.
    expect(watched.rounds).toHaveLength(2);
    await watched.rounds[1]!.end();
    await watched.rounds[2]!.end();
    expect(watched.ended).toEqual(['a1', 'b1', 'a2', 'c1'].map((task) => `${task} done`));
    expect(watched.batcher.isIdle).toBe(true);
  });

  test('whose result takes longer than what they share keep their turn, and give up their room', async () => {
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

  test('whose result fails later fail alone, and the next about the same is done', async () => {
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

  test('that wait too long are never begun, and the others go on', async () => {
    const watched = new Watched({ maxBatchSize: 3, queueTimeout: 20 });
    watched.do('a1', 'a2', 'b1');
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(watched.ended).toEqual([
      'a2: Timed out waiting for a batch to start',
      'b1: Timed out waiting for a batch to start',
    ]);
    watched.do('c1');
    await watched.rounds[0]!.end();
    await watched.rounds[1]!.end();
    expect(watched.tasks).toEqual([['a1'], ['c1']]);
    expect(watched.ended.slice(2)).toEqual(['a1 done', 'c1 done']);
    expect(watched.batcher.isIdle).toBe(true);
  });

  test('are all done, within the limits and in the order of each subject, however they come and end', async () => {
    const arrivals = fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { maxLength: 40 });
    const steps = fc.array(fc.record({ come: arrivals, end: fc.nat(), how: fc.constantFrom('well', 'badly') }), {
      maxLength: 20,
    });
    const limits = fc.record({
      maxConcurrentBatches: fc.integer({ min: 1, max: 4 }),
      maxBatchSize: fc.integer({ min: 1, max: 6 }),
    });
    await fc.assert(
      fc.asyncProperty(limits, steps, async ({ maxConcurrentBatches, maxBatchSize }, all) => {
        const watched = new Watched({ maxConcurrentBatches, maxBatchSize });
        const come: string[] = [];
        const under = new Set<Round>();
        const look = (): void => {
          for (const round of watched.rounds.slice(begun)) under.add(round);
          begun = watched.rounds.length;
          const subjects = [...under].flatMap(({ tasks }) => tasks).map((task) => task.charAt(0));
          expect(new Set(subjects).size).toBe(subjects.length);
          expect(subjects.length).toBeLessThan(maxConcurrentBatches + maxBatchSize);
          for (const { tasks } of under) expect(tasks.length).toBeLessThanOrEqual(maxBatchSize);
        };
        let begun = 0;
        const endOne = async (which: number, how: 'well' | 'badly'): Promise<void> => {
          const round = [...under][which % under.size]!;
          under.delete(round);
          await round.end(how);
          look();
        };
        for (const { come: subjects, end, how } of all) {
          const tasks = subjects.map((subject, index) => `${subject}${come.length + index}`);
          come.push(...tasks);
          watched.do(...tasks);
          look();
          if (under.size > 0) await endOne(end, how);
        }
        while (under.size > 0) await endOne(0, 'well');
        const done = watched.tasks.flat();
        expect(done.toSorted()).toEqual(come.toSorted());
        for (const subject of 'abcde') {
          const of = (tasks: readonly string[]): string[] => tasks.filter((task) => task.startsWith(subject));
          expect(of(done)).toEqual(of(come));
        }
        expect(watched.ended).toHaveLength(come.length);
        expect(watched.batcher.isIdle).toBe(true);
      }),
    );
  });
});

describe('the batchers of several directories', () => {
  const limits = { maxConcurrentBatches: 1, maxBatchSize: 5, stallTimeout: 20, queueTimeout: 60_000 };

  /** Batchers that record their batches; a task that begins with `slow` ends when it is told to. */
  function noted(): {
    readonly batchers: BatcherPerDirectory<string, string>;
    readonly rounds: string[];
    readonly end: (task: string) => void;
  } {
    const rounds: string[] = [];
    const slow = new Map<string, () => void>();
    const batchers = new BatcherPerDirectory<string, string>(async (directory, tasks) => {
      rounds.push(`${directory}: ${tasks.join(' ')}`);
      for (const task of tasks.filter((one) => one.startsWith('slow'))) {
        await new Promise<void>((resolve) => slow.set(task, resolve));
      }
      return tasks;
    }, limits);
    return { batchers, rounds, end: (task) => slow.get(task)?.() };
  }

  test('are separate for each directory', async () => {
    const { batchers, rounds } = noted();
    await Promise.all([
      ...['a', 'b', 'c'].map((task) => batchers.run('acme', task)),
      ...['d', 'e', 'f'].map((task) => batchers.run('fabrikam', task)),
    ]);
    expect(rounds).toEqual(['acme: a', 'fabrikam: d', 'acme: b c', 'fabrikam: e f']);
  });

  test('last while anything is under way, also where one that took too long ends meanwhile', async () => {
    const { batchers, rounds, end } = noted();
    const first = batchers.run('acme', 'slow 1', 'x');
    await new Promise((resolve) => setTimeout(resolve, 30));
    // Nobody waits for it any more, so what comes now begins a batcher of its own.
    await batchers.run('acme', 'quick', 'y');
    const second = batchers.run('acme', 'slow 2', 'x');
    end('slow 1');
    await first;
    const third = batchers.run('acme', 'next', 'x');
    expect(rounds).toEqual(['acme: slow 1', 'acme: quick', 'acme: slow 2']);
    end('slow 2');
    await Promise.all([second, third]);
    expect(rounds[3]).toBe('acme: next');
  });
});
