import { describe, expect, test } from '@jest/globals';
import { TokenBucket } from '../../../src/graph/operation/token-bucket.js';
import { Harness, send } from '../harness.js';
import { TRANSPORTS } from './transports.js';

describe('a budget', () => {
  function at(seconds: { now: number }): TokenBucket {
    return new TokenBucket({ capacity: 100, perSecond: 10 }, () => seconds.now * 1000);
  }

  test('is spent and refilled, but never beyond its capacity', () => {
    const clock = { now: 0 };
    const budget = at(clock);
    expect(budget.spend('a', 60)).toEqual({ capacity: 100, perSecond: 10, available: 40, enoughIn: 0 });
    clock.now = 1.5;
    expect(budget.spend('a', 5).available).toBe(50);
    clock.now = 1_000;
    expect(budget.spend('a', 1).available).toBe(99);
  });

  test('that is too small is not spent, and returns when it is sufficient', () => {
    const clock = { now: 0 };
    const budget = at(clock);
    budget.spend('a', 95);
    expect(budget.spend('a', 26)).toEqual({ capacity: 100, perSecond: 10, available: 5, enoughIn: 3 });
    expect(budget.spend('a', 5).enoughIn).toBe(0);
    clock.now = 2.5;
    expect(budget.spend('a', 26).enoughIn).toBe(1);
    clock.now = 2.6;
    expect(budget.spend('a', 26).enoughIn).toBe(0);
  });

  test('is separate for each token', () => {
    const budget = at({ now: 0 });
    budget.spend('a', 100);
    expect(budget.spend('b', 100).enoughIn).toBe(0);
    expect(budget.spend('a', 1).enoughIn).toBe(1);
  });
});

describe('a server with a budget for each token', () => {
  const environment = { PORTICO_COST_BUDGET: '50', PORTICO_COST_PER_SECOND: '1', PORTICO_MAX_COST: '1000' };
  const query = 'query ($first: Int!) { directory { users(first: $first) { nodes { id } } } }';

  test('returns the budget, rejects operations beyond it with 429 in every media type, and serves other tokens', async () => {
    const harness = await Harness.start({ environment });
    const { directory, server } = harness;
    const first = await harness.send(query, { first: 38 });
    expect(first.extensions.cost).toEqual({
      requested: 40,
      limit: 50,
      budget: { capacity: 50, perSecond: 1, available: 10 },
    });
    for (const accept of ['application/json', 'application/graphql-response+json']) {
      const body = JSON.stringify({ query, variables: { first: 38 } });
      const answer = await send(harness.url, directory.graphqlToken, body, { headers: { accept } });
      const { code, retryAfter } = answer.errors[0].extensions;
      expect([answer.status, code, answer.data]).toEqual([429, 'RATE_LIMITED', undefined]);
      expect(answer.headers.get('retry-after')).toBe(String(retryAfter));
      expect(retryAfter).toBeGreaterThan(20);
      expect(retryAfter).toBeLessThanOrEqual(30);
      expect(answer.errors[0].message).toMatch(
        /^The operation costs 40, but the budget of the token has only 1\d left. Retry in \d\d seconds$/,
      );
      expect(answer.extensions.cost).toMatchObject({ requested: 40, budget: { capacity: 50 } });
    }
    // A cost beyond the whole budget is refused for good, not until later.
    expect(await harness.code(query, { first: 60 })).toBe('LIMIT_EXCEEDED');
    const other = await server.createToken({ directory, kind: 'graphql' });
    expect((await harness.send(query, { first: 38 }, other.secret)).errors).toEqual([]);
    await harness.stop();
  });

  test('adds up the costs of a token over all transports', async () => {
    const harness = await Harness.start({ environment });
    const left = [];
    for (const ask of Object.values(TRANSPORTS)) {
      const { extensions } = await ask(harness, { query, variables: { first: 8 } }, harness.directory.graphqlToken);
      left.push(extensions.cost.budget.available);
    }
    expect(left.map((available, index) => available >= 40 - 10 * index && available <= 45 - 10 * index)).toEqual([
      true,
      true,
      true,
      true,
    ]);
    for (const ask of Object.values(TRANSPORTS)) {
      const { errors } = await ask(harness, { query, variables: { first: 40 } }, harness.directory.graphqlToken);
      expect(errors[0].extensions.code).toBe('RATE_LIMITED');
    }
    await harness.stop();
  });
});
