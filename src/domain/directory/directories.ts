import type { Database } from '../sql/database.js';
import { TtlCache } from '../concurrency/ttl-cache.js';
import { isId } from '../kernel/id.js';
import { prepared, query, type Statement } from '../sql/statement.js';
import { isSlug, type Directory } from './directory.js';

const COLUMNS = `select id, slug, name, created_at as "createdAt", updated_at as "updatedAt" from directories`;
const BY_SLUG = prepared(`${COLUMNS} where slug = $1`);
const BY_ID = prepared(`${COLUMNS} where id = $1`);

/**
 * Finds directories by slug or id; an answer may be a second old. That there is none is not remembered, so the cache holds
 * no more than there are directories, whatever clients ask for.
 */
export class Directories {
  readonly #bySlug: TtlCache<string, Directory | undefined>;
  readonly #byId: TtlCache<string, Directory | undefined>;

  constructor(private readonly db: Database) {
    this.#bySlug = new TtlCache((slug) => this.#find(BY_SLUG, slug), { keeps: isFound });
    this.#byId = new TtlCache((id) => this.#find(BY_ID, id), { keeps: isFound });
  }

  findBySlug(slug: string): Promise<Directory | undefined> {
    return isSlug(slug) ? this.#bySlug.get(copy(slug)) : Promise.resolve(undefined);
  }

  findById(id: string): Promise<Directory | undefined> {
    return isId(id) ? this.#byId.get(copy(id.toLowerCase())) : Promise.resolve(undefined);
  }

  /** Forgets what is known of a directory that this process has just made, renamed or deleted. */
  forget({ id, slug }: Pick<Directory, 'id' | 'slug'>): void {
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

/** V8 keeps the URL or document from which a text was cut alive for as long as the text: a key must not hold 60 kB. */
function copy(ascii: string): string {
  return Buffer.from(ascii, 'latin1').toString('latin1');
}
