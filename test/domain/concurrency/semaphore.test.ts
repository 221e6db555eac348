import { expect, test } from '@jest/globals';
import { Semaphore, AcquireTimeout } from '../../../src/domain/concurrency/semaphore.js';

test('waiting callers acquire the semaphore in the order of their calls', async () => {
  const semaphore = new Semaphore(2);
  const acquired: string[] = [];
  const acquire = (name: string): Promise<number> => semaphore.acquire().then(() => acquired.push(name));
  await Promise.all([acquire('a'), acquire('b')]);
  const waiting = [acquire('c'), acquire('d')];
  await Promise.resolve();
  expect(acquired).toEqual(['a', 'b']);
  semaphore.release();
  await waiting[0];
  expect(acquired).toEqual(['a', 'b', 'c']);
  semaphore.release();
  await waiting[1];
  semaphore.release();
  semaphore.release();
  await Promise.all([acquire('e'), acquire('f')]);
  expect(acquired).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
});

test('a caller that times out does not acquire a permit from those that still wait', async () => {
  const semaphore = new Semaphore(1, 10);
  await semaphore.acquire();
  await expect(semaphore.acquire()).rejects.toThrow(AcquireTimeout);
  const next = semaphore.acquire();
  semaphore.release();
  await next;
});
