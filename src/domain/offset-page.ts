import type { Parameters } from './expression-sql.js';

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

interface OffsetSearch {
  /** FROM item with its alias. */
  readonly table: string;
  readonly alias: string;
  readonly columns: string;
  readonly condition: string;
  /** The counter that holds the total of an unfiltered list. */
  readonly counter: 'user_count' | 'group_count';
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
  { table, alias, columns, condition, counter, run }: OffsetSearch,
): Promise<OffsetPage<Row>> {
  const total = filtered
    ? `(select count(*) from ${table} where ${condition})`
    : `(select ${counter} from directory_counters where directory_id = $1)`;
  if (limit === 0) return { rows: [], total: await readTotal(run, total, parameters.values) };
  const counted = filtered ? 'count(*) over ()' : total;
  const [limitAt, offsetAt] = [parameters.add(limit), parameters.add(offset)];
  const rows = await run(
    `select ${columns}, total from (
       select ${alias}.*, ${counted} as total from ${table} where ${condition}
       order by ${alias}.id limit ${limitAt} offset ${offsetAt}
     ) ${alias} order by ${alias}.id`,
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
