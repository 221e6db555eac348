import { randomBytes } from 'node:crypto';
import pg from 'pg';

/** Returns the URL of the PostgreSQL that `global-setup` started for this run. */
export function testClusterUrl(): string {
  const url = process.env['PORTICO_TEST_DATABASE_URL'];
  if (url === undefined) throw new Error('This test needs the database of `npm test`; `npm run test:unit` starts none');
  return url;
}

/** A separate database for a test. */
export interface TestDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

/** Creates a migrated database as a copy of the template of this run, or an empty one. */
export async function createTestDatabase({ empty = false } = {}): Promise<TestDatabase> {
  const name = `test_${randomBytes(8).toString('hex')}`;
  await runOnCluster(`create database ${name} template ${empty ? 'template0' : 'portico_template'}`);
  const url = new URL(testClusterUrl());
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => runOnCluster(`drop database if exists ${name} with (force)`) };
}

async function runOnCluster(sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: testClusterUrl() });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
