import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { serverAudits } from 'graphql-http';
import { Harness } from '../harness.js';

let harness: Harness;

beforeAll(async () => {
  harness = await Harness.start();
});

afterAll(() => harness.stop());

/** Sends the requests of the audits with a token. The second header is required by CSRF prevention for GET. */
const fetchFn: typeof fetch = (input, init) => {
  const headers = new Headers(init?.headers);
  headers.set('authorization', `Bearer ${harness.directory.graphqlToken}`);
  headers.set('apollo-require-preflight', 'true');
  return fetch(input, { ...init, headers });
};

const audits = serverAudits({ url: () => `${harness.url}/graphql`, fetchFn });

describe('the audits of GraphQL over HTTP', () => {
  test('are complete', () => {
    expect(audits).toHaveLength(61);
  });

  test.each(audits)('$id: the server $name', async ({ fn }) => {
    const result = await fn();
    expect([result.status, 'reason' in result ? result.reason : undefined]).toEqual(['ok', undefined]);
  });
});
