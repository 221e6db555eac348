import { createHash } from 'node:crypto';
import type { Database } from '../sql/database.js';
import { DomainError } from '../kernel/errors.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../kernel/json.js';
import { assertStorableText } from '../attributes/parse-value.js';
import { prepared, query } from '../sql/statement.js';
import type { Principal } from '../token/principal.js';

/** Keys created before this time have expired. It uses the database's clock, which all replicas share. */
const EXPIRY = `now() - interval '24 hours'`;
const MAX_KEY_LENGTH = 255;
/** The directory id of admins' keys, since their tokens belong to no directory. */
const NO_DIRECTORY = '00000000-0000-0000-0000-000000000000';

/** A key under which a request is executed once, however often it is sent. Each token has a separate key space. */
export interface IdempotencyKey {
  readonly directoryId: string;
  readonly actor: string;
  readonly key: string;
  /** The hash of the request. The same key with a different request is a client error. */
  readonly requestHash: Buffer;
}

/**
 * Creates the idempotency key of a request.
 *
 * @param key the key sent by the client, 1 to 255 characters
 * @param request the mutation and its input, without the key
 * @throws DomainError INVALID_VALUE
 */
export function toIdempotencyKey(principal: Principal, key: string, request: JsonValue): IdempotencyKey {
  assertStorableText(key, 'idempotencyKey');
  if (key === '' || key.length > MAX_KEY_LENGTH) {
    const message = `idempotencyKey must be 1 to ${MAX_KEY_LENGTH} characters long; it has ${key.length}`;
    throw new DomainError('INVALID_VALUE', message, 'idempotencyKey');
  }
  return {
    directoryId: principal.directoryId ?? NO_DIRECTORY,
    actor: principal.actorName,
    key,
    requestHash: createHash('sha256').update(canonical(request)).digest(),
  };
}

/** Runs a statement in the transaction of the change. */
export type RunInTransaction = (text: string, values: readonly unknown[]) => Promise<object[]>;

/** Claims a key, or one that has expired. Waits for the end of another transaction that is claiming the same key. */
const CLAIM = `
  insert into idempotency_keys as known (directory_id, actor, key, request_hash, object_id, created_at)
  values ($1, $2, $3, $4, $5, now())
  on conflict (directory_id, actor, key) do update
  set request_hash = excluded.request_hash, object_id = excluded.object_id, created_at = excluded.created_at
  where known.created_at <= ${EXPIRY}
  returning key`;
const KNOWN = `
  select request_hash as "requestHash", object_id as "objectId" from idempotency_keys
  where directory_id = $1 and actor = $2 and key = $3`;

/**
 * Claims a key for the change that follows in the same transaction. Both commit or roll back together, so a rejected
 * request can be retried.
 *
 * @param objectId the object that the change affects
 * @returns undefined if the change must be executed; otherwise the object of the first execution
 * @throws DomainError IDEMPOTENCY_KEY_REUSED when the key was used for a different request
 */
export async function claimKey(
  run: RunInTransaction,
  { directoryId, actor, key, requestHash }: IdempotencyKey,
  objectId: string,
): Promise<string | undefined> {
  const claimed = await run(CLAIM, [directoryId, actor, key, requestHash, objectId]);
  if (claimed.length > 0) return undefined;
  const [known] = (await run(KNOWN, [directoryId, actor, key])) as Array<{ requestHash: Buffer; objectId: string }>;
  if (!known) throw new Error('An idempotency key exists but was not found');
  if (!requestHash.equals(known.requestHash)) {
    throw new DomainError(
      'IDEMPOTENCY_KEY_REUSED',
      'This idempotency key was already used with another mutation or input',
      'idempotencyKey',
    );
  }
  return known.objectId;
}

const NAME = 'update idempotency_keys set object_id = $1 where directory_id = $2 and actor = $3 and key = $4';

/** Sets the object of a claimed key, for changes that determine it only during execution. */
export async function nameObject(run: RunInTransaction, key: IdempotencyKey, objectId: string): Promise<void> {
  await run(NAME, [objectId, key.directoryId, key.actor, key.key]);
}

const PRUNE = prepared(`
  delete from idempotency_keys where (directory_id, actor, key) in (
    select directory_id, actor, key from idempotency_keys where created_at <= ${EXPIRY} order by created_at limit $1
    for update skip locked)
  returning key`);

/** Deletes expired keys, at most `limit` of them, and returns their number. */
export async function pruneKeys(db: Database, limit: number): Promise<number> {
  return (await query(db, PRUNE, [limit])).length;
}

/** Serializes JSON with sorted object keys, so that equal requests have equal hashes. */
function canonical(value: JsonValue): string {
  return JSON.stringify(value, (_key, part: JsonValue): JsonValue => (isJsonObject(part) ? sorted(part) : part));
}

function sorted(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)));
}
