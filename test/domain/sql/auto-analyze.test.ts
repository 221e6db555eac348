import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { AutoAnalyze } from '../../../src/domain/sql/auto-analyze.js';
import { Planner } from '../../support/query-plan.js';
import { until } from '../../support/portico-process.js';
import { equals, ScimClient } from '../../support/scim-client.js';
import { startTestServer, type TestServer } from '../../support/server.js';
import { recordStatements } from '../../support/statements.js';

const recorder = recordStatements();
let server: TestServer;
let scim: ScimClient;

beforeAll(async () => {
  server = await startTestServer({ clientClass: recorder.clientClass });
  // Autovacuum would run ANALYZE too, within a minute.
  await server.database.pool.query('alter table users set (autovacuum_enabled = off)');
  const directory = await server.createDirectory();
  scim = new ScimClient(directory.scimUrl, directory.scimToken);
});
afterAll(() => server.stop());

async function provision(from: number, to: number): Promise<void> {
  for (let number = from; number < to; number += 10) {
    const people = Array.from({ length: 10 }, (_, index) => `person-${number + index}@example.com`);
    await Promise.all(people.map((userName) => scim.post('/Users', { schemas: [], userName })));
  }
}

/** Returns the row count that the planner assumes for the table; -1 without statistics. */
async function knownUsers(): Promise<number> {
  const { rows } = await server.database.pool.query<{ reltuples: number }>(
    `select reltuples from pg_class where oid = 'users'::regclass`,
  );
  return rows[0]!.reltuples;
}

test('growing tables are analyzed, so that a match in an initial cycle reads one user and not all', async () => {
  expect(await knownUsers()).toBe(-1);
  await provision(0, 400);
  await until('it knows of them', async () => (await knownUsers()) >= 200);
  await provision(400, 1_400);
  await until('it knows of more of them', async () => (await knownUsers()) >= 500);

  recorder.take();
  expect((await scim.get('/Users', { filter: equals('userName', 'person-700@example.com') })).body.totalResults).toBe(
    1,
  );
  const statements = recorder.take().filter(({ text }) => text.includes('from users u'));
  const planner = new Planner(server.database.url);
  await planner.open();
  const { nodes } = await planner.explain(statements);
  await planner.close();
  const reads = nodes.filter(({ relation }) => relation === 'users');
  expect(reads.map(({ index }) => index)).toContain('users_user_name_key');
  expect(reads.reduce((sum, { rows, removed }) => sum + rows + removed, 0)).toBe(1);
});

test('tables that have not grown are not analyzed again', async () => {
  const analyzed = async (): Promise<number> => {
    const { rows } = await server.database.pool.query<{ times: string }>(
      'select sum(analyze_count) as times from pg_stat_user_tables',
    );
    return Number(rows[0]!.times);
  };
  const statistics = new AutoAnalyze(server.store, () => undefined);
  await statistics.refresh();
  const before = await analyzed();
  await statistics.refresh();
  expect([before > 0, await analyzed()]).toEqual([true, before]);
});
