import { MikroORM } from '@mikro-orm/postgresql';
import { Migrator } from '@mikro-orm/migrations';
import type { ClientBase, Pool, PoolClient } from 'pg';
import { EventRetentionMigration } from '../../migrations/migration-20261124-event-retention.js';
import { IdempotencyKeysMigration } from '../../migrations/migration-20261123-idempotency-keys.js';
import { InitialMigration } from '../../migrations/migration-20261123-initial.js';
import { ResourceTypesMigration } from '../../migrations/migration-20261123-resource-types.js';
import { SchemasMigration } from '../../migrations/migration-20261123-schemas.js';
import { UserEmailsMigration } from '../../migrations/migration-20261124-user-emails.js';
import { ServerStateMigration } from '../../migrations/migration-20261130-server-state.js';
import { DirectoryCounterEntity } from '../domain/directory/directory-counter.js';
import { DirectoryEntity } from '../domain/directory/directory.js';
import { EventEntity } from '../domain/event/event-entity.js';
import { GroupEntity } from '../domain/group/group.js';
import { IdempotencyKeyEntity } from '../domain/idempotency/idempotency-entity.js';
import { MembershipEntity } from '../domain/membership/membership.js';
import { CustomResourceEntity } from '../domain/custom-resource/custom-resource.js';
import { ResourceTypeEntity } from '../domain/schema-registry/resource-type-entity.js';
import { SchemaEntity } from '../domain/schema-registry/schema-entity.js';
import { UniqueValueEntity } from '../domain/write/unique-value-entity.js';
import { TokenEntity } from '../domain/token/token.js';
import { UserEmailEntity, UserEntity } from '../domain/user/user.js';
import type { Database } from '../domain/sql/database.js';
import { snapshotSlotsOf } from '../domain/sql/snapshot.js';
import { DatabaseError } from './database-error.js';
import { ServerStateEntity } from './server-state.js';
import { TimedClient } from './timed-client.js';
import { UnpreparedClient } from './unprepared-client.js';

/** How to connect to PostgreSQL. */
export interface DatabaseOptions {
  /** `postgresql://…`, PostgreSQL 15 to 18. */
  readonly url: string;
  /** False behind a pooler without support for prepared statements (PgBouncer before 1.21 in transaction mode). */
  readonly prepared: boolean;
  /** The maximum number of pooled connections of this process; one more listens for notifications. */
  readonly poolSize: number;
  /** Replaces the client class of the driver, for tests that count statements. */
  readonly clientClass?: new (...parameters: never[]) => ClientBase;
}

/** A connected ORM and its pool, which hot paths use directly. Close both with `orm.close()`. */
export interface ConnectedDatabase extends Database {
  readonly orm: MikroORM;
}

/**
 * Limits for one statement of a request, in milliseconds. After a failover without TCP resets a server neither answers nor
 * closes connections, so a query without a limit would wait forever. The limit of PostgreSQL is the shorter one, because the
 * connection survives it; the client's limit discards the connection. Statements of requests take milliseconds, and adding
 * 10,000 members takes less than a second. Work whose duration depends on the amount of data lifts both limits with
 * `WITHOUT_TIMEOUTS`. The parameters `statement_timeout` and `query_timeout` of DATABASE_URL (milliseconds) take precedence.
 */
const STATEMENT_TIMEOUT = 10_000;
const QUERY_TIMEOUT = 15_000;
/** Milliseconds to wait for a new or a free connection; `connect_timeout` of DATABASE_URL (seconds) takes precedence. */
const CONNECTION_TIMEOUT = 10_000;

/** TCP keep-alive after ten idle seconds, for connections whose peer vanished while a limit is lifted. */
const KEEP_ALIVE = { keepAlive: true, keepAliveInitialDelayMillis: 10_000 };

/**
 * Connects MikroORM. The ORM, Kysely and the prepared statements share one pool, whose clients pipeline: statements
 * that do not depend on each other's rows take one round trip.
 *
 * @throws DatabaseError for an invalid `query_timeout` in the URL
 */
export async function connectDatabase(options: DatabaseOptions): Promise<ConnectedDatabase> {
  assertQueryTimeout(options.url);
  let pool: Pool | undefined;
  const clientClass = options.clientClass ?? (options.prepared ? TimedClient : UnpreparedClient);
  const orm = new MikroORM({
    // Without its query: the driver reads that, below (`sslmode` above all). The ORM would read `?schema=`, which the
    // statements here do not support.
    clientUrl: options.url.replace(/\?.*$/, ''),
    entities: [
      DirectoryEntity,
      DirectoryCounterEntity,
      TokenEntity,
      UserEntity,
      GroupEntity,
      MembershipEntity,
      EventEntity,
      SchemaEntity,
      UniqueValueEntity,
      ResourceTypeEntity,
      CustomResourceEntity,
      IdempotencyKeyEntity,
      UserEmailEntity,
      ServerStateEntity,
    ],
    extensions: [Migrator],
    // A misspelled name in DATABASE_URL must not create an empty database.
    ensureDatabase: false,
    migrations: {
      tableName: 'schema_migrations',
      migrationsList: [
        { name: 'migration-20261123-initial', class: InitialMigration },
        { name: 'migration-20261123-schemas', class: SchemasMigration },
        { name: 'migration-20261123-resource-types', class: ResourceTypesMigration },
        { name: 'migration-20261123-idempotency-keys', class: IdempotencyKeysMigration },
        { name: 'migration-20261124-event-retention', class: EventRetentionMigration },
        { name: 'migration-20261124-user-emails', class: UserEmailsMigration },
        { name: 'migration-20261130-server-state', class: ServerStateMigration },
      ],
      snapshot: false,
      silent: true,
    },
    // The foreign keys are composite and share `directory_id`, so the migrations create them in SQL.
    schemaGenerator: { createForeignKeyConstraints: false },
    pool: { min: 0, max: options.poolSize },
    driverOptions: {
      connectionString: options.url,
      pipeline: true,
      ...KEEP_ALIVE,
      query_timeout: QUERY_TIMEOUT,
      connectionTimeoutMillis: findConnectTimeout(options.url) ?? CONNECTION_TIMEOUT,
      Client: clientClass,
      onPoolCreated: (created: Pool) => {
        pool = created;
        if (options.prepared) created.on('connect', connectionSetup(options.url));
      },
    },
    // Every operation forks its own EntityManager; the global one is never used.
    allowGlobalContext: false,
    debug: false,
  });
  await orm.connect();
  if (!pool) throw new Error('The ORM made no connection pool');
  return { orm, em: orm.em.fork(), pool, snapshotSlots: snapshotSlotsOf(options.poolSize) };
}

/**
 * Makes the server plan each prepared statement once per connection. By default it plans most searches for each
 * execution, since it estimates a LIMIT that is a parameter to cost more than a known one; planning takes ten times as
 * long as the search itself.
 */
const PLAN_ONCE = 'set plan_cache_mode = force_generic_plan';

/**
 * Sets the statement timeout unless the role or the database has one. Not a startup parameter, because PgBouncer rejects it;
 * and not with PORTICO_PREPARED=off, because a pooler then shares the session with others.
 */
const LIMIT_STATEMENTS = `
  select set_config('statement_timeout', '${STATEMENT_TIMEOUT}', false) where current_setting('statement_timeout') = '0'`;

/** Returns the handler that prepares new connections, except for what the URL sets itself. */
function connectionSetup(url: string): (client: PoolClient) => void {
  const isLimited = new URL(url).search.includes('statement_timeout');
  const text = isLimited ? PLAN_ONCE : `${PLAN_ONCE};${LIMIT_STATEMENTS}`;
  return (client) => {
    // If this fails, so does the statement that the connection was opened for, and that one reports the error.
    client.query(text).catch(() => undefined);
  };
}

/** The longest delay of a timer of Node, in milliseconds. */
const MAX_TIMEOUT = 2 ** 31 - 1;

/** Checks `query_timeout` of a URL, which a client gives to a timer. PostgreSQL checks `statement_timeout` itself. */
function assertQueryTimeout(url: string): void {
  const text = new URL(url).searchParams.get('query_timeout');
  if (text === null || (/^\d{1,10}$/.test(text) && Number(text) <= MAX_TIMEOUT)) return;
  throw new DatabaseError(
    `query_timeout in DATABASE_URL must be a whole number of milliseconds from 0 to ${MAX_TIMEOUT}`,
  );
}

/** Reads `connect_timeout` of a URL in milliseconds. It is a parameter of libpq, in seconds, that the driver ignores. */
function findConnectTimeout(url: string): number | undefined {
  const seconds = Number(new URL(url).searchParams.get('connect_timeout'));
  return seconds > 0 ? seconds * 1_000 : undefined;
}
