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
import { ServerStateEntity } from './server-state.js';
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
 * Connects MikroORM. The ORM, Kysely and the prepared statements share one pool, whose clients pipeline: statements
 * that do not depend on each other's rows take one round trip.
 */
export async function connectDatabase(options: DatabaseOptions): Promise<ConnectedDatabase> {
  let pool: Pool | undefined;
  const clientClass = options.clientClass ?? (options.prepared ? undefined : UnpreparedClient);
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
      connectionTimeoutMillis: 10_000,
      // Ends connections whose peer vanished without closing them, as in a failover without TCP resets.
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      ...(clientClass ? { Client: clientClass } : {}),
      onPoolCreated: (created: Pool) => {
        pool = created;
        if (options.prepared) created.on('connect', planOnce);
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
function planOnce(client: PoolClient): void {
  // If this fails, so does the statement that the connection was opened for, and that one reports the error.
  client.query('set plan_cache_mode = force_generic_plan').catch(() => undefined);
}
