import type { EntityManager } from '@mikro-orm/postgresql';
import { compileExpression, compileSortKey, Parameters, type SearchTable } from './expression-sql.js';
import type { Expression } from './expression.js';
import { GROUP_SEARCH } from './group/group-search.js';
import type { OffsetPage, Slice, Sort } from './offset-page.js';
import { orderBy, toPage, within, type AttributeOrder, type Ordered, type Page, type PageBounds } from './page.js';
import { preparedShape, query } from './statement.js';
import { USER_SEARCH } from './user/user-search.js';

/** A user or a group, found by a search over both. */
export interface Found {
  readonly type: 'User' | 'Group';
  readonly id: string;
}

/** What is searched for in one of the two tables; undefined finds everything there. */
export interface Search {
  readonly where: Expression | undefined;
  readonly sort: Sort | undefined;
}

/**
 * Searches users and groups together, in one order and with one total (RFC 7644 §3.4.2.1). It finds ids; the resources
 * are read by those.
 */
export async function searchAll(
  em: EntityManager,
  directoryId: string,
  users: Search,
  groups: Search,
  descending: boolean,
  { offset, limit }: Slice,
): Promise<OffsetPage<Found>> {
  const { parameters, found, counted } = compile(directoryId, users, groups);
  const by = `sort_key${descending ? ' desc' : ''}, id`;
  const text = `
    select type, id, count(*) over () as total from (${found}) found
    order by ${by} limit ${parameters.add(limit)} offset ${parameters.add(offset)}`;
  const rows = await query<Found & { readonly total: string }>(em, preparedShape(text), parameters.values);
  const [first] = rows;
  if (first) return { rows, total: Number(first.total) };
  return { rows: [], total: await count(em, counted) };
}

/** The order of both tables together, for cursors. */
export const ALL_ORDER: AttributeOrder = { sql: 'sort_key', type: 'text', nullable: true };

/** Reads a page of the same search by place instead of offset, as `readPage` does of one table. */
export async function pageAll(
  em: EntityManager,
  directoryId: string,
  users: Search,
  groups: Search,
  descending: boolean,
  bounds: PageBounds,
): Promise<{ readonly page: Page<Ordered<Found>>; readonly total: number }> {
  const { parameters, found, counted } = compile(directoryId, users, groups);
  const list = { descending, ...((users.sort ?? groups.sort) && { order: ALL_ORDER }) };
  const conditions = within('id', list, bounds, parameters);
  const text = `
    select type, id, sort_key as "orderValue" from (${found}) found
    ${conditions.length > 0 ? `where ${conditions.join(' and ')}` : ''}
    order by ${orderBy('id', list, bounds.backward)} limit ${parameters.add(bounds.size + 1)}`;
  const [rows, total] = await Promise.all([
    query<Ordered<Found>>(em, preparedShape(text), parameters.values),
    count(em, counted),
  ]);
  return { page: toPage(rows, bounds), total };
}

interface Counted {
  readonly text: string;
  readonly values: readonly unknown[];
}

function compile(
  directoryId: string,
  users: Search,
  groups: Search,
): { readonly parameters: Parameters; readonly found: string; readonly counted: Counted } {
  const parameters = new Parameters(directoryId);
  const found = `
    ${toSelect('User', 'users u', 'u', users, USER_SEARCH, parameters)}
    union all
    ${toSelect('Group', 'groups g', 'g', groups, GROUP_SEARCH, parameters)}`;
  const counted = { text: `select count(*) as total from (${found}) found`, values: [...parameters.values] };
  return { parameters, found, counted };
}

async function count(em: EntityManager, { text, values }: Counted): Promise<number> {
  const [row] = await query<{ total: string }>(em, preparedShape(text), values);
  return Number(row?.total ?? 0);
}

/**
 * Sort keys are compared as text across the tables: both sides know an attribute by one type, or one has no value. They
 * are cut, for a cursor carries them.
 */
function toSelect(
  type: Found['type'],
  from: string,
  alias: string,
  { where, sort }: Search,
  table: SearchTable,
  parameters: Parameters,
): string {
  const condition = where ? ` and ${compileExpression(where, table, parameters)}` : '';
  const key = sort ? `left((${compileSortKey(sort.path, table)})::text, 200)` : 'null::text';
  return `
    select '${type}' as type, ${alias}.id, ${key} collate "C" as sort_key from ${from}
    where ${alias}.directory_id = ${parameters.directory}${condition}`;
}
