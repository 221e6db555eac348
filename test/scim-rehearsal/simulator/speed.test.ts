import { expect, test } from '@jest/globals';
import { hasFailed, type Exchange } from '../../../packages/scim-rehearsal/src/client/exchange.js';
import { Speed } from '../../../packages/scim-rehearsal/src/simulator/speed.js';

const exchange = (by: Exchange['by'], status?: number): Exchange => ({
  number: 1,
  step: 'change user',
  by,
  method: 'PATCH',
  url: 'https://app.example/scim/Users/1',
  request: { headers: {} },
  milliseconds: 5,
  ...(status === undefined ? {} : { response: { status, headers: {} } }),
});

test.each<[Exchange['by'], number | undefined, boolean]>([
  ['entra', 204, false],
  ['entra', 400, true],
  ['entra', 429, true],
  ['entra', 500, true],
  ['entra', undefined, true],
  ['check', 404, false],
  ['check', 500, true],
  ['check', undefined, true],
  ['removal', 404, false],
])('a request of %s that is answered with %p has failed: %p', (by, status, expected) => {
  expect(hasFailed(exchange(by, status))).toBe(expected);
});

test('the table of speed counts what was refused as failed', () => {
  const speed = new Speed();
  for (const status of [204, 400, 409, 503]) speed.note(exchange('entra', status));
  speed.note(exchange('check', 400));
  expect(speed.kinds).toMatchObject([{ step: 'change user', count: 4, failures: 3 }]);
});
