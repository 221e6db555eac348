import { listGroupsByIds } from '../../domain/group/group-queries.js';
import type { JsonObject } from '../../domain/kernel/json.js';
import { listCustomResourcesByIds } from '../../domain/custom-resource/custom-resource-queries.js';
import type { ResourceSchema } from '../../domain/schema/resource-schema.js';
import { ALL_ORDER, pageAll, searchAll, type Found, type Search } from '../../domain/search-all-types.js';
import { listUsersByIds } from '../../domain/user/user-queries.js';
import { ScimError } from '../protocol/errors.js';
import { parseFilter } from '../filter/parse-filter.js';
import { hasCursor, parseCursorPaging } from './cursor-paging.js';
import { listTypes } from '../schema/discovery.js';
import type { Endpoint, ScimRequest, ScimResponse } from '../protocol/endpoint.js';
import { toGroupResource } from '../representation/group-resource.js';
import type { JsonText } from '../protocol/json-stream.js';
import { parseSlice, toListResponse, type ListResponse } from '../representation/list-response.js';
import { parseProjection } from '../representation/projection.js';
import { toCustomResource } from '../representation/custom-resource.js';
import { readGroupRepresentations } from '../representation/group-representation.js';
import { parseSort } from './sort.js';
import { toUserResource } from '../representation/user-resource.js';

/**
 * GET / and POST /.search: a query over all resource types (RFC 7644 §3.4.2.1). An attribute that one of the types does
 * not know has no value there.
 */
export const searchAllTypes: Endpoint = async (request) => {
  const { store, actor, schema, query } = request;
  const searches = listTypes(schema).map((type) => toSearch(request, type));
  const sort = searches.map((search) => search.sort).find((one) => one !== undefined);
  if (query.has('sortBy') && !sort) throw new ScimError(400, 'sortBy is no attribute of any resource', 'invalidPath');
  const { directoryId } = actor;
  const descending = sort?.descending ?? false;
  if (hasCursor(query)) {
    const paging = parseCursorPaging({ directoryId, list: '/', query, order: sort && ALL_ORDER });
    const { page, total } = await pageAll(store, directoryId, searches, descending, paging.bounds);
    return showFound(request, page.rows, (resources) => paging.toResponse(page, total, resources));
  }
  const slice = parseSlice(query);
  const { rows, total } = await searchAll(store, directoryId, searches, descending, slice);
  return showFound(request, rows, (resources) => toListResponse(resources, total, slice.startIndex));
};

async function showFound(request: ScimRequest, rows: readonly Found[], toList: ToList): Promise<ScimResponse> {
  const { schema } = request;
  const idsOf = (type: ResourceSchema): string[] => rows.filter((row) => row.type === type.name).map(({ id }) => id);
  const others = await readUsers(request, idsOf(schema.user));
  for (const type of schema.custom) others.push(...(await readResources(request, type, idsOf(type))));
  const body = await showFoundGroups(request, idsOf(schema.group), (groups) => {
    const resources = new Map([...others, ...groups].map((resource) => [resource['id'], resource]));
    // What was deleted between the two reads is left out.
    return toList(rows.map(({ id }) => resources.get(id)).filter((resource) => resource !== undefined));
  });
  return { status: 200, body };
}

type ToList = (resources: readonly JsonObject[]) => ListResponse;

async function readUsers({ store, actor, schema, baseUrl, query }: ScimRequest, ids: string[]): Promise<JsonObject[]> {
  const projection = parseProjection(query, schema.user);
  const users = await listUsersByIds(store, actor.directoryId, ids, { groups: projection.shows('groups') });
  return users.map((user) => projection.apply(toUserResource(user, baseUrl)));
}

async function showFoundGroups(request: ScimRequest, ids: string[], toList: ToList): Promise<JsonObject | JsonText> {
  const { store, actor, schema, baseUrl, query } = request;
  if (ids.length === 0) return toList([]);
  const projection = parseProjection(query, schema.group);
  const rows = new Map((await listGroupsByIds(store, actor.directoryId, ids)).map((group) => [group.id, group]));
  const groups = ids.map((id) => rows.get(id)).filter((group) => group !== undefined);
  return projection.shows('members')
    ? readGroupRepresentations(request, projection, groups, toList)
    : toList(groups.map((group) => projection.apply(toGroupResource(group, undefined, baseUrl))));
}

async function readResources(
  { store, actor, baseUrl, query }: ScimRequest,
  type: ResourceSchema,
  ids: string[],
): Promise<JsonObject[]> {
  const projection = parseProjection(query, type);
  const resources = await listCustomResourcesByIds(store, actor.directoryId, type, ids);
  return resources.map((resource) => projection.apply(toCustomResource(type, resource, baseUrl)));
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
