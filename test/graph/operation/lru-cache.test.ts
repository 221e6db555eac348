import { expect, test } from '@jest/globals';
import { LruCache } from '../../../src/graph/operation/lru-cache.js';

function keysOf(cache: LruCache<string, number>): string {
  return 'abcdef'
    .split('')
    .filter((key) => cache.get(key) !== undefined)
    .join('');
}

test('with too many entries the least recently used one is evicted', () => {
  const cache = new LruCache<string, number>({ entries: 3, weight: 100 });
  for (const key of ['a', 'b', 'c']) cache.set(key, 0, 1);
  cache.get('a');
  cache.set('d', 3, 1);
  expect(keysOf(cache)).toBe('acd');
});

test('entries are evicted until the total weight is within its limit', () => {
  const cache = new LruCache<string, number>({ entries: 10, weight: 10 });
  for (const key of 'abcd') cache.set(key, 0, 2);
  cache.set('e', 0, 6);
  expect(keysOf(cache)).toBe('cde');
});

test('a replaced entry has its new weight, and an entry above the total weight is not stored', () => {
  const cache = new LruCache<string, number>({ entries: 10, weight: 10 });
  for (let times = 0; times < 20; times++) cache.set('a', times, 9);
  cache.set('b', 1, 1);
  expect([cache.get('a'), keysOf(cache)]).toEqual([19, 'ab']);
  cache.set('a', 1, 11);
  expect(keysOf(cache)).toBe('b');
});
