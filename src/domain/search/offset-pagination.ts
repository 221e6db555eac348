import { compileSortKey, type Parameters, type SearchTable } from './compile-expression.js';
import type { AttributePath } from '../schema/attribute.js';

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
  /** Whether no more than one row fulfils it. */
  readonly findsOne?: boolean;
  /** What the rows are ordered by before their id; their creation alone when it is left out. */
  readonly order?: SortOrder | undefined;
  /** The counter that holds the total of an unfiltered list, where one is kept. */
  readonly counter?: 'user_count' | 'group_count';
  readonly run: (text: string, values: readonly unknown[]) => Promise<object[]>;
}

/**
 * Reads a slice together with the total, in one statement where that can be: unfiltered, the total is the directory's
 * counter, and a slice that is not full ends the list. Only a filtered slice that is full, or lies behind the end, has
 * its total counted apart, by a statement that reads no columns.
 *
 * @param parameters holds the values of `condition`
 */
export async function offsetSearch<Row>(
  { offset, limit }: Slice,
  filtered: boolean,
  parameters: Parameters,
  { table, alias, columns, condition, findsOne, order, counter, run }: OffsetSearch,
): Promise<OffsetPage<Row>> {
  const values = [...parameters.values];
  const isCounted = filtered || counter === undefined;
  const total = isCounted
    ? `(select count(*) from ${table} where ${condition})`
    : `(select ${counter} from directory_counters where directory_id = ${parameters.directory})`;
  if (findsOne && limit > 0) {
    const rows = (await run(`select ${columns} from ${table} where ${condition}`, values)) as Row[];
    return { rows: rows.slice(offset), total: rows.length };
  }
  if (limit === 0) return { rows: [], total: await readTotal(run, total, values) };
  const by = order ? `${compileSortKey(order.path, order.search)}${order.descending ? ' desc' : ''}, ` : '';
  // OFFSET 0 keeps the planner from walking the whole directory in order of id, in the hope of an early end at the limit.
  const source = isCounted
    ? `(select ${alias}.* from ${table} where ${condition} offset 0) ${alias}`
    : `${table} where ${condition}`;
  const ordered = `order by ${by}${alias}.id`;
  const slice = `${ordered} limit ${parameters.add(limit)} offset ${parameters.add(offset)}`;
  // Columns are made of the rows of the slice alone, not of those before it too.
  const from = offset > 0 ? `(select ${alias}.* from ${source} ${slice}) ${alias} ${ordered}` : `${source} ${slice}`;
  const rows = (await run(
    `select ${columns}${isCounted ? '' : `, ${total} as total`} from ${from}`,
    parameters.values,
  )) as Array<Row & { readonly total?: number }>;
  const [first] = rows;
  if (first?.total !== undefined) return { rows, total: first.total };
  const endsHere = rows.length < limit && (rows.length > 0 || offset === 0);
  return { rows, total: endsHere ? offset + rows.length : await readTotal(run, total, values) };
}

async function readTotal(run: OffsetSearch['run'], total: string, values: readonly unknown[]): Promise<number> {
  const [row] = (await run(`select ${total} as total`, values)) as Array<{ total: string }>;
  return Number(row?.total ?? 0);
}
