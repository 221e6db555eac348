import type { Database } from './sql/database.js';
import { customResources } from './custom-resource/custom-resource-queries.js';
import { GROUPS } from './group/group-queries.js';
import { compileSortKey } from './search/compile-expression.js';
import { literal, Parameters, type SearchTable } from './search/search-table.js';
import type { Expression } from './search/expression.js';
import {
  listConditions,
  orderBy,
  toPage,
  within,
  type AttributeOrder,
  type ListTable,
  type Ordered,
  type Page,
  type PageBounds,
} from './search/keyset-pagination.js';
import type { OffsetPage, Slice, Sort } from './search/list.js';
import type { AttributePath } from './schema/attribute.js';
import type { ResourceSchema } from './schema/resource-schema.js';
import { preparedShape, query } from './sql/statement.js';
import { USERS } from './user/user-queries.js';

/** A resource found by a search over all types. */
export interface Found {
  /** The name of its type. */
  readonly type: string;
  readonly id: string;
}

/** A search among the resources of one type. */
export interface Search {
  readonly type: ResourceSchema;
  readonly where: Expression | undefined;
  readonly sort: Sort | undefined;
}

/** The table of the resources of a type. */
function tableOf(type: ResourceSchema): ListTable {
  if (type.name === 'User') return USERS;
  return type.name === 'Group' ? GROUPS : customResources(type);
}

/**
 * Searches the resources of several types together, in one order and with one total (RFC 7644 §3.4.2.1). It finds ids;
 * the resources are read by those.
 */
export async function searchAll(
  db: Database,
  directoryId: string,
  searches: readonly Search[],
  descending: boolean,
  { offset, limit }: Slice,
): Promise<OffsetPage<Found>> {
  const { parameters, found, counted } = compile(directoryId, searches, sortKind(searches));
  const by = `sort_key${descending ? ' desc' : ''}, id`;
  const text = `
    select type, id, count(*) over () as total from (${found}) found
    order by ${by} limit ${parameters.add(limit)} offset ${parameters.add(offset)}`;
  const rows = await query<Found & { readonly total: string }>(db, preparedShape(text), parameters.values);
  const [first] = rows;
  if (first) return { rows, total: Number(first.total) };
  return { rows: [], total: await count(db, counted) };
}

/** Cursors carry the sort key: as text, whatever the attribute is, and cut. */
const CURSOR_KIND = 'varchar(200) collate "C"';

/** The order of all types together, for cursors. */
export const ALL_ORDER: AttributeOrder = { sql: 'sort_key', type: 'text', nullable: true };

/** Reads a page of the same search by position instead of offset, as `pageList` does of one table. */
export async function pageAll(
  db: Database,
  directoryId: string,
  searches: readonly Search[],
  descending: boolean,
  bounds: PageBounds,
): Promise<{ readonly page: Page<Ordered<Found>>; readonly total: number }> {
  const { parameters, found, counted } = compile(directoryId, searches, CURSOR_KIND);
  const list = { descending, ...(searches.some(({ sort }) => sort) && { order: ALL_ORDER }) };
  const conditions = within('id', list, bounds, parameters);
  const text = `
    select type, id, sort_key as "orderValue" from (${found}) found
    ${conditions.length > 0 ? `where ${conditions.join(' and ')}` : ''}
    order by ${orderBy('id', list, bounds.backward)} limit ${parameters.add(bounds.size + 1)}`;
  const [rows, total] = await Promise.all([
    query<Ordered<Found>>(db, preparedShape(text), parameters.values),
    count(db, counted),
  ]);
  return { page: toPage(rows, bounds), total };
}

interface Counted {
  readonly text: string;
  readonly values: readonly unknown[];
}

function compile(
  directoryId: string,
  searches: readonly Search[],
  kind: SortKind,
): { readonly parameters: Parameters; readonly found: string; readonly counted: Counted } {
  const parameters = new Parameters(directoryId);
  const found = searches.map((search) => toSelect(search, kind, parameters)).join(' union all ');
  const counted = { text: `select count(*) as total from (${found}) found`, values: [...parameters.values] };
  return { parameters, found, counted };
}

async function count(db: Database, { text, values }: Counted): Promise<number> {
  const [row] = await query<{ total: string }>(db, preparedShape(text), values);
  return Number(row?.total ?? 0);
}

type SortKind = 'text collate "C"' | 'numeric' | 'timestamptz' | 'boolean' | typeof CURSOR_KIND;

/** The SQL type that the sort keys of several tables are compared as: their own where they share one, else text. */
function sortKind(searches: readonly Search[]): SortKind {
  const kinds = searches.flatMap(({ type, sort }) => (sort ? [kindOf(sort.path, tableOf(type).search)] : []));
  const [first = 'text collate "C"'] = kinds;
  return kinds.every((kind) => kind === first) ? first : 'text collate "C"';
}

function kindOf(path: AttributePath, table: SearchTable): SortKind {
  const target = table.target(path);
  switch ('from' in target ? target.column(path).kind : target.kind) {
    case 'number':
      return 'numeric';
    case 'timestamp':
      return 'timestamptz';
    case 'boolean':
      return 'boolean';
    case 'text':
    case 'uuid':
      return 'text collate "C"';
  }
}

function toSelect({ type, where, sort }: Search, kind: SortKind, parameters: Parameters): string {
  const table = tableOf(type);
  const conditions = listConditions(table, where ? { where } : {}, parameters);
  const key = sort ? `(${compileSortKey(sort.path, table.search)})` : 'null';
  return `
    select ${literal(type.name)} as type, ${table.alias}.id, ${key}::${kind} as sort_key from ${table.from}
    where ${conditions.join(' and ')}`;
}
