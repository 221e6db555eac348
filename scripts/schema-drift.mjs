/**
 * Compares the entities with the schema that the migrations create: `node scripts/schema-drift.mjs`, after a build.
 *
 * Starts a PostgreSQL in a temporary folder; given a URL, checks that database as it is instead. When they differ, prints the
 * SQL that would adapt the database to the entities and exits with 1: an entity was changed without a migration, or the
 * other way round.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbeddedPostgres } from '../dist/src/database/embedded/embedded-postgres.js';
import { migrateDatabase } from '../dist/src/database/migrate.js';
import { connectDatabase } from '../dist/src/database/orm.js';

/** Foreign keys are composite and exist in the migrations only; entities map plain columns. */
const EXPECTED = /^alter table "\w+" drop constraint "\w+_fkey";$|^set names 'utf8';$|^$/;

async function findDrift(url, { migrate }) {
  const database = await connectDatabase({ url, prepared: true, poolSize: 2 });
  try {
    if (migrate) await migrateDatabase(database);
    const sql = await database.orm.schema.getUpdateSchemaSQL();
    return sql.split('\n').filter((line) => !EXPECTED.test(line));
  } finally {
    await database.orm.close();
  }
}

async function findDriftOfMigrations() {
  const folder = await mkdtemp(join(tmpdir(), 'portico-schema-'));
  try {
    const cluster = await openEmbeddedPostgres({ dataDir: folder, settings: { fsync: 'off' } });
    try {
      return await findDrift(cluster.url, { migrate: true });
    } finally {
      await cluster.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const [url] = process.argv.slice(2);
const drift = url === undefined ? await findDriftOfMigrations() : await findDrift(url, { migrate: false });
if (drift.length > 0) {
  process.stdout.write(`Entities and migrations differ. The entities require:\n\n${drift.join('\n')}\n`);
  process.exitCode = 1;
}
