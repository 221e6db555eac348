import type { AttributePath } from '../schema/attribute.js';
import type { Database } from '../sql/database.js';
import { preparedShape, query } from '../sql/statement.js';
import { compileSortKey, isUniqueLookup } from './compile-expression.js';
import { Parameters, type SearchTable } from './search-table.js';
import type { Expression } from './expression.js';
import {
  countList,
  listConditions,
  readPage,
  type AttributeOrder,
  type List,
  type ListTable,
  type Ordered,
  type Page,
  type PageBounds,
} from './keyset-pagination.js';

/** The attribute to sort by. Rows without a value come last, or first in descending order (RFC 7644 §3.4.2.3). */
export interface Sort {
  readonly path: AttributePath;
  readonly descending: boolean;
}

/** A search in one directory. */
export interface ListQuery {
  readonly directoryId: string;
  /** Filters the rows. Omit it to return all of them. */
  readonly where?: Expression | undefined;
  /** The order of the rows. By default they are ordered by id, which is the order of their creation. */
  readonly sort?: Sort | undefined;
  /** The parts of the table to read, by name. */
  readonly parts?: readonly string[];
}

/** A slice of an ordered list: the number of rows to skip, and the maximum number of rows to return. */
export interface Slice {
  readonly offset: number;
  readonly limit: number;
}

/** A slice of a list, and the total number of rows in the list. */
export interface OffsetPage<Row> {
  readonly rows: readonly Row[];
  readonly total: number;
}

/**
 * Reads a slice of a list together with the total, in one statement if possible. Without a filter, the total is the
 * counter of the directory. With a filter, a slice that is not full ends the list and thereby determines the total;
 * otherwise a second statement, which reads no columns, counts the rows.
 */
export async function searchList<Row extends object>(
  db: Database,
  table: ListTable,
  list: ListQuery,
  { offset, limit }: Slice,
): Promise<OffsetPage<Row>> {
  const { from, alias, counter, search } = table;
  const { where, sort } = list;
  const parameters = new Parameters(list.directoryId);
  const condition = listConditions(table, where ? { where } : {}, parameters).join(' and ');
  const columns = columnsOf(table, list);
  const values = [...parameters.values];
  const isCounted = where !== undefined || counter === undefined;
  const total = isCounted
    ? `(select count(*) from ${from} where ${condition})`
    : `(select ${counter} from directory_counters where directory_id = ${parameters.directory})`;
  if (limit === 0) return { rows: [], total: await readTotal(db, total, values) };
  if (where && isUniqueLookup(where, search)) {
    const rows = await query<Row>(db, preparedShape(`select ${columns} from ${from} where ${condition}`), values);
    return { rows: rows.slice(offset), total: rows.length };
  }
  const by = sort ? `${compileSortKey(sort.path, search)}${sort.descending ? ' desc' : ''}, ` : '';
  // OFFSET 0 prevents the planner from scanning the whole directory in order of id, in the hope of reaching the limit
  // early.
  const source = isCounted
    ? `(select ${alias}.* from ${from} where ${condition} offset 0) ${alias}`
    : `${from} where ${condition}`;
  const ordered = `order by ${by}${alias}.id`;
  const slice = `${ordered} limit ${parameters.add(limit)} offset ${parameters.add(offset)}`;
  // With an offset, the columns are computed only for the rows of the slice, not for the rows before it.
  const sliced = offset > 0 ? `(select ${alias}.* from ${source} ${slice}) ${alias} ${ordered}` : `${source} ${slice}`;
  const text = `select ${columns}${isCounted ? '' : `, ${total} as total`} from ${sliced}`;
  const rows = await query<Row & { readonly total?: number }>(db, preparedShape(text), parameters.values);
  const [first] = rows;
  if (first?.total !== undefined) return { rows, total: first.total };
  const endsHere = rows.length < limit && (rows.length > 0 || offset === 0);
  return { rows, total: endsHere ? offset + rows.length : await readTotal(db, total, values) };
}

async function readTotal(db: Database, total: string, values: readonly unknown[]): Promise<number> {
  const [row] = await query<{ total: string }>(db, preparedShape(`select ${total} as total`), values);
  return Number(row?.total ?? 0);
}

/**
 * Reads a page of the same search by position instead of offset, and the total. A row that does not change appears
 * exactly once in a traversal of all pages, whatever is created or deleted in the meantime.
 */
export async function pageList<Row extends object>(
  db: Database,
  table: ListTable,
  list: ListQuery,
  bounds: PageBounds,
): Promise<{ readonly page: Page<Ordered<Row>>; readonly total: number }> {
  const { directoryId, where, sort } = list;
  const ordered: List = {
    directoryId,
    ...(where && { where }),
    ...(sort && { order: toAttributeOrder(sort, table.search), descending: sort.descending }),
  };
  const [page, total] = await Promise.all([
    readPage<Row>(db, { ...table, columns: columnsOf(table, list) }, ordered, bounds),
    countList(db, table, ordered),
  ]);
  return { page, total };
}

function columnsOf({ columns, parts = {} }: ListTable, { parts: names = [] }: ListQuery): string {
  return [columns, ...names.flatMap((name) => parts[name] ?? [])].join(', ');
}

/**
 * The number of characters by which text is ordered if no index limits its length. A cursor contains the order value.
 */
const ORDERED_CHARACTERS = 200;

/** Returns the order by an attribute, for pagination by position. */
export function toAttributeOrder({ path }: Sort, table: SearchTable): AttributeOrder {
  const target = table.target(path);
  const column = 'from' in target ? target.column(path) : target;
  const { notNull, short } = 'from' in target ? {} : target;
  const sql = compileSortKey(path, table);
  const nullable = notNull !== true;
  switch (column.kind) {
    case 'text':
      return { sql: short ? sql : `left(${sql}, ${ORDERED_CHARACTERS}) collate "C"`, type: 'text', nullable };
    case 'timestamp':
      // As a number, because the text of a time depends on the session, and JavaScript dates have no microseconds.
      return { sql: `extract(epoch from ${sql})`, type: 'numeric', nullable };
    case 'number':
      return { sql, type: 'numeric', nullable };
    case 'boolean':
    case 'uuid':
      return { sql, type: column.kind, nullable };
  }
}
