import type { Database } from '../sql/database.js';
import type { Expression } from '../search/expression.js';
import { fold } from '../kernel/fold.js';
import { isId } from '../kernel/id.js';
import type { ChildTable, ListTable, OrderColumn } from '../search/keyset-pagination.js';
import { searchList, type ListQuery, type OffsetPage, type Slice } from '../search/list.js';
import { USER_URN } from '../schema/core-user.js';
import { selectList } from '../sql/select-list.js';
import { preparedShape, query } from '../sql/statement.js';
import {
  ATTRIBUTE_COLUMNS,
  comparedColumn,
  USER_COLUMNS,
  USER_GROUPS,
  USER_WITHOUT_GROUPS,
  type AttributeColumn,
} from './columns/user-columns.js';
import { USERS_BY_ID, type UserParts, type UserStore } from './user-lookup.js';
import type { StoredUser } from './user-row.js';
import { USER_SEARCH } from './columns/user-search.js';

/* Reading users: `find…` and `list…` return whole rows, `select…` some attributes of them, for GraphQL. */

/** The users of a directory. */
export const USERS: ListTable = {
  from: 'users u',
  alias: 'u',
  columns: USER_WITHOUT_GROUPS,
  parts: { groups: USER_GROUPS },
  search: USER_SEARCH,
  counter: 'user_count',
};

/** Reads one user by id; undefined for an id that this directory does not have, and for text that is no id. */
export async function findUser(
  store: UserStore,
  directoryId: string,
  id: string,
  parts: UserParts,
): Promise<StoredUser | undefined> {
  if (!isId(id)) return undefined;
  return store.userLookups.byId(directoryId, id.toLowerCase(), parts);
}

/** Reads users by id, in no particular order. An empty list costs no statement. */
export async function listUsersByIds(
  db: Database,
  directoryId: string,
  ids: readonly string[],
  parts: UserParts,
): Promise<StoredUser[]> {
  return ids.length === 0
    ? []
    : query(db, parts.groups ? USERS_BY_ID.withGroups : USERS_BY_ID.withoutGroups, [directoryId, ids]);
}

/** Reads a slice of the users as `searchList` does; a search for one userName is batched with other lookups. */
export async function listUsers(store: UserStore, list: ListQuery, slice: Slice): Promise<OffsetPage<StoredUser>> {
  const userName = list.where && toUserName(list.where);
  if (userName === undefined || slice.limit === 0) return searchList(store, USERS, list, slice);
  const parts = { groups: list.parts?.includes('groups') ?? false };
  const user = await store.userLookups.byUserName(list.directoryId, userName, parts);
  return { rows: user && slice.offset === 0 ? [user] : [], total: user ? 1 : 0 };
}

/** The folded userName of an expression that asks for nothing else: Entra matches users this way before each change. */
function toUserName(where: Expression): string | undefined {
  if (where.kind !== 'compare' || where.operator !== 'eq' || where.path.urn !== USER_URN) return undefined;
  return where.path.attribute.name === 'userName' && typeof where.value === 'string' ? fold(where.value) : undefined;
}

/** Some attributes of a user, under their names; `id` and `userName` are always among them. */
export interface SelectedUser {
  readonly id: string;
  readonly userName: string;
}

/** The users of a directory, with the named attributes only. */
export function selectUsers(names: ReadonlySet<string>): ListTable {
  return { ...USERS, columns: selectUser(names) };
}

/** The users whose manager is a given user, with the named attributes only. */
export function selectReports(names: ReadonlySet<string>): ChildTable {
  return {
    from: 'users u',
    directory: 'u.directory_id',
    parent: 'u.manager_id',
    key: 'u.id',
    columns: selectUser(names),
  };
}

type UserOrder = Uppercase<Extract<AttributeColumn, { ordered: true }>['column']> | 'CREATED_AT' | 'UPDATED_AT';

/** The orders of a list of users. Users without a value come first. Texts without an index are truncated, because a cursor contains the value. */
export const USER_ORDER = {
  ...Object.fromEntries(
    ATTRIBUTE_COLUMNS.filter((column) => 'ordered' in column).map((column) => [
      column.column.toUpperCase(),
      { sql: toOrder(column), type: 'text' },
    ]),
  ),
  CREATED_AT: { sql: 'u.created_at', type: 'timestamptz' },
  UPDATED_AT: { sql: 'u.updated_at', type: 'timestamptz' },
} as Readonly<Record<UserOrder, OrderColumn>>;

function toOrder(column: AttributeColumn): string {
  const compared = comparedColumn(column);
  if ('notNull' in column) return compared;
  return 'indexed' in column ? `coalesce(${compared}, '')` : `left(coalesce(${compared}, ''), 200)`;
}

/** Reads users by id, in no particular order, with the named attributes only. */
export function selectUsersByIds(
  db: Database,
  directoryId: string,
  ids: readonly string[],
  names: ReadonlySet<string>,
): Promise<SelectedUser[]> {
  const text = `select ${selectUser(names)} from users u where u.directory_id = $1 and u.id = any($2::uuid[])`;
  return query(db, preparedShape(text), [directoryId, ids]);
}

/** Reads the user with a userName, ignoring case, with the named attributes only. */
export async function selectUserByUserName(
  db: Database,
  directoryId: string,
  userName: string,
  names: ReadonlySet<string>,
): Promise<SelectedUser | undefined> {
  if (userName.includes('\0')) return undefined;
  const text = `select ${selectUser(names)} from users u where u.directory_id = $1 and u.user_name_key = $2`;
  const [user] = await query<SelectedUser>(db, preparedShape(text), [directoryId, fold(userName)]);
  return user;
}

/** Reads the users with an externalId, at most two: it need not be unique, and two show that it is not. */
export async function selectUsersByExternalId(
  db: Database,
  directoryId: string,
  externalId: string,
  names: ReadonlySet<string>,
): Promise<SelectedUser[]> {
  if (externalId.includes('\0')) return [];
  const text = `
    select ${selectUser(names)} from users u where u.directory_id = $1 and u.external_id = $2 order by u.id limit 2`;
  return query(db, preparedShape(text), [directoryId, externalId]);
}

function selectUser(names: ReadonlySet<string>): string {
  return selectList(USER_COLUMNS, names, ['id', 'userName']);
}
