import { expect, test } from '@jest/globals';
import type { Json } from '../../../packages/scim-rehearsal/src/client/json.js';
import { isExactValue, isSameValue } from '../../../packages/scim-rehearsal/src/client/value-equality.js';

test.each<[Json, Json | undefined, boolean]>([
  ['a', 'a', true],
  ['a', 'A', false],
  ['a', undefined, false],
  [['a', 'b'], ['b', 'a'], true],
  [['a', 'b'], ['a'], false],
  ['a', ['a'], true],
  ['a', [{ value: 'a', primary: true }], true],
  [['a'], [{ value: 'b' }], false],
  ['2026-03-01T09:30:00Z', '2026-03-01T10:30:00+01:00', false],
])('Entra compares %j with stored %j: %j', (sent, stored, isSame) => {
  expect(isSameValue(sent, stored)).toBe(isSame);
});

test.each<[Json, Json, boolean]>([
  ['2026-03-01T09:30:00Z', '2026-03-01T10:30:00.000+01:00', true],
  ['2026-03-01T09:30:00Z', '2026-03-01T09:30:01Z', false],
  ['2026-03-01', '2026-03-01T00:00:00Z', false],
  ['+1 (425) 555-0100', '+14255550100', false],
  ['a', ['a'], false],
  [7.25, 7.25, true],
  [7, '7', false],
  [true, 'true', false],
])('the validators compare %j with stored %j: %j', (sent, stored, isExact) => {
  expect(isExactValue(sent, stored)).toBe(isExact);
});
