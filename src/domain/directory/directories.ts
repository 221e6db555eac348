import type { Database } from '../sql/database.js';
import { TtlCache } from '../concurrency/ttl-cache.js';
import { isId } from '../kernel/id.js';
import { prepared, query, type Statement } from '../sql/statement.js';
import type { Directory } from './directory.js';

const COLUMNS = `select id, slug, name, created_at as "createdAt", updated_at as "updatedAt" from directories`;
const BY_SLUG = prepared(`${COLUMNS} where slug = $1`);
const BY_ID = prepared(`${COLUMNS} where id = $1`);

/** Finds directories by slug or id; an answer may be a second old. */
export class Directories {
  readonly #bySlug: TtlCache<string, Directory | undefined>;
  readonly #byId: TtlCache<string, Directory | undefined>;

  constructor(private readonly db: Database) {
    this.#bySlug = new TtlCache((slug) => this.#find(BY_SLUG, slug));
    this.#byId = new TtlCache((id) => this.#find(BY_ID, id));
  }

  findBySlug(slug: string): Promise<Directory | undefined> {
    return slug.includes('\0') ? Promise.resolve(undefined) : this.#bySlug.get(slug);
  }

  findById(id: string): Promise<Directory | undefined> {
    return isId(id) ? this.#byId.get(id.toLowerCase()) : Promise.resolve(undefined);
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
