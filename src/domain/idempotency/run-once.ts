import type { EntityManager } from '@mikro-orm/postgresql';
import { claimKey, nameObject, type IdempotencyKey, type RunInTransaction } from './idempotency.js';

/** The outcome of a change: its result, or the object of the first execution. */
export type Once<Result> =
  | { readonly result: Result; readonly replayOf?: undefined }
  | { readonly result?: undefined; readonly replayOf: string };

/**
 * Executes an administrative change and claims its idempotency key in one transaction. Without a key it only executes
 * the change.
 *
 * @param change runs in the transaction of the given EntityManager
 * @param toObjectId returns the affected object, to be stored for retries of the request
 * @throws DomainError IDEMPOTENCY_KEY_REUSED, and the errors of `change`
 */
export async function runOnce<Result>(
  em: EntityManager,
  key: IdempotencyKey | undefined,
  change: (em: EntityManager) => Promise<Result>,
  toObjectId: (result: Result) => string,
): Promise<Once<Result>> {
  if (!key) return { result: await change(em) };
  return em.fork().transactional(async (fork) => {
    const run: RunInTransaction = (text, values) => fork.execute<object[]>(text.replaceAll(/\$\d/g, '?'), [...values]);
    const replayOf = await claimKey(run, key, '');
    if (replayOf !== undefined) return { replayOf };
    const result = await change(fork);
    await nameObject(run, key, toObjectId(result));
    return { result };
  });
}
