import type { EntityManager } from '@mikro-orm/postgresql';
import { fold } from '../fold.js';
import type { ListTable, OrderColumn } from '../page.js';
import { prepared, query } from '../statement.js';
import type { StoredGroup } from './group-row.js';
import { GROUP_SEARCH } from './group-search.js';
import { GROUP_COLUMNS } from './group-select.js';

/** The groups of a directory. */
export const GROUPS: ListTable = {
  from: 'groups g',
  directory: 'g.directory_id',
  id: 'g.id',
  columns: GROUP_COLUMNS,
  search: GROUP_SEARCH,
  counter: 'group_count',
};

/** What groups can be ordered by. No value sorts first. */
export const GROUP_ORDER = {
  DISPLAY_NAME: { sql: 'g.display_name_key', type: 'text' },
  EXTERNAL_ID: { sql: `coalesce(g.external_id, '')`, type: 'text' },
  CREATED_AT: { sql: 'g.created_at', type: 'timestamptz' },
  UPDATED_AT: { sql: 'g.updated_at', type: 'timestamptz' },
} as const satisfies Record<string, OrderColumn>;

const BY_IDS = prepared(`select ${GROUP_COLUMNS} from groups g where g.directory_id = $1 and g.id = any($2::uuid[])`);
const BY_NAME = prepared(`select ${GROUP_COLUMNS} from groups g where g.directory_id = $1 and g.display_name_key = $2`);

/** Reads groups by id, in no particular order; ids that are none of this directory's are passed over. */
export function findGroups(em: EntityManager, directoryId: string, ids: readonly string[]): Promise<StoredGroup[]> {
  return query<StoredGroup>(em, BY_IDS, [directoryId, ids]);
}

/** Reads the group of a displayName, without regard to case. */
export async function findGroupByName(
  em: EntityManager,
  directoryId: string,
  displayName: string,
): Promise<StoredGroup | undefined> {
  if (displayName.includes('\0')) return undefined;
  const [group] = await query<StoredGroup>(em, BY_NAME, [directoryId, fold(displayName)]);
  return group;
}
