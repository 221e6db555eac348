import type { Database } from './database.js';
import { prepared, query } from './statement.js';

/** The shortest time from one look at the tables to the next, in milliseconds. */
const EVERY = 1_000;

/** Tables that have twice as many pages as when the planner last learnt about them, or that it knows nothing of. */
const OUTGROWN = prepared(`
  select quote_ident(relation.relname) as "table"
  from pg_class relation
  where relation.relnamespace = (select users.relnamespace from pg_class users where users.oid = 'users'::regclass)
    and relation.relkind = 'r'
    and pg_relation_size(relation.oid) / current_setting('block_size')::int
      >= case when relation.reltuples < 0 then 1 else 2 * greatest(relation.relpages, 1) end`);

/**
 * Lets PostgreSQL look at tables again while they grow fast, as in an initial cycle. The statements here are planned once
 * for each connection, and the plan stays until the statistics change: made while a table was empty, it takes any index that
 * begins with the directory, or none, and reads more with every user. Autovacuum would come too, in a minute or two.
 */
export class AutoAnalyze {
  #due: NodeJS.Timeout | undefined;
  #looking: Promise<void> = Promise.resolve();

  constructor(
    private readonly db: Database,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** To be called when something was written; looks soon, and once for all that is written until then. */
  onCommit(): void {
    if (this.#due) return;
    this.#due = setTimeout(() => {
      this.#due = undefined;
      this.#looking = this.#looking.then(() => this.refresh()).catch(this.onError);
    }, EVERY);
    this.#due.unref();
  }

  /** Waits for what is under way. */
  async stop(): Promise<void> {
    clearTimeout(this.#due);
    await this.#looking;
  }

  /** Analyzes the tables that have outgrown what the planner knows. What another process is at already is left to it. */
  async refresh(): Promise<void> {
    for (const { table } of await query<{ table: string }>(this.db, OUTGROWN, [])) {
      await query(this.db, { text: `analyze (skip_locked) ${table}` }, []);
    }
  }
}
