import type { Database } from '../sql/database.js';
import { compileExpression, isUniqueLookup, Parameters } from '../search/compile-expression.js';
import type { Expression } from '../search/expression.js';
import { isId } from '../kernel/id.js';
import { offsetSearch, type OffsetPage, type Slice, type Sort } from '../search/offset-pagination.js';
import {
  countList,
  readPage,
  toAttributeOrder,
  type List,
  type Ordered,
  type Page,
  type PageBounds,
} from '../search/keyset-pagination.js';
import { prepared, preparedShape, query } from '../sql/statement.js';
import type { StoredGroup } from './group-row.js';
import { GROUPS } from './group-pages.js';
import { GROUP_SEARCH } from './group-search.js';
import { GROUP_SELECT_LIST } from './group-select.js';

const BY_ID = prepared(`select ${GROUP_SELECT_LIST} from groups g where g.directory_id = $1 and g.id = $2`);

/** Reads one group by id, without its members; undefined for an id that is none of this directory's. */
export async function findGroup(db: Database, directoryId: string, id: string): Promise<StoredGroup | undefined> {
  if (!isId(id)) return undefined;
  const [group] = await query<StoredGroup>(db, BY_ID, [directoryId, id]);
  return group;
}

/** Searches groups in the order of their creation, without their members. See `searchUsers`. */
export async function searchGroups(
  db: Database,
  directoryId: string,
  where: Expression | undefined,
  slice: Slice,
  sort?: Sort,
): Promise<OffsetPage<StoredGroup>> {
  const parameters = new Parameters(directoryId);
  const directory = `g.directory_id = ${parameters.directory}`;
  const condition = where ? `${directory} and ${compileExpression(where, GROUP_SEARCH, parameters)}` : directory;
  return offsetSearch<StoredGroup>(slice, where !== undefined, parameters, {
    table: 'groups g',
    alias: 'g',
    columns: GROUP_SELECT_LIST,
    condition,
    findsOne: where !== undefined && isUniqueLookup(where, GROUP_SEARCH),
    order: sort && { ...sort, search: GROUP_SEARCH },
    counter: 'group_count',
    run: (text, values) => query(db, preparedShape(text), values),
  });
}

/** Reads a page of the same search by place instead of offset. See `pageUsers`. */
export async function pageGroups(
  db: Database,
  directoryId: string,
  where: Expression | undefined,
  bounds: PageBounds,
  sort?: Sort,
): Promise<{ readonly page: Page<Ordered<StoredGroup>>; readonly total: number }> {
  const list: List = {
    directoryId,
    ...(where && { where }),
    ...(sort && { order: toAttributeOrder(sort, GROUP_SEARCH), descending: sort.descending }),
  };
  const [page, total] = await Promise.all([
    readPage<StoredGroup>(db, GROUPS, list, bounds),
    countList(db, GROUPS, list),
  ]);
  return { page, total };
}
