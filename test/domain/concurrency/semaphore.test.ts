import { expect, test } from '@jest/globals';
import { Semaphore, AcquireTimeout } from '../../../src/domain/concurrency/semaphore.js';

test('so many have a turn at once; the others get theirs in the order in which they came', async () => {
  const turns = new Semaphore(2);
  const had: string[] = [];
  const take = (name: string): Promise<number> => turns.acquire().then(() => had.push(name));
  await Promise.all([take('a'), take('b')]);
  const waiting = [take('c'), take('d')];
  await Promise.resolve();
  expect(had).toEqual(['a', 'b']);
  turns.release();
  await waiting[0];
  expect(had).toEqual(['a', 'b', 'c']);
  turns.release();
  await waiting[1];
  turns.release();
  turns.release();
  await Promise.all([take('e'), take('f')]);
  expect(had).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
});

test('who waits for too long is told so, and takes no turn from those who wait on', async () => {
  const turns = new Semaphore(1, 10);
  await turns.acquire();
  await expect(turns.acquire()).rejects.toThrow(AcquireTimeout);
  const next = turns.acquire();
  turns.release();
  await next;
});
