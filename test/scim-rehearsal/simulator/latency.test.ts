import { expect, test } from '@jest/globals';
import { hasFailed, type Exchange } from '../../../packages/scim-rehearsal/src/client/exchange.js';
import { LatencyRecorder, percentile } from '../../../packages/scim-rehearsal/src/simulator/latency.js';

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
])('a request of %s with the status %p has failed: %p', (by, status, expected) => {
  expect(hasFailed(exchange(by, status))).toBe(expected);
});

test('rejected requests count as failed in the latency figures, and checks are not included', () => {
  const latency = new LatencyRecorder();
  for (const status of [204, 400, 409, 503]) latency.record(exchange('entra', status));
  latency.record(exchange('check', 400));
  expect(latency.steps).toMatchObject([{ step: 'change user', count: 4, failures: 3 }]);
});

test('a percentile is the smallest value that the fraction does not exceed', () => {
  expect([
    percentile([], 0.5),
    percentile([1], 0.99),
    percentile([1, 2, 3, 4], 0.5),
    percentile([1, 2, 3, 4], 0.99),
  ]).toEqual([0, 1, 2, 4]);
});
