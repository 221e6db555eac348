import type { Database } from '../sql/database.js';
import { isId } from '../kernel/id.js';
import { literal } from '../search/search-table.js';
import type { ListTable } from '../search/keyset-pagination.js';
import type { ResourceSchema } from '../schema/resource-schema.js';
import { prepared, query } from '../sql/statement.js';
import type { StoredCustomResource } from './custom-resource-row.js';
import { customResourceSearch } from './custom-resource-search.js';
import { CUSTOM_RESOURCE_SELECT_LIST } from './custom-resource-select.js';

/** The table of the resources of a type. */
export function customResources(type: ResourceSchema): ListTable {
  return {
    from: 'resources r',
    alias: 'r',
    scope: `r.resource_type = ${literal(type.name.toLowerCase())}`,
    columns: CUSTOM_RESOURCE_SELECT_LIST,
    search: customResourceSearch(type),
  };
}

const BY_ID = prepared(`
  select ${CUSTOM_RESOURCE_SELECT_LIST} from resources r where r.directory_id = $1 and r.resource_type = $2 and r.id = $3`);

/** Reads one resource of a type by id; undefined for an id that this directory does not have. */
export async function findCustomResource(
  db: Database,
  directoryId: string,
  type: ResourceSchema,
  id: string,
): Promise<StoredCustomResource | undefined> {
  if (!isId(id)) return undefined;
  const [resource] = await query<StoredCustomResource>(db, BY_ID, [directoryId, type.name.toLowerCase(), id]);
  return resource;
}

const BY_IDS = prepared(`
  select ${CUSTOM_RESOURCE_SELECT_LIST} from resources r
  where r.directory_id = $1 and r.resource_type = $2 and r.id = any($3::uuid[])`);

/** Reads resources of a type by id, in no particular order. An empty list costs no statement. */
export async function listCustomResourcesByIds(
  db: Database,
  directoryId: string,
  type: ResourceSchema,
  ids: readonly string[],
): Promise<StoredCustomResource[]> {
  return ids.length === 0 ? [] : query(db, BY_IDS, [directoryId, type.name.toLowerCase(), ids]);
}
