import type { Database } from '../sql/database.js';
import { fold } from '../kernel/fold.js';
import type { ChildTable, ListTable, OrderColumn } from '../search/keyset-pagination.js';
import { selectList } from '../sql/select-list.js';
import { preparedShape, query } from '../sql/statement.js';
import { USER_SEARCH } from './user-search.js';
import { USER_COLUMNS, USER_WITHOUT_GROUPS } from './user-select.js';

/** The users of a directory. */
export const USERS: ListTable = {
  from: 'users u',
  directory: 'u.directory_id',
  id: 'u.id',
  columns: USER_WITHOUT_GROUPS,
  search: USER_SEARCH,
  counter: 'user_count',
};

/** Some attributes of a user, under their names; `id` and `userName` are always among them. */
export interface SelectedUser {
  readonly id: string;
  readonly userName: string;
}

/** The users of a directory, with no more of them than the attributes named. */
export function selectUsers(names: ReadonlySet<string>): ListTable {
  return { ...USERS, columns: selectUser(names) };
}

/** The users whose manager a user is. */
export function selectReports(names: ReadonlySet<string>): ChildTable {
  return {
    from: 'users u',
    directory: 'u.directory_id',
    parent: 'u.manager_id',
    key: 'u.id',
    columns: selectUser(names),
  };
}

/** What users can be ordered by. A missing value sorts before every other. Texts without an index are cut: a cursor carries the value. */
export const USER_ORDER = {
  USER_NAME: { sql: 'u.user_name_key', type: 'text' },
  DISPLAY_NAME: { sql: `coalesce(u.display_name_key, '')`, type: 'text' },
  EXTERNAL_ID: { sql: `coalesce(u.external_id, '')`, type: 'text' },
  TITLE: { sql: `left(coalesce(u.title_key, ''), 200)`, type: 'text' },
  DEPARTMENT: { sql: `left(coalesce(u.department_key, ''), 200)`, type: 'text' },
  CREATED_AT: { sql: 'u.created_at', type: 'timestamptz' },
  UPDATED_AT: { sql: 'u.updated_at', type: 'timestamptz' },
} as const satisfies Record<string, OrderColumn>;

/** Reads users by id, in no particular order; ids that are none of this directory's are passed over. */
export function selectUsersByIds(
  db: Database,
  directoryId: string,
  ids: readonly string[],
  names: ReadonlySet<string>,
): Promise<SelectedUser[]> {
  const text = `select ${selectUser(names)} from users u where u.directory_id = $1 and u.id = any($2::uuid[])`;
  return query(db, preparedShape(text), [directoryId, ids]);
}

/** Reads the user of a userName, without regard to case. */
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

/** Reads the users of an externalId, which need not be unique: two of them are enough to tell. */
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
