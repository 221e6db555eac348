import { findGroups } from '../../domain/group/group-pages.js';
import type { JsonObject, JsonValue } from '../../domain/json.js';
import { listMembers } from '../../domain/membership/membership-queries.js';
import { listResourcesByIds } from '../../domain/resource/resource-queries.js';
import type { ResourceSchema } from '../../domain/schema/resource-schema.js';
import { ALL_ORDER, pageAll, searchAll, type Found, type Search } from '../../domain/search-all.js';
import { listUsersByIds } from '../../domain/user/user-queries.js';
import { ScimError } from '../errors.js';
import { parseFilter } from '../filter/parse-filter.js';
import { hasCursor, parseCursorPaging } from './cursor-paging.js';
import { listTypes } from '../schema/discovery.js';
import type { Endpoint, ScimRequest } from './exchange.js';
import { toGroupResource } from './group-resource.js';
import { parseSlice, toListResponse } from './list-response.js';
import { parseProjection } from './projection.js';
import { toResource } from './resource-resource.js';
import { parseSort } from './sort.js';
import { toUserResource } from './user-resource.js';

/**
 * GET / and POST /.search: a query over all resource types (RFC 7644 §3.4.2.1). An attribute that one of the types does
 * not know has no value there.
 */
export const listEverything: Endpoint = async (request) => {
  const { em, actor, schema, query } = request;
  const searches = listTypes(schema).map((type) => toSearch(request, type));
  const sort = searches.map((search) => search.sort).find((one) => one !== undefined);
  if (query.has('sortBy') && !sort) throw new ScimError(400, 'sortBy is no attribute of any resource', 'invalidPath');
  const { directoryId } = actor;
  const descending = sort?.descending ?? false;
  if (hasCursor(query)) {
    const paging = parseCursorPaging({ directoryId, list: '/', query, order: sort && ALL_ORDER });
    const { page, total } = await pageAll(em, directoryId, searches, descending, paging.bounds);
    return { status: 200, body: paging.toResponse(page, total, await readFound(request, page.rows)) };
  }
  const slice = parseSlice(query);
  const { rows, total } = await searchAll(em, directoryId, searches, descending, slice);
  return { status: 200, body: toListResponse(await readFound(request, rows), total, slice.startIndex) };
};

async function readFound(request: ScimRequest, rows: readonly Found[]): Promise<JsonObject[]> {
  const { schema } = request;
  const idsOf = (type: ResourceSchema): string[] => rows.filter((row) => row.type === type.name).map(({ id }) => id);
  const resources = new Map<JsonValue | undefined, JsonObject>();
  const add = (found: readonly JsonObject[]): void => {
    for (const one of found) resources.set(one['id'], one);
  };
  add(await readUsers(request, idsOf(schema.user)));
  add(await readGroups(request, idsOf(schema.group)));
  for (const type of schema.custom) add(await readResources(request, type, idsOf(type)));
  // What was deleted between the two reads is left out.
  return rows.map(({ id }) => resources.get(id)).filter((resource) => resource !== undefined);
}

async function readUsers({ em, actor, schema, baseUrl, query }: ScimRequest, ids: string[]): Promise<JsonObject[]> {
  const projection = parseProjection(query, schema.user);
  const users = await listUsersByIds(em, actor.directoryId, ids, { groups: projection.shows('groups') });
  return users.map((user) => projection.apply(toUserResource(user, baseUrl)));
}

async function readGroups({ em, actor, schema, baseUrl, query }: ScimRequest, ids: string[]): Promise<JsonObject[]> {
  const projection = parseProjection(query, schema.group);
  const members = projection.shows('members') ? await listMembers(em, actor.directoryId, ids) : undefined;
  const groups = await findGroups(em, actor.directoryId, ids);
  return groups.map((group) => projection.apply(toGroupResource(group, members?.get(group.id), baseUrl)));
}

async function readResources(
  { em, actor, baseUrl, query }: ScimRequest,
  type: ResourceSchema,
  ids: string[],
): Promise<JsonObject[]> {
  const projection = parseProjection(query, type);
  const resources = await listResourcesByIds(em, actor.directoryId, type, ids);
  return resources.map((resource) => projection.apply(toResource(type, resource, baseUrl)));
}

/** GET /Me: an alias for the user whom the token stands for (RFC 7644 §3.11). Tokens stand for services so far. */
export const getMe: Endpoint = () => {
  throw new ScimError(501, 'A token stands for a service, not for a user');
};

function toSearch({ query, limits, baseUrl }: ScimRequest, type: ResourceSchema): Search {
  const filter = query.get('filter');
  const where = filter === null ? undefined : parseFilter(filter, type, limits.filter, baseUrl);
  return { type, where, sort: sortOf(query, type) };
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
