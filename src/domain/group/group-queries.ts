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
 * Reading groups: `find…` and `list…` return whole rows, `select…` some attributes of them, for GraphQL. Members are
 * read separately.
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

/** Reads one group by id; undefined for an id that this directory does not have. */
export async function findGroup(db: Database, directoryId: string, id: string): Promise<StoredGroup | undefined> {
  if (!isId(id)) return undefined;
  const [group] = await query<StoredGroup>(db, BY_ID, [directoryId, id]);
  return group;
}

export const GROUPS_BY_ID = prepared(`
  select ${GROUP_SELECT_LIST} from groups g where g.directory_id = $1 and g.id = any($2::uuid[])`);

/** Reads groups by id, in no particular order. An empty list costs no statement. */
export async function listGroupsByIds(
  db: Database,
  directoryId: string,
  ids: readonly string[],
): Promise<StoredGroup[]> {
  return ids.length === 0 ? [] : query<StoredGroup>(db, GROUPS_BY_ID, [directoryId, ids]);
}

/** Some attributes of a group, under their names; `id` is always among them. */
export interface SelectedGroup {
  readonly id: string;
}

/** The groups of a directory, with the named attributes only. */
export function selectGroups(names: ReadonlySet<string>): ListTable {
  return { ...GROUPS, columns: selectGroup(names) };
}

/** The orders of a list of groups. Groups without a value come first. */
export const GROUP_ORDER = {
  DISPLAY_NAME: { sql: 'g.display_name_key', type: 'text' },
  EXTERNAL_ID: { sql: `coalesce(g.external_id, '')`, type: 'text' },
  CREATED_AT: { sql: 'g.created_at', type: 'timestamptz' },
  UPDATED_AT: { sql: 'g.updated_at', type: 'timestamptz' },
} as const satisfies Record<string, OrderColumn>;

/** Reads groups by id, in no particular order, with the named attributes only. */
export function selectGroupsByIds(
  db: Database,
  directoryId: string,
  ids: readonly string[],
  names: ReadonlySet<string>,
): Promise<SelectedGroup[]> {
  const text = `select ${selectGroup(names)} from groups g where g.directory_id = $1 and g.id = any($2::uuid[])`;
  return query(db, preparedShape(text), [directoryId, ids]);
}

/** Reads the group with a displayName, ignoring case, with the named attributes only. */
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
