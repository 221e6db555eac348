import type { EntityManager } from '@mikro-orm/postgresql';
import { fold } from '../fold.js';
import type { ChildTable, ListTable, OrderColumn } from '../page.js';
import { prepared, query } from '../statement.js';
import type { StoredUser } from './user-row.js';
import { USER_SEARCH } from './user-search.js';
import { USER_ROW } from './user-select.js';

/** The users of a directory. */
export const USERS: ListTable = {
  from: 'users u',
  directory: 'u.directory_id',
  id: 'u.id',
  columns: USER_ROW,
  search: USER_SEARCH,
  counter: 'user_count',
};

/** The users whose manager a user is. */
export const REPORTS: ChildTable = {
  from: 'users u',
  directory: 'u.directory_id',
  parent: 'u.manager_id',
  key: 'u.id',
  columns: USER_ROW,
};

/** What users can be ordered by. No value sorts first. Texts without an index are cut: a cursor carries the value. */
export const USER_ORDER = {
  USER_NAME: { sql: 'u.user_name_key', type: 'text' },
  DISPLAY_NAME: { sql: `coalesce(u.display_name_key, '')`, type: 'text' },
  EXTERNAL_ID: { sql: `coalesce(u.external_id, '')`, type: 'text' },
  TITLE: { sql: `left(coalesce(u.title_key, ''), 200)`, type: 'text' },
  DEPARTMENT: { sql: `left(coalesce(u.department_key, ''), 200)`, type: 'text' },
  CREATED_AT: { sql: 'u.created_at', type: 'timestamptz' },
  UPDATED_AT: { sql: 'u.updated_at', type: 'timestamptz' },
} as const satisfies Record<string, OrderColumn>;

const BY_IDS = prepared(`select ${USER_ROW} from users u where u.directory_id = $1 and u.id = any($2::uuid[])`);
const BY_USER_NAME = prepared(`select ${USER_ROW} from users u where u.directory_id = $1 and u.user_name_key = $2`);
const BY_EXTERNAL_ID = prepared(`
  select ${USER_ROW} from users u where u.directory_id = $1 and u.external_id = $2 order by u.id limit 2`);

/** Reads users by id, in no particular order; ids that are none of this directory's are passed over. */
export function findUsers(em: EntityManager, directoryId: string, ids: readonly string[]): Promise<StoredUser[]> {
  return query<StoredUser>(em, BY_IDS, [directoryId, ids]);
}

/** Reads the user of a userName, without regard to case. */
export async function findUserByName(
  em: EntityManager,
  directoryId: string,
  userName: string,
): Promise<StoredUser | undefined> {
  if (userName.includes('\0')) return undefined;
  const [user] = await query<StoredUser>(em, BY_USER_NAME, [directoryId, fold(userName)]);
  return user;
}

/** Reads the users of an externalId, which need not be unique: two of them are enough to tell. */
export async function findUsersByExternalId(
  em: EntityManager,
  directoryId: string,
  externalId: string,
): Promise<StoredUser[]> {
  return externalId.includes('\0') ? [] : query<StoredUser>(em, BY_EXTERNAL_ID, [directoryId, externalId]);
}
