import type { Expression } from '../../domain/expression.js';
import { findGroups } from '../../domain/group/group-pages.js';
import type { JsonObject } from '../../domain/json.js';
import { listMembers } from '../../domain/membership/membership-queries.js';
import { GROUP_SCHEMA, USER_SCHEMA, type ResourceSchema } from '../../domain/schema/resource-schema.js';
import { ALL_ORDER, pageAll, searchAll, type Found, type Search } from '../../domain/search-all.js';
import { listUsersByIds } from '../../domain/user/user-queries.js';
import { ScimError } from '../errors.js';
import type { ScimLimits } from '../limits.js';
import { parseFilter } from '../filter/parse-filter.js';
import { hasCursor, parseCursorPaging } from './cursor-paging.js';
import type { Endpoint, ScimRequest } from './exchange.js';
import { toGroupResource } from './group-resource.js';
import { parseSlice, toListResponse } from './list-response.js';
import { parseProjection } from './projection.js';
import { parseSort } from './sort.js';
import { toUserResource } from './user-resource.js';

/**
 * GET / and POST /.search: a query over all resource types (RFC 7644 §3.4.2.1). An attribute that one of the types does
 * not know has no value there.
 */
export const listEverything: Endpoint = async (request) => {
  const { em, actor, query, limits } = request;
  const users = toSearch(query, USER_SCHEMA, limits);
  const groups = toSearch(query, GROUP_SCHEMA, limits);
  const sort = users.sort ?? groups.sort;
  if (query.has('sortBy') && !sort) throw new ScimError(400, 'sortBy is no attribute of any resource', 'invalidPath');
  const { directoryId } = actor;
  const descending = sort?.descending ?? false;
  if (hasCursor(query)) {
    const paging = parseCursorPaging({ directoryId, list: '/', query, order: sort && ALL_ORDER });
    const { page, total } = await pageAll(em, directoryId, users, groups, descending, paging.bounds);
    return { status: 200, body: paging.toResponse(page, total, await readResources(request, page.rows)) };
  }
  const slice = parseSlice(query);
  const { rows, total } = await searchAll(em, directoryId, users, groups, descending, slice);
  return { status: 200, body: toListResponse(await readResources(request, rows), total, slice.startIndex) };
};

async function readResources(
  { em, actor: { directoryId }, baseUrl, query }: ScimRequest,
  rows: readonly Found[],
): Promise<JsonObject[]> {
  const ofUsers = parseProjection(query, USER_SCHEMA);
  const ofGroups = parseProjection(query, GROUP_SCHEMA);
  const userIds = rows.filter((row) => row.type === 'User').map((row) => row.id);
  const groupIds = rows.filter((row) => row.type === 'Group').map((row) => row.id);
  const members = ofGroups.shows('members') ? await listMembers(em, directoryId, groupIds) : undefined;
  const resources = new Map<string, JsonObject>();
  for (const user of await listUsersByIds(em, directoryId, userIds, { groups: ofUsers.shows('groups') })) {
    resources.set(user.id, ofUsers.apply(toUserResource(user, baseUrl)));
  }
  for (const group of await findGroups(em, directoryId, groupIds)) {
    resources.set(group.id, ofGroups.apply(toGroupResource(group, members?.get(group.id), baseUrl)));
  }
  // What was deleted between the two reads is left out.
  return rows.map(({ id }) => resources.get(id)).filter((resource) => resource !== undefined);
}

/** GET /Me: an alias for the user whom the token stands for (RFC 7644 §3.11). Tokens stand for services so far. */
export const getMe: Endpoint = () => {
  throw new ScimError(501, 'A token stands for a service, not for a user');
};

function toSearch(query: URLSearchParams, type: ResourceSchema, limits: ScimLimits): Search {
  const filter = query.get('filter');
  const where: Expression | undefined = filter === null ? undefined : parseFilter(filter, type, limits.filter);
  return { where, sort: sortOf(query, type) };
}

/** A type that does not know the attribute takes part without a value to sort by. */
function sortOf(query: URLSearchParams, type: ResourceSchema): Search['sort'] {
  try {
    return parseSort(query, type);
  } catch (error) {
    if (error instanceof ScimError && error.scimType === 'invalidPath') return undefined;
    throw error;
  }
}
