import { LockMode } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import { notFound } from '../kernel/precondition.js';
import { WITHOUT_TIMEOUTS } from '../sql/statement.js';
import type { DirectorySchemas } from './directory-schemas.js';
import { SchemaEntity, type RegisteredSchema } from './schema-entity.js';

/** The dependencies of schema changes: the ORM, and the cache to invalidate. */
export interface SchemaStore {
  readonly em: EntityManager;
  readonly schemas: DirectorySchemas;
}

/** Runs one schema change of a directory at a time, without blocking writers of users and groups. Throws NOT_FOUND. */
export async function changeSchemas<Result>(
  { em, schemas }: SchemaStore,
  directoryId: string,
  change: (fork: EntityManager) => Promise<Result>,
): Promise<Result> {
  try {
    return await em.fork({ keepTransactionContext: true }).transactional(async (fork) => {
      // Checking whether a schema is in use may read every user of the directory.
      await fork.execute(WITHOUT_TIMEOUTS.text);
      const [row] = await fork.execute<object[]>('select 1 from directories where id = ? for no key update', [
        directoryId,
      ]);
      if (!row) throw notFound('directory', directoryId);
      return change(fork);
    });
  } finally {
    schemas.invalidate(directoryId);
  }
}

/**
 * Locks a schema FOR UPDATE: waits for transactions that hold it FOR SHARE while writing its values, and blocks new
 * ones.
 */
export function lockSchema(fork: EntityManager, directoryId: string, urn: string): Promise<RegisteredSchema | null> {
  const key = { directoryId, urnKey: urn.toLowerCase() };
  return fork.findOne(SchemaEntity, key, { lockMode: LockMode.PESSIMISTIC_WRITE });
}

/** Returns whether any resource of the directory has values of a schema. Valid only while the schema is locked. */
export async function hasValues(fork: EntityManager, schema: RegisteredSchema): Promise<boolean> {
  const { directoryId, resourceType, definition } = schema;
  const table = resourceType === 'User' ? 'users' : resourceType === 'Group' ? 'groups' : undefined;
  const [from, condition, key] = table
    ? [table, 'jsonb_exists(attributes, ?)', definition.urn]
    : ['resources', 'resource_type = ?', resourceType.toLowerCase()];
  const text = `select 1 from ${from} where directory_id = ? and ${condition} limit 1`;
  return (await fork.execute<object[]>(text, [directoryId, key])).length > 0;
}
