import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { readConfig } from '../../src/config.js';
import { openDatabase } from '../../src/database/open-database.js';
import { connectDatabase, type ConnectedDatabase } from '../../src/database/orm.js';
import { deleteDirectory } from '../../src/domain/directory/directory-commands.js';
import { registerSchema } from '../../src/domain/schema-registry/schema-commands.js';
import { isDatabaseAway, WITHOUT_TIMEOUTS } from '../../src/domain/sql/statement.js';
import { AutoAnalyze } from '../../src/domain/sql/auto-analyze.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { openTestDomain, toUpdateUser, type DomainDirectory, type TestDomain } from '../support/domain.js';
import { ScimClient } from '../support/scim-client.js';
import { startTestServer } from '../support/server.js';

let created: TestDatabase;
/** A client without timeouts. */
let direct: pg.Client;

beforeAll(async () => {
  created = await createTestDatabase();
  direct = new pg.Client({ connectionString: created.url });
  await direct.connect();
});

afterAll(async () => {
  await direct.end();
  await created.drop();
});

function withParameters(url: string, parameters: Readonly<Record<string, string>>): string {
  const changed = new URL(url);
  for (const [name, value] of Object.entries(parameters)) changed.searchParams.set(name, value);
  return changed.href;
}

async function connect(parameters: Readonly<Record<string, string>>, prepared = true): Promise<ConnectedDatabase> {
  return connectDatabase({ url: withParameters(created.url, parameters), prepared, poolSize: 1 });
}

/** The code of a timeout error, or its message if the driver gives it no code. */
async function outcomeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'done';
  } catch (error) {
    expect(isDatabaseAway(error)).toBe(true);
    return (error as { code?: string }).code ?? (error as Error).message;
  }
}

describe('the statement timeout', () => {
  async function timeoutUnder(parameters: Readonly<Record<string, string>>, prepared = true): Promise<string> {
    const { orm, pool } = await connect(parameters, prepared);
    const { rows } = await pool.query<{ timeout: string }>(`select current_setting('statement_timeout') as timeout`);
    await orm.close();
    return rows[0]!.timeout;
  }

  test('is ten seconds unless DATABASE_URL sets it', async () => {
    expect(await timeoutUnder({})).toBe('10s');
    expect(await timeoutUnder({ statement_timeout: '2500' })).toBe('2500ms');
    expect(await timeoutUnder({ statement_timeout: '0' })).toBe('0');
    expect(await timeoutUnder({ options: '-c statement_timeout=45s' })).toBe('45s');
    expect(await timeoutUnder({ options: '-c statement_timeout=0' })).toBe('0');
  });

  test('is not set if the role or the database has one, or a pooler may share the session', async () => {
    const name = new URL(created.url).pathname.slice(1);
    expect(await timeoutUnder({}, false)).toBe('0');
    await direct.query(`alter database ${name} set statement_timeout = '7s'`);
    expect(await timeoutUnder({})).toBe('7s');
    await direct.query(`alter database ${name} reset statement_timeout`);
  });

  test('results in 503 with Retry-After', async () => {
    const url = withParameters(created.url, { statement_timeout: '300' });
    const server = await startTestServer({ databaseUrl: url });
    const directory = await server.createDirectory();
    const scim = new ScimClient(directory.scimUrl, directory.scimToken);
    const { body: user } = await scim.post('/Users', { userName: 'kim' });
    const unlock = await lock('select 1 from users for update');
    const { status, headers } = await scim.patch(`/Users/${user.id}`, { op: 'replace', path: 'title', value: 'Guide' });
    await unlock();
    expect([status, headers['retry-after']]).toEqual([503, '5']);
    await server.stop();
  });
});

/** Takes a lock. @returns a function that releases it */
async function lock(text: string): Promise<() => Promise<unknown>> {
  await direct.query('begin');
  await direct.query(text);
  return () => direct.query('rollback');
}

describe('the query timeout', () => {
  test('is fifteen seconds by default, and ten seconds for a new connection', async () => {
    const { orm, pool } = await connect({});
    expect(pool.options).toMatchObject({ query_timeout: 15_000, connectionTimeoutMillis: 10_000, keepAlive: true });
    await orm.close();
  });

  test.each([true, false])('discards the connection, which is never used again (prepared: %s)', async (prepared) => {
    const { orm, pool, em } = await connect({ query_timeout: '250', statement_timeout: '0' }, prepared);
    const pidOf = async (): Promise<number> =>
      (await pool.query<{ pid: number }>('select pg_backend_pid() as pid')).rows[0]!.pid;
    const pids = new Set([await pidOf()]);
    const slow = 'select pg_sleep(20)';
    for (const run of [() => pool.query(slow), () => em.fork().execute(slow)]) {
      expect(await outcomeOf(run())).toBe('Query read timeout');
      // The pool has one connection, which the next query would reuse.
      pids.add(await pidOf());
    }
    expect(pids.size).toBe(3);
    await expect(em.fork().transactional((fork) => fork.execute(slow))).rejects.toThrow('Query read timeout');
    pids.add(await pidOf());
    expect([pids.size, pool.totalCount, pool.idleCount]).toEqual([4, 1, 1]);
    await orm.close();
  });

  test('of 0 means no limit', async () => {
    const { orm, pool } = await connect({ query_timeout: '0' });
    expect(await outcomeOf(pool.query('select pg_sleep(0.1)'))).toBe('done');
    await orm.close();
  });

  test('is lifted together with the statement timeout until the end of the transaction, pipelined statements included', async () => {
    const { orm, pool } = await connect({ query_timeout: '200', statement_timeout: '100' });
    const client = await pool.connect();
    const texts = ['begin', WITHOUT_TIMEOUTS.text, 'select pg_sleep(0.5)', 'commit'];
    expect(await outcomeOf(Promise.all(texts.map((text) => client.query(text))))).toBe('done');
    expect(await outcomeOf(client.query('select pg_sleep(0.5)'))).toBe('57014');
    await client.query('set statement_timeout = 0');
    expect(await outcomeOf(client.query('select pg_sleep(0.5)'))).toBe('Query read timeout');
    client.release(true);
    await orm.close();
  });
});

describe('work whose duration depends on the amount of data', () => {
  const TIMEOUTS = { query_timeout: '400', statement_timeout: '200' };
  /** Longer than the timeouts, in milliseconds. */
  const LONG = 800;
  let domain: TestDomain;
  let directory: DomainDirectory;

  beforeAll(async () => {
    domain = await openTestDomain({ url: withParameters(created.url, TIMEOUTS) });
    directory = await domain.createDirectory();
  });

  afterAll(() => domain.close());

  /** Runs work while the rows it needs are locked for longer than the timeouts. */
  async function whileLocked(text: string, work: () => Promise<unknown>): Promise<string> {
    const unlock = await lock(text);
    const unlocking = new Promise((resolve) => setTimeout(resolve, LONG)).then(unlock);
    const outcome = await outcomeOf(work());
    await unlocking;
    return outcome;
  }

  test('lifts the timeouts, unlike a request', async () => {
    const { id } = await directory.createUser('kim');
    const outcome = await whileLocked('select 1 from users for update', () =>
      directory.execute(toUpdateUser(id, { title: 'Guide' })),
    );
    expect(outcome).toBe('57014');
  });

  test('includes the deletion of a directory', async () => {
    const doomed = await domain.createDirectory();
    const text = `select 1 from directories where id = '${doomed.id}' for update`;
    expect(await whileLocked(text, () => deleteDirectory(domain.em, doomed.slug))).toBe('done');
  });

  test('includes a change of schemas', async () => {
    const schema = { id: 'urn:example:params:scim:schemas:badge:2.0:User', attributes: [{ name: 'badge' }] };
    const text = `select 1 from directories where id = '${directory.id}' for update`;
    expect(await whileLocked(text, () => registerSchema(domain, directory.id, { schema }))).toBe('done');
  });

  test('includes the replacement of very many members and the deletion of their group', async () => {
    const { id: kim } = await directory.createUser('guide');
    const replace = (groupId: string): Promise<unknown> =>
      directory.execute({ type: 'ReplaceMembers', groupId, memberIds: [] });
    const remove = (id: string): Promise<unknown> => directory.execute({ type: 'DeleteGroup', id });
    for (const [name, change] of Object.entries({ replace, remove })) {
      const { id } = await directory.createGroup(name, kim);
      const text = `select 1 from memberships where group_id = '${id}' for update`;
      expect(await whileLocked(text, () => change(id))).toBe('57014');
      await direct.query('update groups set member_count = 10001 where id = $1', [id]);
      expect(await whileLocked(text, () => change(id))).toBe('done');
    }
  });

  test('includes a migration, and waiting for the migration of another process', async () => {
    const empty = await createTestDatabase({ empty: true });
    const other = new pg.Client({ connectionString: empty.url });
    await other.connect();
    const config = readConfig({ DATABASE_URL: withParameters(empty.url, TIMEOUTS) });
    for (const text of ['select pg_advisory_xact_lock(7046283651)', 'create table directories (id int)']) {
      await other.query('begin');
      await other.query(text);
      const opening = openDatabase(config, () => undefined);
      await new Promise((resolve) => setTimeout(resolve, LONG));
      await other.query('rollback');
      const database = await opening;
      await database.orm.migrator.down({ to: 0 });
      await database.close();
    }
    await other.end();
    await empty.drop();
  });

  test('includes the ANALYZE of tables that grow fast', async () => {
    // An index on an expression makes ANALYZE compute it for every row.
    await direct.query(`
      create function slowly(name text) returns text immutable language plpgsql
      as 'begin perform pg_sleep(0.1); return name; end'`);
    await direct.query('create index slow_index on users (slowly(user_name)) where title is distinct from user_name');
    await direct.query(`
      insert into users (directory_id, id, user_name, user_name_key, active, attributes, attribute_keys, version,
        created_at, updated_at)
      select $1, gen_random_uuid(), 'slow-' || n, 'slow-' || n, true, '{}', '{}', 1, now(), now()
      from generate_series(1, 8) as n`, [directory.id]); // prettier-ignore
    const analyzed = async (): Promise<number> => {
      const text = `select reltuples from pg_class where oid = 'users'::regclass`;
      return (await direct.query<{ reltuples: number }>(text)).rows[0]!.reltuples;
    };
    await direct.query(`update pg_class set reltuples = -1 where oid = 'users'::regclass`);
    expect(await outcomeOf(new AutoAnalyze(domain, () => undefined).refresh())).toBe('done');
    expect(await analyzed()).toBeGreaterThanOrEqual(8);
  });
});
