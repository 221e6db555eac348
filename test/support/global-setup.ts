import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type * as EmbeddedModule from '../../src/database/embedded/embedded-postgres.js';
import type * as MigrateModule from '../../src/database/migrate.js';
import type * as OrmModule from '../../src/database/orm.js';

/** Removed by `global-teardown`. */
declare global {
  // Only a `var` declares a property of globalThis.
  var porticoTestCluster: { close(): Promise<void>; folder: string } | undefined;
}

// Jest does not load this file as an ES module, so the product is loaded from its build, which `npm test` creates first.
const built = (path: string): string => join(process.cwd(), 'dist/src', path);

/**
 * Starts one PostgreSQL for the whole run, with a migrated template for all test databases.
 * `PORTICO_TEST_POSTGRES=15` uses PostgreSQL 15.
 */
export default async function setUp(): Promise<void> {
  const { openEmbeddedPostgres } = (await import(
    built('database/embedded/embedded-postgres.js')
  )) as typeof EmbeddedModule;
  const { connectDatabase } = (await import(built('database/orm.js'))) as typeof OrmModule;
  const { migrateDatabase } = (await import(built('database/migrate.js'))) as typeof MigrateModule;
  const folder = await mkdtemp(join(tmpdir(), 'portico-test-'));
  const cluster = await openEmbeddedPostgres({
    dataDir: folder,
    packageName: process.env['PORTICO_TEST_POSTGRES'] === '15' ? 'embedded-postgres-15' : 'embedded-postgres',
    settings: { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '400' },
  });
  globalThis.porticoTestCluster = { close: () => cluster.close(), folder };
  process.env['PORTICO_TEST_DATABASE_URL'] = cluster.url;

  const admin = new pg.Client({ connectionString: cluster.url });
  await admin.connect();
  await admin.query('create database portico_template');
  await admin.end();
  const template = new URL(cluster.url);
  template.pathname = '/portico_template';
  const database = await connectDatabase({ url: template.href, prepared: true, poolSize: 2 });
  await migrateDatabase(database);
  await database.orm.close();
}
