import { expect, test } from '@jest/globals';
import { LruCache } from '../../../src/graph/operation/lru-cache.js';

function held(cache: LruCache<string, number>): string {
  return 'abcdef'
    .split('')
    .filter((key) => cache.get(key) !== undefined)
    .join('');
}

test('of too many entries the longest unused is forgotten', () => {
  const cache = new LruCache<string, number>({ entries: 3, weight: 100 });
  for (const key of ['a', 'b', 'c']) cache.set(key, 0, 1);
  cache.get('a');
  cache.set('d', 3, 1);
  expect(held(cache)).toBe('acd');
});

test('of entries too heavy together as many are forgotten as it takes', () => {
  const cache = new LruCache<string, number>({ entries: 10, weight: 10 });
  for (const key of 'abcd') cache.set(key, 0, 2);
  cache.set('e', 0, 6);
  expect(held(cache)).toBe('cde');
});

test('an entry that is set again has its new weight; one heavier than the limit is not kept', () => {
  const cache = new LruCache<string, number>({ entries: 10, weight: 10 });
  for (let times = 0; times < 20; times++) cache.set('a', times, 9);
  cache.set('b', 1, 1);
  expect([cache.get('a'), held(cache)]).toEqual([19, 'ab']);
  cache.set('a', 1, 11);
  expect(held(cache)).toBe('b');
});
