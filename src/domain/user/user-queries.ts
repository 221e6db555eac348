import type { Database } from '../sql/database.js';
import { compileExpression, isUniqueLookup, Parameters } from '../search/compile-expression.js';
import type { Expression } from '../search/expression.js';
import { fold } from '../kernel/fold.js';
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
import { USER_URN } from '../schema/core-user.js';
import { preparedShape, query } from '../sql/statement.js';
import { USERS_BY_ID, type UserParts, type UserStore } from './user-lookup.js';
import type { StoredUser } from './user-row.js';
import { USERS } from './user-pages.js';
import { USER_SEARCH } from './user-search.js';
import { USER_WITH_GROUPS, USER_WITHOUT_GROUPS } from './user-select.js';

/** Reads one user by id; undefined for an id that is none of this directory's, whatever its form. */
export async function findUser(
  store: UserStore,
  directoryId: string,
  id: string,
  parts: UserParts,
): Promise<StoredUser | undefined> {
  if (!isId(id)) return undefined;
  return store.userLookups.byId(directoryId, id.toLowerCase(), parts);
}

/** Reads users by their ids, in no particular order; none of an empty list, without a statement. */
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

/**
 * Searches users in the order of their creation, or of an attribute, a slice by offset as SCIM asks for it. One statement; a second one only
 * where the slice lies behind the end and so brings no row to carry the total.
 */
export async function searchUsers(
  store: UserStore,
  directoryId: string,
  where: Expression | undefined,
  slice: Slice,
  parts: UserParts,
  sort?: Sort,
): Promise<OffsetPage<StoredUser>> {
  const userName = where && toUserName(where);
  if (userName !== undefined && slice.limit > 0) {
    const user = await store.userLookups.byUserName(directoryId, userName, parts);
    return { rows: user && slice.offset === 0 ? [user] : [], total: user ? 1 : 0 };
  }
  const parameters = new Parameters(directoryId);
  const directory = `u.directory_id = ${parameters.directory}`;
  const condition = where ? `${directory} and ${compileExpression(where, USER_SEARCH, parameters)}` : directory;
  return offsetSearch<StoredUser>(slice, where !== undefined, parameters, {
    table: 'users u',
    alias: 'u',
    columns: parts.groups ? USER_WITH_GROUPS : USER_WITHOUT_GROUPS,
    condition,
    findsOne: where !== undefined && isUniqueLookup(where, USER_SEARCH),
    order: sort && { ...sort, search: USER_SEARCH },
    counter: 'user_count',
    run: (text, values) => query(store, preparedShape(text), values),
  });
}

/** The folded userName where an expression asks for nothing else: so Entra matches users before each change. */
function toUserName(where: Expression): string | undefined {
  if (where.kind !== 'compare' || where.operator !== 'eq' || where.path.urn !== USER_URN) return undefined;
  return where.path.attribute.name === 'userName' && typeof where.value === 'string' ? fold(where.value) : undefined;
}

/**
 * Reads a page of the same search by place instead of offset, in two statements: a user who stays as they are appears
 * exactly once in a walk over all pages, whatever comes and goes meanwhile.
 */
export async function pageUsers(
  db: Database,
  directoryId: string,
  where: Expression | undefined,
  bounds: PageBounds,
  parts: UserParts,
  sort?: Sort,
): Promise<{ readonly page: Page<Ordered<StoredUser>>; readonly total: number }> {
  const table = { ...USERS, columns: parts.groups ? USER_WITH_GROUPS : USER_WITHOUT_GROUPS };
  const list: List = {
    directoryId,
    ...(where && { where }),
    ...(sort && { order: toAttributeOrder(sort, USER_SEARCH), descending: sort.descending }),
  };
  const [page, total] = await Promise.all([readPage<StoredUser>(db, table, list, bounds), countList(db, table, list)]);
  return { page, total };
}
