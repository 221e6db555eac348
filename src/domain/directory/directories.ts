import type { Database } from '../sql/database.js';
import { TtlCache } from '../concurrency/ttl-cache.js';
import { isId } from '../kernel/id.js';
import { prepared, query, type Statement } from '../sql/statement.js';
import { isSlug, type Directory } from './directory.js';

const COLUMNS = `select id, slug, name, created_at as "createdAt", updated_at as "updatedAt" from directories`;
const BY_SLUG = prepared(`${COLUMNS} where slug = $1`);
const BY_ID = prepared(`${COLUMNS} where id = $1`);

/**
 * Finds directories by slug or id; results are cached for a second. Unknown names are not cached, so the cache never
 * holds more entries than the database has directories.
 */
export class Directories {
  readonly #bySlug: TtlCache<string, Directory | undefined>;
  readonly #byId: TtlCache<string, Directory | undefined>;

  constructor(private readonly db: Database) {
    this.#bySlug = new TtlCache((slug) => this.#find(BY_SLUG, slug), { shouldCache: isFound });
    this.#byId = new TtlCache((id) => this.#find(BY_ID, id), { shouldCache: isFound });
  }

  findBySlug(slug: string): Promise<Directory | undefined> {
    return isSlug(slug) ? this.#bySlug.get(copy(slug)) : Promise.resolve(undefined);
  }

  findById(id: string): Promise<Directory | undefined> {
    return isId(id) ? this.#byId.get(copy(id.toLowerCase())) : Promise.resolve(undefined);
  }

  /** Invalidates the cached entries of a directory that this process has created, renamed or deleted. */
  invalidate({ id, slug }: Pick<Directory, 'id' | 'slug'>): void {
    this.#bySlug.delete(slug);
    this.#byId.delete(id);
  }

  async #find(statement: Statement, key: string): Promise<Directory | undefined> {
    const [directory] = await query<Directory>(this.db, statement, [key]);
    return directory;
  }
}

function isFound(directory: Directory | undefined): boolean {
  return directory !== undefined;
}

/** Copies the text: V8 keeps the URL or document from which it was cut alive, so a key could retain 60 kB. */
function copy(ascii: string): string {
  return Buffer.from(ascii, 'latin1').toString('latin1');
}
