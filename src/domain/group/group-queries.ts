import type { Database } from '../sql/database.js';
import { fold } from '../kernel/fold.js';
import { isId } from '../kernel/id.js';
import type { ListTable, OrderColumn } from '../search/keyset-pagination.js';
import { selectList } from '../sql/select-list.js';
import { prepared, preparedShape, query } from '../sql/statement.js';
import type { StoredGroup } from './group-row.js';
import { GROUP_SEARCH } from './group-search.js';
import { GROUP_COLUMNS, GROUP_SELECT_LIST } from './group-select.js';

/*
 * Queries of groups: `find…` and `list…` return complete rows; `select…` returns selected attributes, for GraphQL.
 * Members are read separately.
 */

/** The groups of a directory. */
export const GROUPS: ListTable = {
  from: 'groups g',
  alias: 'g',
  columns: GROUP_SELECT_LIST,
  search: GROUP_SEARCH,
  counter: 'group_count',
};

const BY_ID = prepared(`select ${GROUP_SELECT_LIST} from groups g where g.directory_id = $1 and g.id = $2`);

/** Reads one group by id; undefined if the directory has no such group. */
export async function findGroup(db: Database, directoryId: string, id: string): Promise<StoredGroup | undefined> {
  if (!isId(id)) return undefined;
  const [group] = await query<StoredGroup>(db, BY_ID, [directoryId, id]);
  return group;
}

export const GROUPS_BY_ID = prepared(`
  select ${GROUP_SELECT_LIST} from groups g where g.directory_id = $1 and g.id = any($2::uuid[])`);

/** Reads groups by id, in no particular order. Executes no statement for an empty list. */
export async function listGroupsByIds(
  db: Database,
  directoryId: string,
  ids: readonly string[],
): Promise<StoredGroup[]> {
  return ids.length === 0 ? [] : query<StoredGroup>(db, GROUPS_BY_ID, [directoryId, ids]);
}

/** Selected attributes of a group, by name; `id` is always included. */
export interface SelectedGroup {
  readonly id: string;
}

/** Returns the table of groups that reads only the named attributes. */
export function selectGroups(names: ReadonlySet<string>): ListTable {
  return { ...GROUPS, columns: selectGroup(names) };
}

/** The supported orders of a list of groups. Groups without a value come first. */
export const GROUP_ORDER = {
  DISPLAY_NAME: { sql: 'g.display_name_key', type: 'text' },
  EXTERNAL_ID: { sql: `coalesce(g.external_id, '')`, type: 'text' },
  CREATED_AT: { sql: 'g.created_at', type: 'timestamptz' },
  UPDATED_AT: { sql: 'g.updated_at', type: 'timestamptz' },
} as const satisfies Record<string, OrderColumn>;

/** Reads the named attributes of groups by id, in no particular order. */
export function selectGroupsByIds(
  db: Database,
  directoryId: string,
  ids: readonly string[],
  names: ReadonlySet<string>,
): Promise<SelectedGroup[]> {
  const text = `select ${selectGroup(names)} from groups g where g.directory_id = $1 and g.id = any($2::uuid[])`;
  return query(db, preparedShape(text), [directoryId, ids]);
}

/** Reads the named attributes of the group with a displayName, which is compared without regard to case. */
export async function selectGroupByDisplayName(
  db: Database,
  directoryId: string,
  displayName: string,
  names: ReadonlySet<string>,
): Promise<SelectedGroup | undefined> {
  if (displayName.includes('\0')) return undefined;
  const text = `select ${selectGroup(names)} from groups g where g.directory_id = $1 and g.display_name_key = $2`;
  const [group] = await query<SelectedGroup>(db, preparedShape(text), [directoryId, fold(displayName)]);
  return group;
}

function selectGroup(names: ReadonlySet<string>): string {
  return selectList(GROUP_COLUMNS, names, ['id']);
}
