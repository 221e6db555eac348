import { describe, expect, test } from '@jest/globals';
import { abortableIterator } from '../../../src/domain/concurrency/abortable-iterator.js';

/** Yields the numbers, then waits until it is aborted. */
async function* live(numbers: readonly number[], signal: AbortSignal): AsyncGenerator<number, void, undefined> {
  yield* numbers;
  if (!signal.aborted) await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
}

function start(numbers: readonly number[]): {
  readonly iterator: AsyncIterableIterator<string, void, undefined>;
  readonly aborts: () => number;
} {
  const controller = new AbortController();
  let aborts = 0;
  const abort = (): void => {
    aborts++;
    controller.abort();
  };
  return {
    iterator: abortableIterator(live(numbers, controller.signal), (number) => `item ${number}`, abort),
    aborts: () => aborts,
  };
}

describe('an abortable iterator', () => {
  test('maps the items of its source', async () => {
    const { iterator } = start([1, 2]);
    const items: string[] = [];
    for await (const item of iterator) {
      items.push(item);
      if (items.length === 2) break;
    }
    expect(items).toEqual(['item 1', 'item 2']);
  });

  test('returns while `next` is pending, and ends it', async () => {
    const { iterator, aborts } = start([]);
    const pending = iterator.next();
    expect(await iterator.return?.()).toEqual({ done: true, value: undefined });
    expect(await pending).toEqual({ done: true, value: undefined });
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
    expect(aborts()).toBe(1);
  });

  test('aborts once when its source fails or an item cannot be mapped', async () => {
    async function* failing(): AsyncGenerator<number, void, undefined> {
      yield 1;
      throw new Error('the source failed');
    }
    let aborts = 0;
    const abort = (): void => {
      aborts++;
    };
    const iterator = abortableIterator(failing(), String, abort);
    await iterator.next();
    await expect(iterator.next()).rejects.toThrow('the source failed');
    await iterator.return();
    expect(aborts).toBe(1);
    const unmapped = abortableIterator(
      failing(),
      () => {
        throw new Error('no item');
      },
      abort,
    );
    await expect(unmapped.next()).rejects.toThrow('no item');
    expect(aborts).toBe(2);
  });

  test('works over a source without `return`', async () => {
    const source = { next: async () => ({ done: true, value: undefined }) as const };
    const iterator = abortableIterator<string, string>(source, String);
    expect(await iterator.return()).toEqual({ done: true, value: undefined });
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
  });
});
