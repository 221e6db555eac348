import { compileSortKey, type Parameters, type SearchTable } from './expression-sql.js';
import type { AttributePath } from './schema/attribute.js';

/** A slice of an ordered list: how many rows to skip, and how many to return at the most. */
export interface Slice {
  readonly offset: number;
  readonly limit: number;
}

/** A slice, and how many rows there are in all. */
export interface OffsetPage<Row> {
  readonly rows: readonly Row[];
  readonly total: number;
}

/** An attribute to sort by. Rows without it come last, and first where the order is descending (RFC 7644 §3.4.2.3). */
export interface Sort {
  readonly path: AttributePath;
  readonly descending: boolean;
}

interface SortOrder extends Sort {
  readonly search: SearchTable;
}

interface OffsetSearch {
  /** FROM item with its alias. */
  readonly table: string;
  readonly alias: string;
  readonly columns: string;
  readonly condition: string;
  /** What the rows are ordered by before their id; their creation alone when it is left out. */
  readonly order?: SortOrder | undefined;
  /** The counter that holds the total of an unfiltered list, where one is kept. */
  readonly counter?: 'user_count' | 'group_count';
  readonly run: (text: string, values: readonly unknown[]) => Promise<object[]>;
}

/**
 * Reads a slice together with the total. Unfiltered, the total is the directory's counter; filtered, it is counted in
 * the same statement, below the columns, so that what is costly about a row is read for the slice alone.
 *
 * @param parameters holds the values of `condition`, the directory's id first
 */
export async function offsetSearch<Row>(
  { offset, limit }: Slice,
  filtered: boolean,
  parameters: Parameters,
  { table, alias, columns, condition, order, counter, run }: OffsetSearch,
): Promise<OffsetPage<Row>> {
  const total =
    filtered || counter === undefined
      ? `(select count(*) from ${table} where ${condition})`
      : `(select ${counter} from directory_counters where directory_id = $1)`;
  if (limit === 0) return { rows: [], total: await readTotal(run, total, parameters.values) };
  const counted = filtered || counter === undefined ? 'count(*) over ()' : total;
  const [limitAt, offsetAt] = [parameters.add(limit), parameters.add(offset)];
  const sortKey = order ? `, ${compileSortKey(order.path, order.search)} as sort_key` : '';
  const by = order ? `sort_key${order.descending ? ' desc' : ''}, ` : '';
  const rows = await run(
    `select ${columns}, total from (
       select ${alias}.*, ${counted} as total${sortKey} from ${table} where ${condition}
       order by ${by}${order ? '' : `${alias}.`}id limit ${limitAt} offset ${offsetAt}
     ) ${alias} order by ${by}id`,
    parameters.values,
  );
  const [first] = rows as Array<{ total: string }>;
  if (first) return { rows: rows as Row[], total: Number(first.total) };
  return { rows: [], total: offset === 0 ? 0 : await readTotal(run, total, parameters.values.slice(0, -2)) };
}

async function readTotal(run: OffsetSearch['run'], total: string, values: readonly unknown[]): Promise<number> {
  const [row] = (await run(`select ${total} as total`, values)) as Array<{ total: string }>;
  return Number(row?.total ?? 0);
}
