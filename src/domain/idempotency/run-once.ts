import type { EntityManager } from '@mikro-orm/postgresql';
import { claimKey, nameObject, type IdempotencyKey, type RunInTransaction } from './idempotency.js';

/** What became of a change: its result, or what the change of the first time was about. */
export type Once<Result> =
  | { readonly result: Result; readonly replayOf?: undefined }
  | { readonly result?: undefined; readonly replayOf: string };

/**
 * Makes an administrative change under an idempotency key, in one transaction with it; without a key just makes it.
 *
 * @param change runs in the transaction of the EntityManager that it is given
 * @param toObjectId names what the change was about, for when the request comes again
 * @throws DomainError IDEMPOTENCY_KEY_REUSED, and as `change` does
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
