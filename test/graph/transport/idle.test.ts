import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readMetric } from '../../support/metrics.js';
import { until } from '../../support/portico-process.js';
import { startTestServer, type TestServer } from '../../support/server.js';
import { recordStatements } from '../../support/statements.js';
import { StreamClient } from '../../support/stream-client.js';
import { RawSocket } from './raw-socket.js';

const QUERY = 'subscription { directoryEvents { id } }';
const SECONDS = 3;

const recorder = recordStatements();
let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ clientClass: recorder.clientClass });
});
afterAll(() => server.stop());

test('two thousand idle subscriptions take two statements twice a second: one for all logs, one for all tokens', async () => {
  const sockets: RawSocket[] = [];
  const streams: StreamClient[] = [];
  for (let directory = 0; directory < 4; directory++) {
    const { graphqlToken: token } = await server.createDirectory();
    for (let index = 0; index < 5; index++) {
      const socket = await RawSocket.open(server.url);
      await socket.init(token);
      for (let id = 0; id < 100; id++) socket.send({ id: String(id), type: 'subscribe', payload: { query: QUERY } });
      sockets.push(socket);
      streams.push(await StreamClient.open({ url: server.url, token, query: QUERY }));
    }
  }
  expect(await readMetric(server.url, 'portico_websockets')).toBe(20);
  expect(await readMetric(server.url, 'portico_event_streams')).toBe(20);
  const take = (): string[] =>
    recorder
      .take()
      .map(({ text }) => text)
      .filter((text) => !/idempotency_keys|pruned_sequence \+ 1/.test(text));
  await until('all are idle', async () => {
    take();
    await new Promise((resolve) => setTimeout(resolve, 500));
    return take().length <= 4;
  });
  take();
  await new Promise((resolve) => setTimeout(resolve, SECONDS * 1_000));
  const statements = take();
  const [heads, tokens] = ['join directory_counters counter on', 'from tokens where id = any'].map(
    (part) => statements.filter((text) => text.includes(part)).length,
  );
  expect(heads! + tokens!).toBe(statements.length);
  for (const count of [heads!, tokens!]) {
    expect(count).toBeGreaterThan(1);
    expect(count).toBeLessThanOrEqual(SECONDS * 2 + 1);
  }
  for (const socket of sockets) socket.socket.close();
  for (const stream of streams) stream.cut();
});
