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

/** An attribute to sort by. Rows without it come last, and first where the order is descending (RFC 7644 §3.4.2.3). */
export interface Sort {
  readonly path: AttributePath;
  readonly descending: boolean;
}

/** A search in one directory. */
export interface ListQuery {
  readonly directoryId: string;
  /** All rows are found without it. */
  readonly where?: Expression | undefined;
  /** Rows are ordered by id, which is the order of their creation, without it. */
  readonly sort?: Sort | undefined;
  /** The names of the parts of the table to read. */
  readonly parts?: readonly string[];
}

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

/**
 * Reads a slice of a list together with the total, in one statement where possible: unfiltered, the total is the
 * directory's counter, and a slice that is not full ends the list. Only a filtered slice that is full, or lies behind the
 * end, has its total counted separately, by a statement that reads no columns.
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
  // OFFSET 0 keeps the planner from walking the whole directory in order of id, in the hope of an early end at the limit.
  const source = isCounted
    ? `(select ${alias}.* from ${from} where ${condition} offset 0) ${alias}`
    : `${from} where ${condition}`;
  const ordered = `order by ${by}${alias}.id`;
  const slice = `${ordered} limit ${parameters.add(limit)} offset ${parameters.add(offset)}`;
  // The columns are computed for the rows of the slice alone, not for those before it as well.
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
 * Reads a page of the same search by position instead of offset, in two statements: a row that stays as it is appears
 * exactly once in a walk over all pages, whatever is created or deleted meanwhile.
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

/** Texts without an index that bounds them are cut for the order: a cursor carries the value. */
const ORDERED_CHARACTERS = 200;

/** The order by an attribute, wherever it lies. */
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
      // As a number: the text of a time depends on the session, and JavaScript's has no microseconds.
      return { sql: `extract(epoch from ${sql})`, type: 'numeric', nullable };
    case 'number':
      return { sql, type: 'numeric', nullable };
    case 'boolean':
    case 'uuid':
      return { sql, type: column.kind, nullable };
  }
}
