import type { Expression } from '../../domain/expression.js';
import { findGroups } from '../../domain/group/group-pages.js';
import type { JsonObject } from '../../domain/json.js';
import { listMembers } from '../../domain/membership/membership-queries.js';
import type { ResourceSchema } from '../../domain/schema/resource-schema.js';
import { searchAll, type Search } from '../../domain/search-all.js';
import { listUsersByIds } from '../../domain/user/user-queries.js';
import { ScimError } from '../errors.js';
import { parseFilter } from '../filter/parse-filter.js';
import type { Endpoint } from './exchange.js';
import { toGroupResource } from './group-resource.js';
import { parseSlice, toListResponse } from './list-response.js';
import { parseProjection } from './projection.js';
import { parseSort } from './sort.js';
import { toUserResource } from './user-resource.js';

/**
 * GET / and POST /.search: a query over all resource types (RFC 7644 §3.4.2.1). An attribute that one of the types does
 * not know has no value there.
 */
export const listEverything: Endpoint = async ({ em, actor, schema, baseUrl, query }) => {
  const users = toSearch(query, schema.user);
  const groups = toSearch(query, schema.group);
  const sort = users.sort ?? groups.sort;
  if (query.has('sortBy') && !sort) throw new ScimError(400, 'sortBy is no attribute of any resource', 'invalidPath');
  const slice = parseSlice(query);
  const { directoryId } = actor;
  const { rows, total } = await searchAll(em, directoryId, users, groups, sort?.descending ?? false, slice);
  const ofUsers = parseProjection(query, schema.user);
  const ofGroups = parseProjection(query, schema.group);
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
  const found = rows.map(({ id }) => resources.get(id)).filter((resource) => resource !== undefined);
  return { status: 200, body: toListResponse(found, total, slice.startIndex) };
};

/** GET /Me: an alias for the user whom the token stands for (RFC 7644 §3.11). Tokens stand for services so far. */
export const getMe: Endpoint = () => {
  throw new ScimError(501, 'A token stands for a service, not for a user');
};

function toSearch(query: URLSearchParams, type: ResourceSchema): Search {
  const filter = query.get('filter');
  const where: Expression | undefined = filter === null ? undefined : parseFilter(filter, type);
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
