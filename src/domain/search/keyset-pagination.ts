import type { Database } from '../sql/database.js';
import { compileExpression } from './compile-expression.js';
import { Parameters, type SearchTable } from './search-table.js';
import type { Expression } from './expression.js';
import { preparedShape, query } from '../sql/statement.js';

/**
 * A position in an ordered list: the order value of a row, in text form, and its id. Ordered by id alone, the value is '';
 * it is null for a row without one.
 */
export interface Position {
  readonly value: string | null;
  readonly id: string;
}

/** The two sides of a position, in the order of the list. */
export type Side = 'before' | 'after';

/** The rows of an ordered list to read: at most `size`, from the start or the end, between two positions. */
export interface PageBounds {
  readonly size: number;
  readonly backward: boolean;
  readonly after?: Position;
  readonly before?: Position;
}

/** The rows of a page, in the order of the list. */
export interface Page<Row> {
  readonly rows: readonly Row[];
  /** Whether more rows follow within the bounds, in the direction of reading. */
  readonly more: boolean;
}

/** The order of a list before the id: by text that compares by bytes, or by a time in milliseconds. Never NULL. */
export interface OrderColumn {
  readonly sql: string;
  readonly type: 'text' | 'timestamptz';
}

/** The order by any attribute. Rows without a value come last, descending first. Order values are text. */
export interface AttributeOrder {
  readonly sql: string;
  readonly type: 'text' | 'uuid' | 'boolean' | 'numeric';
  readonly nullable: boolean;
}

/** The table of a list. Its rows have an `id` and a `directory_id`. */
export interface ListTable {
  readonly from: string;
  /** The alias of the table in `from`. */
  readonly alias: string;
  readonly columns: string;
  /** Columns that are read from other tables, by the name of the attribute. A list has only those it asks for. */
  readonly parts?: Readonly<Record<string, string>>;
  readonly search: SearchTable;
  /** Restricts the list to some rows of the table, in addition to the directory. */
  readonly scope?: string;
  /** The counter that holds the number of all rows of a directory, where one is kept. */
  readonly counter?: 'user_count' | 'group_count';
}

/** A list of one directory: a search and an order. */
export interface List {
  readonly directoryId: string;
  readonly where?: Expression;
  readonly order?: OrderColumn | AttributeOrder;
  readonly descending?: boolean;
}

/** A row with its order value, which is undefined in a list that is ordered by id alone. */
export type Ordered<Row> = Row & { readonly orderValue?: string | Date | null };

/**
 * Reads one page of a list, in one statement. Pages are cut by (order value, id), never by offset: a row whose order
 * value stays as it is appears exactly once in a walk over all pages, whatever is created or deleted meanwhile.
 */
export async function readPage<Row extends object>(
  db: Database,
  table: ListTable,
  list: List,
  bounds: PageBounds,
): Promise<Page<Ordered<Row>>> {
  const parameters = new Parameters(list.directoryId);
  const conditions = [...listConditions(table, list, parameters), ...within(idOf(table), list, bounds, parameters)];
  const orderValue = list.order ? `, ${orderValueOf(list.order)} as "orderValue"` : '';
  const rows = await query<Ordered<Row>>(
    db,
    preparedShape(
      `select ${table.columns}${orderValue} from ${table.from} where ${conditions.join(' and ')} ` +
        `order by ${orderBy(idOf(table), list, bounds.backward)} limit ${parameters.add(bounds.size + 1)}`,
    ),
    parameters.values,
  );
  return toPage(rows, bounds);
}

/** Whether the list has a row at a position or beyond it on the given side. One statement that stops at the first row. */
export async function existsBeyond(
  db: Database,
  table: ListTable,
  list: List,
  side: Side,
  position: Position,
): Promise<boolean> {
  const parameters = new Parameters(list.directoryId);
  const conditions = listConditions(table, list, parameters);
  conditions.push(compare(idOf(table), list, `${operator(list, side)}=`, position, parameters));
  const statement = preparedShape(
    `select 1 from ${table.from} where ${conditions.join(' and ')} ` +
      `order by ${orderBy(idOf(table), list, side === 'before')} limit 1`,
  );
  return (await query(db, statement, parameters.values)).length > 0;
}

/** The number of rows in a list: the directory's counter, or counted where there is none or a search narrows the list. */
export async function countList(db: Database, table: ListTable, list: List): Promise<number> {
  const parameters = new Parameters(list.directoryId);
  const isCounted = list.where !== undefined || table.counter === undefined;
  const text = isCounted
    ? `select count(*) as total from ${table.from} where ${listConditions(table, list, parameters).join(' and ')}`
    : `select ${table.counter} as total from directory_counters where directory_id = ${parameters.directory}`;
  const [row] = await query<{ total: string | number }>(db, preparedShape(text), parameters.values);
  return Number(row?.total ?? 0);
}

/** Rows that belong to a parent row, ordered by id. */
export interface ChildTable {
  /** A table, or a subquery over the row `parent` and the directory, which is `$1`. */
  readonly from: string;
  readonly directory: string;
  /** The column that refers to the parent. */
  readonly parent: string;
  /** The id of the child. */
  readonly key: string;
  readonly join?: string;
  readonly columns: string;
}

/** Reads the same page for each of many parents, in one statement. */
export async function readChildPages<Row extends object>(
  db: Database,
  table: ChildTable,
  directoryId: string,
  parentIds: readonly string[],
  bounds: PageBounds,
): Promise<Map<string, Page<Row>>> {
  const parameters = new Parameters(directoryId);
  const conditions = [...childConditions(table, parameters), ...within(table.key, {}, bounds, parameters)];
  const parents = parameters.add(parentIds);
  const limit = parameters.add(bounds.size + 1);
  const direction = bounds.backward ? 'desc' : 'asc';
  const text = `
    select parent.id as "parentId", child.* from unnest(${parents}::uuid[]) as parent (id)
    cross join lateral (
      select ${table.columns} from ${table.from} ${table.join ?? ''}
      where ${conditions.join(' and ')} order by ${table.key} ${direction} limit ${limit}
    ) child
    order by parent.id, child.id ${direction}`;
  const rows = await query<Row & { parentId: string }>(db, preparedShape(text), parameters.values);
  const byParent = Map.groupBy(rows, (row) => row.parentId);
  return new Map(parentIds.map((id) => [id, toPage<Row>(byParent.get(id) ?? [], bounds)]));
}

/** Finds the parents that have a child at a position or beyond it on the given side, in one statement. */
export async function findParentsBeyond(
  db: Database,
  table: ChildTable,
  directoryId: string,
  parentIds: readonly string[],
  side: Side,
  position: Position,
): Promise<Set<string>> {
  const parameters = new Parameters(directoryId);
  const conditions = childConditions(table, parameters);
  conditions.push(compare(table.key, {}, `${operator({}, side)}=`, position, parameters));
  const text = `
    select parent.id from unnest(${parameters.add(parentIds)}::uuid[]) as parent (id)
    where exists (select 1 from ${table.from} where ${conditions.join(' and ')})`;
  const rows = await query<{ id: string }>(db, preparedShape(text), parameters.values);
  return new Set(rows.map((row) => row.id));
}

/** Counts the children of each parent, in one statement. */
export async function countChildren(
  db: Database,
  table: ChildTable,
  directoryId: string,
  parentIds: readonly string[],
): Promise<Map<string, number>> {
  const parameters = new Parameters(directoryId);
  const text = `
    select parent.id, child.total from unnest(${parameters.add(parentIds)}::uuid[]) as parent (id)
    cross join lateral (
      select count(*) as total from ${table.from} where ${childConditions(table, parameters).join(' and ')}
    ) child`;
  const rows = await query<{ id: string; total: string }>(db, preparedShape(text), parameters.values);
  return new Map(rows.map((row) => [row.id, Number(row.total)]));
}

/** Makes a page of rows read with one more than its size, which shows that more follow; puts them in the list's order. */
export function toPage<Row>(
  rows: readonly Row[],
  { size, backward }: Pick<PageBounds, 'size' | 'backward'>,
): Page<Row> {
  const page = rows.slice(0, size);
  return { rows: backward ? page.reverse() : page, more: rows.length > size };
}

/** The order of a list and its direction. */
type Direction = Pick<List, 'order' | 'descending'>;

/** The conditions on the rows of a list: their directory, the scope of the table, and the search. */
export function listConditions(table: ListTable, { where }: Pick<List, 'where'>, parameters: Parameters): string[] {
  return [
    `${table.alias}.directory_id = ${parameters.directory}`,
    ...(table.scope === undefined ? [] : [table.scope]),
    ...(where ? [compileExpression(where, table.search, parameters)] : []),
  ];
}

function idOf({ alias }: ListTable): string {
  return `${alias}.id`;
}

function childConditions(table: ChildTable, parameters: Parameters): string[] {
  return [`${table.directory} = ${parameters.directory}`, `${table.parent} = parent.id`];
}

/** The conditions that keep rows between the positions of a page. */
export function within(id: string, list: Direction, bounds: PageBounds, parameters: Parameters): string[] {
  const { after, before } = bounds;
  return [
    ...(after ? [compare(id, list, operator(list, 'after'), after, parameters)] : []),
    ...(before ? [compare(id, list, operator(list, 'before'), before, parameters)] : []),
  ];
}

function orderValueOf(order: OrderColumn | AttributeOrder): string {
  return 'nullable' in order ? `(${order.sql})::text` : order.sql;
}

function operator({ descending }: Direction, side: Side): '<' | '>' {
  return (side === 'after') === (descending ?? false) ? '<' : '>';
}

function compare(id: string, { order }: Direction, sign: string, position: Position, parameters: Parameters): string {
  if (!order) return `${id} ${sign} ${parameters.add(position.id)}::uuid`;
  const comesAfter = sign.startsWith('>');
  if (position.value === null) {
    const among = `${id} ${sign} ${parameters.add(position.id)}::uuid`;
    return comesAfter ? `(${order.sql} is null and ${among})` : `(${order.sql} is not null or ${among})`;
  }
  const value = `${parameters.add(position.value)}::${order.type}${order.type === 'text' ? ' collate "C"' : ''}`;
  const compared = `(${order.sql}, ${id}) ${sign} (${value}, ${parameters.add(position.id)}::uuid)`;
  return comesAfter && 'nullable' in order && order.nullable ? `(${compared} or ${order.sql} is null)` : compared;
}

/** The order in which a page is read. NULL comes last, descending first: PostgreSQL's default, and RFC 7644 §3.4.2.3. */
export function orderBy(id: string, { order, descending }: Direction, backward: boolean): string {
  const direction = (descending ?? false) === backward ? 'asc' : 'desc';
  return order ? `${order.sql} ${direction}, ${id} ${direction}` : `${id} ${direction}`;
}
