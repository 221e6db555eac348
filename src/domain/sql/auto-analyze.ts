import type { Database } from './database.js';
import { prepared, query, queryOn, WITHOUT_TIMEOUTS } from './statement.js';

/** The minimum time between two checks of the tables, in milliseconds. */
const EVERY = 1_000;

/** Tables that have doubled in pages since their statistics were last gathered, or that have no statistics. */
const OUTGROWN = prepared(`
  select quote_ident(relation.relname) as "table"
  from pg_class relation
  where relation.relnamespace = (select users.relnamespace from pg_class users where users.oid = 'users'::regclass)
    and relation.relkind = 'r'
    and pg_relation_size(relation.oid) / current_setting('block_size')::int
      >= case when relation.reltuples < 0 then 1 else 2 * greatest(relation.relpages, 1) end`);

/**
 * Runs ANALYZE on tables that grow fast, as in an initial sync. Statements are planned once per connection, and a plan
 * remains until the statistics change: a plan for an empty table uses any index that begins with the directory, or
 * none, and slows down with every user. Autovacuum would analyze the tables only after a minute or two.
 */
export class AutoAnalyze {
  #due: NodeJS.Timeout | undefined;
  #refreshing: Promise<void> = Promise.resolve();

  constructor(
    private readonly db: Database,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** Schedules a check after a commit; commits that arrive before it share one check. */
  onCommit(): void {
    if (this.#due) return;
    this.#due = setTimeout(() => {
      this.#due = undefined;
      this.#refreshing = this.#refreshing.then(() => this.refresh()).catch(this.onError);
    }, EVERY);
    this.#due.unref();
  }

  /** Cancels the scheduled check and waits for the current one. */
  async stop(): Promise<void> {
    clearTimeout(this.#due);
    await this.#refreshing;
  }

  /** Analyzes the outgrown tables, except those that another process is already analyzing. */
  async refresh(): Promise<void> {
    for (const { table } of await query<{ table: string }>(this.db, OUTGROWN, [])) {
      await this.#analyze(table);
    }
  }

  async #analyze(table: string): Promise<void> {
    const client = await this.db.pool.connect();
    let failure: Error | undefined;
    try {
      for (const text of ['begin', WITHOUT_TIMEOUTS.text, `analyze (skip_locked) ${table}`, 'commit']) {
        await queryOn(client, { text }, []);
      }
    } catch (error) {
      failure = error as Error;
      throw error;
    } finally {
      // A connection whose transaction failed is discarded.
      client.release(failure);
    }
  }
}
