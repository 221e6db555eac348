import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Pool } from 'pg';
import { DatabaseError } from '../../src/database/database-error.js';
import { migrateDatabase } from '../../src/database/migrate.js';
import { connectDatabase, type ConnectedDatabase } from '../../src/database/orm.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

const TABLES = [
  'directories',
  'directory_counters',
  'events',
  'groups',
  'idempotency_keys',
  'memberships',
  'resource_types',
  'resources',
  'schemas',
  'server_state',
  'tokens',
  'unique_values',
  'user_emails',
  'users',
];
const MIGRATIONS = [
  'migration-20261123-initial',
  'migration-20261123-schemas',
  'migration-20261123-resource-types',
  'migration-20261123-idempotency-keys',
  'migration-20261124-event-retention',
  'migration-20261124-user-emails',
  'migration-20261130-server-state',
];

describe('migrations', () => {
  let created: TestDatabase;
  let database: ConnectedDatabase;

  beforeAll(async () => {
    created = await createTestDatabase({ empty: true });
    database = await connectDatabase({ url: created.url, prepared: true, poolSize: 4 });
  });
  afterAll(async () => {
    await database.orm.close();
    await created.drop();
  });

  test('run once when several processes start them at the same time on an empty database', async () => {
    const others = await Promise.all(
      [1, 2, 3].map(() => connectDatabase({ url: created.url, prepared: true, poolSize: 2 })),
    );
    await Promise.all([database, ...others].map((each) => migrateDatabase(each)));
    for (const other of others) await other.orm.close();
    expect(await tables()).toEqual([...TABLES, 'schema_migrations'].sort());
    expect(await select('select name from schema_migrations order by id')).toEqual(
      MIGRATIONS.map((name) => ({ name })),
    );
  });

  test('do nothing when they run again', async () => {
    const before = await select('select * from schema_migrations');
    await migrateDatabase(database);
    expect(await select('select * from schema_migrations')).toEqual(before);
  });

  test('match the entities, and the drift check finds differences', async () => {
    expect(await drift()).toEqual({ code: 0, output: '' });
    await select('alter table users add planted text');
    await select('drop index users_manager_id_index');
    const { code, output } = await drift();
    expect(code).toBe(1);
    expect(output).toMatch(/alter table "users" drop column "planted";/);
    expect(output).toMatch(/create index "users_manager_id_index" on "users"/);
    expect(output).not.toContain('_fkey');
    await select('alter table users drop planted');
    await select('create index users_manager_id_index on users (directory_id, manager_id, id)');
    expect(await drift()).toEqual({ code: 0, output: '' });
  });

  test('put the directory first in every primary key, unique index and foreign key, without cascading deletes', async () => {
    const keys = await select<{ name: string; table: string; type: string; first: string; actions: string }>(`
      select conname as name, conrelid::regclass::text as table, contype::text as type,
             (select attname from pg_attribute where attrelid = conrelid and attnum = conkey[1])::text as first,
             concat(confupdtype, confdeltype) as actions
        from pg_constraint
       where connamespace = 'public'::regnamespace and contype in ('p', 'u', 'f') order by conname`);
    const free = ['directories', 'tokens', 'server_state', 'schema_migrations'];
    for (const key of keys.filter(({ table }) => !free.includes(table))) {
      expect(key).toMatchObject({ first: 'directory_id' });
    }
    const foreign = keys.filter(({ type }) => type === 'f');
    expect(foreign.map(({ name }) => name)).toEqual([
      'directory_counters_directory_id_fkey',
      'groups_directory_id_fkey',
      'memberships_group_fkey',
      'memberships_nested_group_fkey',
      'memberships_user_fkey',
      'resource_types_directory_id_fkey',
      'resources_directory_id_fkey',
      'schemas_directory_id_fkey',
      'tokens_directory_id_fkey',
      'unique_values_directory_id_fkey',
      'users_directory_id_fkey',
      'users_manager_fkey',
    ]);
    for (const key of foreign) expect(key).toMatchObject({ actions: 'aa' });
    const triggers = 'select tgname from pg_trigger where not tgisinternal';
    expect(await select(triggers)).toEqual([]);
    // Only the migrations table of the ORM has a sequence.
    expect(await select(`select relname from pg_class where relkind = 'S'`)).toEqual([
      { relname: 'schema_migrations_id_seq' },
    ]);
  });

  test('use the collation C for keys and timestamptz(3) for times', async () => {
    const columns = await select<{ name: string; collation: string | null; type: string }>(`
      select attrelid::regclass || '.' || attname as name, collname as collation, format_type(atttypid, atttypmod) as type
        from pg_attribute
        join pg_class on pg_class.oid = attrelid and relkind = 'r' and relnamespace = 'public'::regnamespace
        left join pg_collation on pg_collation.oid = attcollation
       where attnum > 0 and not attisdropped and attrelid <> 'schema_migrations'::regclass order by 1`);
    const keys = columns.filter(
      ({ name }) => /_keys?$|external_id$|\.slug$/.test(name) && !name.includes('attribute_keys'),
    );
    expect(keys.map(({ name }) => name)).toEqual([
      'directories.slug',
      'groups.display_name_key',
      'groups.external_id',
      'resource_types.endpoint_key',
      'resource_types.name_key',
      'resources.external_id',
      'schemas.urn_key',
      'user_emails.email_key',
      'users.department_key',
      'users.display_name_key',
      'users.employee_number_key',
      'users.external_id',
      'users.title_key',
      'users.user_name_key',
    ]);
    for (const column of keys) expect(column).toMatchObject({ collation: 'C' });
    const times = columns.filter(({ name }) => name.endsWith('_at'));
    expect(times.length).toBeGreaterThan(10);
    for (const column of times) expect(column).toMatchObject({ type: 'timestamp(3) with time zone' });
  });

  test('can be reverted and applied again', async () => {
    await database.orm.migrator.down({ to: 0 });
    expect(await tables()).toEqual(['schema_migrations']);
    await migrateDatabase(database);
    expect(await tables()).toEqual([...TABLES, 'schema_migrations'].sort());
    expect(await drift()).toEqual({ code: 0, output: '' });
  });

  test('do not run on a PostgreSQL that is too old or too new, or not UTF-8', async () => {
    for (const [version, encoding, message] of [
      ['140012', 'UTF8', 'DATABASE_URL points to PostgreSQL 14; Portico supports PostgreSQL 15 to 18'],
      ['190000', 'UTF8', 'DATABASE_URL points to PostgreSQL 19; Portico supports PostgreSQL 15 to 18'],
      ['170004', 'LATIN1', 'DATABASE_URL points to a database with the encoding LATIN1; Portico requires UTF8'],
    ] as const) {
      await expect(migrateDatabase({ ...database, pool: poolOf({ version, encoding }) })).rejects.toThrow(
        new DatabaseError(message),
      );
    }
  });

  async function tables(): Promise<string[]> {
    const rows = await select<{ name: string }>(`select tablename as name from pg_tables where schemaname = 'public'`);
    return rows.map(({ name }) => name).sort();
  }

  async function select<Row extends object>(sql: string): Promise<Row[]> {
    return (await database.pool.query<Row>(sql)).rows;
  }

  /** Runs the check for schema drift of `npm run check` on this database. */
  async function drift(): Promise<{ code: number; output: string }> {
    const child = spawn(process.execPath, ['scripts/schema-drift.mjs', created.url], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    }
    const [code] = await once(child, 'close');
    return { code, output };
  }
});

/** Stubs the pool of the driver for a server of another version, because none is available. */
function poolOf(row: { readonly version: string; readonly encoding: string }): Pool {
  const client = { query: () => Promise.resolve({ rows: [row] }), release: () => undefined };
  return { connect: () => Promise.resolve(client) } as unknown as Pool;
}
