import type { EntityManager } from '@mikro-orm/postgresql';
import type { IdempotencyKey } from '../../domain/idempotency/idempotency.js';
import { runOnce, type Once } from '../../domain/idempotency/run-once.js';
import { DirectorySchemas } from '../../domain/schema-registry/directory-schemas.js';

/** `runOnce` for a change of a directory's schemas, which is known to this process as soon as it is committed. */
export async function changeSchemasOnce<Result>(
  em: EntityManager,
  key: IdempotencyKey | undefined,
  directoryId: string,
  change: (em: EntityManager) => Promise<Result>,
  toObjectId: (result: Result) => string,
): Promise<Once<Result>> {
  try {
    return await runOnce(em, key, change, toObjectId);
  } finally {
    // The change itself forgot them before its transaction ended.
    DirectorySchemas.of(em).forget(directoryId);
  }
}
