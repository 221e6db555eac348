import type { Database } from '../sql/database.js';
import { compileExpression, literal, Parameters } from '../search/compile-expression.js';
import type { Expression } from '../search/expression.js';
import { isId } from '../kernel/id.js';
import { offsetSearch, type OffsetPage, type Slice, type Sort } from '../search/offset-pagination.js';
import {
  countList,
  readPage,
  toAttributeOrder,
  type List,
  type ListTable,
  type Ordered,
  type Page,
  type PageBounds,
} from '../search/keyset-pagination.js';
import type { ResourceSchema } from '../schema/resource-schema.js';
import { prepared, preparedShape, query } from '../sql/statement.js';
import type { StoredCustomResource } from './custom-resource-row.js';
import { customResourceSearch } from './custom-resource-search.js';
import { CUSTOM_RESOURCE_SELECT_LIST } from './custom-resource-select.js';

const BY_ID = prepared(`
  select ${CUSTOM_RESOURCE_SELECT_LIST} from resources r where r.directory_id = $1 and r.resource_type = $2 and r.id = $3`);

/** Reads one resource of a type by id; undefined for an id that is none of this directory's. */
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

/** Reads resources of a type by their ids, in no particular order; none of an empty list, without a statement. */
export async function listCustomResourcesByIds(
  db: Database,
  directoryId: string,
  type: ResourceSchema,
  ids: readonly string[],
): Promise<StoredCustomResource[]> {
  return ids.length === 0 ? [] : query(db, BY_IDS, [directoryId, type.name.toLowerCase(), ids]);
}

/** A page of the same search by place instead of offset, with the number of all that it finds. See `pageUsers`. */
export async function pageCustomResources(
  db: Database,
  directoryId: string,
  type: ResourceSchema,
  where: Expression | undefined,
  bounds: PageBounds,
  sort?: Sort,
): Promise<{ readonly page: Page<Ordered<StoredCustomResource>>; readonly total: number }> {
  const search = customResourceSearch(type);
  const table: ListTable = {
    from: 'resources r',
    directory: 'r.directory_id',
    scope: scopeOf(type),
    id: 'r.id',
    columns: CUSTOM_RESOURCE_SELECT_LIST,
    search,
  };
  const list: List = {
    directoryId,
    ...(where && { where }),
    ...(sort && { order: toAttributeOrder(sort, search), descending: sort.descending }),
  };
  const [page, total] = await Promise.all([
    readPage<StoredCustomResource>(db, table, list, bounds),
    countList(db, table, list),
  ]);
  return { page, total };
}

function scopeOf(type: ResourceSchema): string {
  return `r.resource_type = ${literal(type.name.toLowerCase())}`;
}

/** Searches the resources of a type, in the order of their creation or of an attribute. See `searchUsers`. */
export async function searchCustomResources(
  db: Database,
  directoryId: string,
  type: ResourceSchema,
  where: Expression | undefined,
  slice: Slice,
  sort?: Sort,
): Promise<OffsetPage<StoredCustomResource>> {
  const parameters = new Parameters(directoryId);
  const search = customResourceSearch(type);
  const scope = `r.directory_id = ${parameters.directory} and ${scopeOf(type)}`;
  const condition = where ? `${scope} and ${compileExpression(where, search, parameters)}` : scope;
  return offsetSearch<StoredCustomResource>(slice, where !== undefined, parameters, {
    table: 'resources r',
    alias: 'r',
    columns: CUSTOM_RESOURCE_SELECT_LIST,
    condition,
    order: sort && { ...sort, search },
    run: (text, values) => query(db, preparedShape(text), values),
  });
}
