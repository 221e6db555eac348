import { timingSafeEqual } from 'node:crypto';
import type { Database } from '../sql/database.js';
import { TtlCache } from '../concurrency/ttl-cache.js';
import { prepared, query } from '../sql/statement.js';
import type { Principal } from './principal.js';
import { hashSecret, isSecret } from './secret.js';
import type { Token } from './token.js';

const BEARER = /^bearer +([\x21-\x7e]+) *$/i;
const LAST_USED_INTERVAL = 60_000;

const BY_HASH = prepared(`
  select id, directory_id as "directoryId", kind, scopes, expires_at as "expiresAt", revoked_at as "revokedAt"
  from tokens where hash = $1`);

const LIVE = prepared(`select id from tokens where id = any($1::uuid[]) and revoked_at is null`);

// The condition prevents replicas from recording the use more than once a minute.
const USED = prepared(`
  update tokens set last_used_at = $2
  where id = $1 and (last_used_at is null or last_used_at < $2::timestamptz - interval '1 minute')`);

type Row = Pick<Token, 'id' | 'directoryId' | 'kind' | 'scopes' | 'expiresAt' | 'revokedAt'>;

/**
 * Authenticates bearer tokens. Results are cached for a second. The time of last use is recorded at most once a minute,
 * without delaying the request.
 */
export class Authenticator {
  readonly #byHash: TtlCache<string, Row | undefined>;
  readonly #usedAt = new Map<string, number>();
  readonly #adminHash: Buffer | undefined;

  /**
   * @param adminToken the fixed admin token of the configuration, in any format
   * @param onError called when the time of last use could not be recorded; the request continues
   */
  constructor(
    private readonly db: Database,
    adminToken: string | undefined,
    private readonly onError: (error: unknown) => void,
  ) {
    this.#adminHash = adminToken === undefined ? undefined : hashSecret(adminToken);
    this.#byHash = new TtlCache((key) => this.#find(Buffer.from(key, 'base64')));
  }

  /**
   * Authenticates a request.
   *
   * @param authorization the value of an Authorization header or of `connectionParams.authorization`
   * @returns undefined for anything but a bearer token that exists and is neither revoked nor expired
   */
  async authenticate(authorization: string | undefined): Promise<Principal | undefined> {
    const secret = authorization === undefined ? undefined : BEARER.exec(authorization)?.[1];
    if (secret === undefined) return undefined;
    const hash = hashSecret(secret);
    if (this.#adminHash && timingSafeEqual(hash, this.#adminHash)) return ADMIN;
    if (!isSecret(secret)) return undefined;
    const row = await this.#byHash.get(toKey(hash));
    if (!row || !isLive(row)) return undefined;
    this.#recordUse(row.id);
    return {
      kind: row.kind,
      tokenId: row.id,
      directoryId: row.directoryId,
      scopes: row.scopes,
      expiresAt: row.expiresAt,
      actorName: `token:${row.id}`,
    };
  }

  /**
   * Returns the principals of long-lived connections whose token has since been revoked or deleted with its directory.
   * Uses one statement for all principals and bypasses the cache.
   */
  async findRevoked(principals: readonly Principal[]): Promise<Principal[]> {
    const ids = principals.flatMap(({ tokenId }) => (tokenId === null ? [] : [tokenId]));
    if (ids.length === 0) return [];
    const rows = await query<{ id: string }>(this.db, LIVE, [ids]);
    const live = new Set(rows.map(({ id }) => id));
    return principals.filter(({ tokenId }) => tokenId !== null && !live.has(tokenId));
  }

  /** Invalidates the cache entry of a token that this process has just revoked. */
  invalidate({ hash }: Pick<Token, 'hash'>): void {
    this.#byHash.delete(toKey(hash));
  }

  async #find(hash: Buffer): Promise<Row | undefined> {
    const [row] = await query<Row>(this.db, BY_HASH, [hash]);
    return row;
  }

  #recordUse(id: string): void {
    const now = Date.now();
    if (now - (this.#usedAt.get(id) ?? 0) < LAST_USED_INTERVAL) return;
    this.#usedAt.set(id, now);
    query(this.db, USED, [id, new Date(now)]).catch(this.onError);
  }
}

/** Encodes the hash as text, because a `Map` compares buffers by identity. */
function toKey(hash: Uint8Array): string {
  return Buffer.from(hash).toString('base64');
}

const ADMIN: Principal = {
  kind: 'admin',
  tokenId: null,
  directoryId: null,
  scopes: [],
  expiresAt: null,
  actorName: 'admin',
};

function isLive(row: Row): boolean {
  return row.revokedAt === null && !isExpired(row);
}

/** Returns whether the token of an authenticated principal has expired since. */
export function isExpired({ expiresAt }: Pick<Principal, 'expiresAt'>): boolean {
  return expiresAt !== null && expiresAt <= new Date();
}
