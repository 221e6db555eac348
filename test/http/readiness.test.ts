import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { FreezingProxy } from '../support/freezing-proxy.js';
import { startTestServer, type TestServer } from '../support/server.js';

let database: TestDatabase;
let proxy: FreezingProxy;
let server: TestServer;

beforeAll(async () => {
  database = await createTestDatabase();
  proxy = await FreezingProxy.open(database.url);
  server = await startTestServer({ databaseUrl: proxy.url() });
});

afterAll(async () => {
  proxy.thaw();
  await server.stop();
  await proxy.close();
  await database.drop();
});

test('/readyz returns 503 while the database neither answers nor closes connections, and 200 afterwards', async () => {
  const readyz = () => fetch(`${server.url}/readyz`);
  expect((await readyz()).status).toBe(200);
  proxy.freeze();
  const answer = await readyz();
  expect([answer.status, await answer.json()]).toEqual([503, { status: 'the database does not answer' }]);
  proxy.thaw();
  expect((await readyz()).status).toBe(200);
});
