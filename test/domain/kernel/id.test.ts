import { describe, expect, test } from '@jest/globals';
import { isId, newId } from '../../../src/domain/kernel/id.js';

describe('a new id', () => {
  test('is a UUIDv7 with the current time', () => {
    const before = Date.now();
    const id = newId();
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    const time = Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16);
    expect(time).toBeGreaterThanOrEqual(before);
    // A process that creates more than 4,096 ids in a millisecond runs slightly ahead of the clock.
    expect(time).toBeLessThan(Date.now() + 1_000);
  });

  test('sorts after all earlier ids, also within one millisecond', () => {
    const ids = Array.from({ length: 50_000 }, () => newId());
    expect(ids.toSorted()).toEqual(ids);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('sorts after all earlier ids when the clock goes back', () => {
    const far = Date.now() + 60_000;
    const ids = [newId(() => far), newId(() => far - 30_000), newId(() => far - 59_000), newId(() => far + 1)];
    expect(ids.toSorted()).toEqual(ids);
  });

  test('cannot be guessed from the previous one', () => {
    const tails = Array.from({ length: 1_000 }, () => newId().slice(19));
    expect(new Set(tails).size).toBe(tails.length);
    expect(new Set(tails.map((tail) => tail.charAt(0)))).toEqual(new Set(['8', '9', 'a', 'b']));
  });
});

describe('the format of an id', () => {
  test.each([newId(), newId().toUpperCase(), '00000000-0000-0000-0000-000000000000'])('%s is an id', (text) => {
    expect(isId(text)).toBe(true);
  });

  test.each([
    '',
    'kim',
    '__proto__',
    '1',
    newId().replaceAll('-', ''),
    `{${newId()}}`,
    ` ${newId()}`,
    `${newId()}\n`,
    `${newId()}0`,
    newId().replace('7', 'g'),
    `${newId()}\0`,
  ])('%j is not an id, and is never cast to uuid in SQL', (text) => {
    expect(isId(text)).toBe(false);
  });
});
