import { LockMode } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import { notFound } from '../kernel/precondition.js';
import type { DirectorySchemas } from './directory-schemas.js';
import { SchemaEntity, type RegisteredSchema } from './schema-entity.js';

/** What changing schemas needs: the ORM, and the cache to invalidate. */
export interface SchemaStore {
  readonly em: EntityManager;
  readonly schemas: DirectorySchemas;
}

/** One change of a directory's schemas at a time; users and groups go on being written meanwhile. Throws NOT_FOUND. */
export async function changeSchemas<Result>(
  { em, schemas }: SchemaStore,
  directoryId: string,
  change: (fork: EntityManager) => Promise<Result>,
): Promise<Result> {
  try {
    return await em.fork({ keepTransactionContext: true }).transactional(async (fork) => {
      const [row] = await fork.execute<object[]>('select 1 from directories where id = ? for no key update', [
        directoryId,
      ]);
      if (!row) throw notFound('directory', directoryId);
      return change(fork);
    });
  } finally {
    schemas.forget(directoryId);
  }
}

/** The lock waits for those who are writing values of the schema, and makes others wait who would begin to. */
export function lockSchema(fork: EntityManager, directoryId: string, urn: string): Promise<RegisteredSchema | null> {
  const key = { directoryId, urnKey: urn.toLowerCase() };
  return fork.findOne(SchemaEntity, key, { lockMode: LockMode.PESSIMISTIC_WRITE });
}

/** Whether anything in the directory has values of a schema. Only holds for as long as the schema is locked. */
export async function hasValues(fork: EntityManager, schema: RegisteredSchema): Promise<boolean> {
  const { directoryId, resourceType, definition } = schema;
  const table = resourceType === 'User' ? 'users' : resourceType === 'Group' ? 'groups' : undefined;
  const [from, condition, key] = table
    ? [table, 'jsonb_exists(attributes, ?)', definition.urn]
    : ['resources', 'resource_type = ?', resourceType.toLowerCase()];
  const text = `select 1 from ${from} where directory_id = ? and ${condition} limit 1`;
  return (await fork.execute<object[]>(text, [directoryId, key])).length > 0;
}
