import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { runOnce, subscribe, type Service } from '../../graphiql/run.js';
import { Harness } from '../graph/harness.js';
import { until } from '../support/portico-process.js';

let harness: Harness;
let service: Service;

beforeAll(async () => {
  harness = await Harness.start();
  service = { url: `${harness.url}/graphql`, token: harness.directory.graphqlToken };
});

afterAll(() => harness.stop());

/** Starts a subscription and records its answers and ends. */
function follow(as: Service, query = 'subscription Gone { userDeprovisioned { userName } }') {
  const received = { answers: [] as unknown[], endings: [] as Array<string | undefined> };
  const stop = subscribe(
    as,
    { query },
    { next: (answer) => received.answers.push(answer), ended: (trouble) => received.endings.push(trouble) },
  );
  return { received, stop };
}

describe('Operations of the page', () => {
  test('a query is sent with the token, its operation name and its variables', async () => {
    const query = 'query A { __typename } query B($slug: String) { directory(slug: $slug) { slug } }';
    const { slug } = harness.directory;
    expect(await runOnce(service, { query, operationName: 'B', variables: { slug } })).toMatchObject({
      data: { directory: { slug } },
    });
  });

  test('an error response is returned as an answer', async () => {
    expect(await runOnce({ ...service, token: 'nonsense' }, { query: '{ __typename }' })).toMatchObject({
      errors: [{ extensions: { code: 'UNAUTHENTICATED' } }],
    });
  });

  test('an answer that is not JSON is reported with its status', async () => {
    const proxy = createServer((_request, response) => response.writeHead(502).end('<h1>Bad Gateway</h1>'));
    await once(proxy.listen(0, '127.0.0.1'), 'listening');
    const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}/graphql`;
    const asked = runOnce({ ...service, url }, { query: '{ __typename }' });
    await expect(asked).rejects.toThrow(/^502 Bad Gateway, and the response is not JSON$/);
    proxy.close();
  });

  test('a subscription delivers until it is stopped', async () => {
    const { received, stop } = follow(service, 'subscription { directoryEvents(from: EARLIEST) { type } }');
    await harness.createUser({ userName: 'first' });
    await until('an event has come', () => received.answers.length > 0);
    expect(received.answers[0]).toEqual({ data: { directoryEvents: { type: 'USER_PROVISIONED' } } });
    stop();
    expect(received.endings).toEqual([undefined]);
  });

  test('a subscription that the server rejects returns the error and ends', async () => {
    const { received } = follow(service, 'subscription { nothing }');
    await until('it has ended', () => received.endings.length > 0);
    expect(received).toMatchObject({
      answers: [{ errors: [{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }] }],
      endings: [undefined],
    });
  });

  test('an invalid token ends a subscription with a message', async () => {
    const { received } = follow({ ...service, token: 'nonsense' });
    await until('it has ended', () => received.endings.length > 0);
    expect(received).toEqual({ answers: [], endings: ['The token is invalid, has expired or was revoked'] });
  });

  test('a lost connection ends a subscription, which does not reconnect because it would miss events', async () => {
    const other = await Harness.start();
    const { received } = follow({ url: `${other.url}/graphql`, token: other.directory.graphqlToken });
    await until('it listens', async () => {
      const metrics = await (await fetch(`${other.url}/metrics`)).text();
      return metrics.includes('portico_websockets 1');
    });
    await other.stop();
    await until('it has ended', () => received.endings.length > 0);
    expect(received).toEqual({ answers: [], endings: ['The connection closed with 1001 (Going away)'] });
  });
});
