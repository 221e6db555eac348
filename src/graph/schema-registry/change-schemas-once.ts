import type { IdempotencyKey } from '../../domain/idempotency/idempotency.js';
import { runOnce, type Once } from '../../domain/idempotency/run-once.js';
import type { SchemaStore } from '../../domain/schema-registry/schema-change.js';

/** `runOnce` for a change of a directory's schemas, which is visible in this process as soon as it is committed. */
export async function changeSchemasOnce<Result>(
  { em, schemas }: SchemaStore,
  key: IdempotencyKey | undefined,
  directoryId: string,
  change: (store: SchemaStore) => Promise<Result>,
  toObjectId: (result: Result) => string,
): Promise<Once<Result>> {
  try {
    return await runOnce(em, key, (fork) => change({ em: fork, schemas }), toObjectId);
  } finally {
    // The change itself invalidated the cache before its transaction ended.
    schemas.invalidate(directoryId);
  }
}
