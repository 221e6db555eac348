import pg from 'pg';
import type { RecordedStatement } from './statements.js';
import type { Wire } from './scim-client.js';

/** A node of a query plan, with its row counts if the statement was executed. */
export interface PlanNode {
  readonly type: string;
  readonly relation: string | undefined;
  readonly index: string | undefined;
  /** The index condition. */
  readonly condition: string | undefined;
  /** The rows or index entries that the node returned in all loops. */
  readonly rows: number;
  /** The rows that were read and removed by a filter or recheck. */
  readonly removed: number;
}

/** The plans of the statements of a request. */
export interface QueryPlan {
  readonly nodes: readonly PlanNode[];
  /** The number of pages that read-only statements read, from shared buffers or not. */
  readonly pages: number;
}

/** Plans statements like the connections of the service: prepared, with generic plans. */
export class Planner {
  readonly #client: pg.Client;

  constructor(databaseUrl: string) {
    this.#client = new pg.Client({ connectionString: databaseUrl });
  }

  async open(): Promise<void> {
    await this.#client.connect();
    await this.#client.query('set plan_cache_mode = force_generic_plan');
  }

  close(): Promise<void> {
    return this.#client.end();
  }

  /** Explains statements. Read-only statements are executed again with their values. */
  async explain(statements: readonly RecordedStatement[]): Promise<QueryPlan> {
    const nodes: PlanNode[] = [];
    let pages = 0;
    for (const { text, values } of statements) {
      const reads = /^\s*select\b/i.test(text);
      await this.#client.query(`prepare planned as ${text}`);
      const list =
        values.length > 0 ? `(${values.map((value) => (reads ? toLiteral(value) : 'null')).join(', ')})` : '';
      const options = reads ? 'analyze, buffers, timing off, format json' : 'format json';
      const { rows } = await this.#client.query<Wire>(`explain (${options}) execute planned${list}`);
      await this.#client.query('deallocate planned');
      const plan = rows[0]['QUERY PLAN'][0].Plan;
      nodes.push(...flatten(plan));
      pages += count(plan['Shared Hit Blocks']) + count(plan['Shared Read Blocks']);
    }
    return { nodes, pages };
  }
}

function flatten(plan: Wire): PlanNode[] {
  const loops = count(plan['Actual Loops']);
  const removed = count(plan['Rows Removed by Filter']) + count(plan['Rows Removed by Index Recheck']);
  const node = {
    type: plan['Node Type'],
    relation: plan['Relation Name'],
    index: plan['Index Name'],
    condition: plan['Index Cond'],
    rows: count(plan['Actual Rows']) * loops,
    removed: removed * loops,
  };
  return [node, ...(plan.Plans ?? []).flatMap(flatten)];
}

/** Reads a count that a plan omits when it is zero. */
function count(value: Wire): number {
  return typeof value === 'number' ? value : 0;
}

/** Converts a value of the driver to an untyped SQL literal. */
function toLiteral(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (value instanceof Date) return pg.escapeLiteral(value.toISOString());
  if (Array.isArray(value)) return pg.escapeLiteral(`{${value.map((one) => JSON.stringify(one)).join(',')}}`);
  return pg.escapeLiteral(typeof value === 'string' ? value : JSON.stringify(value));
}
