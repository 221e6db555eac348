import { MikroORM } from '@mikro-orm/postgresql';
import { Migrator } from '@mikro-orm/migrations';
import type { ClientBase, Pool, PoolClient } from 'pg';
import { EventRetentionMigration } from '../../migrations/migration-20261124-event-retention.js';
import { IdempotencyKeysMigration } from '../../migrations/migration-20261123-idempotency-keys.js';
import { InitialMigration } from '../../migrations/migration-20261123-initial.js';
import { ResourceTypesMigration } from '../../migrations/migration-20261123-resource-types.js';
import { SchemasMigration } from '../../migrations/migration-20261123-schemas.js';
import { UserEmailsMigration } from '../../migrations/migration-20261124-user-emails.js';
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
import { UnpreparedClient } from './unprepared-client.js';

/** How to reach PostgreSQL. */
export interface DatabaseOptions {
  /** `postgresql://…`, PostgreSQL 15 to 18. */
  readonly url: string;
  /** False behind a pooler that cannot keep prepared statements (PgBouncer before 1.21 in transaction mode). */
  readonly prepared: boolean;
  /** The most connections of this process; one more is used to listen. */
  readonly poolSize: number;
  /** Another client class than the driver's own, for tests that count statements. */
  readonly clientClass?: new (...parameters: never[]) => ClientBase;
}

/** A connected ORM with the pool below it, which hot paths use directly. Close it with `orm.close()`. */
export interface ConnectedDatabase extends Database {
  readonly orm: MikroORM;
}

/**
 * Connects MikroORM. One pool serves the ORM, Kysely and the prepared statements alike. Its clients pipeline: statements
 * that do not wait for each other's rows travel in one round trip.
 */
export async function connectDatabase(options: DatabaseOptions): Promise<ConnectedDatabase> {
  let pool: Pool | undefined;
  const clientClass = options.clientClass ?? (options.prepared ? undefined : UnpreparedClient);
  const orm = new MikroORM({
    // The ORM takes no more from a URL than names and a port; what follows them (`sslmode` above all) is the driver's to
    // read, below. It would read `?schema=`, which the statements here know nothing of.
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
    ],
    extensions: [Migrator],
    // A misspelt name in DATABASE_URL must not become a second, empty database.
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
      ],
      snapshot: false,
      silent: true,
    },
    // Foreign keys here are composite and share `directory_id`; the migrations write them in SQL.
    schemaGenerator: { createForeignKeyConstraints: false },
    pool: { min: 0, max: options.poolSize },
    driverOptions: {
      connectionString: options.url,
      pipeline: true,
      connectionTimeoutMillis: 10_000,
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
 * Plans each prepared statement once for a connection. Left to itself the server plans most searches anew for each
 * execution, because a LIMIT that is a parameter looks dearer to it than one it knows; planning costs ten times the look-up.
 */
function planOnce(client: PoolClient): void {
  // A connection that cannot do this cannot do anything: the statement it was opened for tells why.
  client.query('set plan_cache_mode = force_generic_plan').catch(() => undefined);
}
