import type { ResourceSchema } from '../../domain/schema/resource-schema.js';
import { ALL_ORDER, pageAll, searchAll, type Found, type Search } from '../../domain/search-all-types.js';
import { ScimError } from '../protocol/errors.js';
import { parseFilter } from '../filter/resolve-filter.js';
import { hasCursor, parseCursorPaging } from './cursor-paging.js';
import { customResourceEndpoints } from './custom-resource-endpoints.js';
import { listTypes } from '../schema/discovery.js';
import type { ToList } from './endpoints.js';
import type { Endpoint, ScimRequest, ScimResponse } from '../protocol/endpoint.js';
import { groupEndpoints } from './group-endpoints.js';
import { parseSlice, toListResponse } from '../representation/list-response.js';
import { parseSort } from './sort.js';
import { userEndpoints } from './user-endpoints.js';

/**
 * GET / and POST /.search: a query over all resource types (RFC 7644 §3.4.2.1). An attribute that a type does not declare
 * has no value in its resources.
 */
export const searchAllTypes: Endpoint = async (request) => {
  const { store, actor, schema, query } = request;
  const searches = listTypes(schema).map((type) => toSearch(request, type));
  const sort = searches.map((search) => search.sort).find((one) => one !== undefined);
  if (query.has('sortBy') && !sort)
    throw new ScimError(400, 'sortBy must be an attribute of at least one resource type', 'invalidPath');
  const { directoryId } = actor;
  const descending = sort?.descending ?? false;
  if (hasCursor(query)) {
    const paging = parseCursorPaging({ directoryId, list: '/', query, order: sort && ALL_ORDER });
    const { page, total } = await pageAll(store, directoryId, searches, descending, paging.bounds);
    return representFound(request, page.rows, (resources) => paging.toResponse(page, total, resources));
  }
  const slice = parseSlice(query);
  const { rows, total } = await searchAll(store, directoryId, searches, descending, slice);
  return representFound(request, rows, (resources) => toListResponse(resources, total, slice.startIndex));
};

/** Groups come last, because their members may be streamed. */
async function representFound(request: ScimRequest, rows: readonly Found[], toList: ToList): Promise<ScimResponse> {
  const others = await userEndpoints.readFound(request, rows);
  for (const type of request.schema.custom) {
    others.push(...(await customResourceEndpoints(type).readFound(request, rows)));
  }
  const body = await groupEndpoints.representFound(request, rows, (groups) => {
    const resources = new Map([...others, ...groups].map((resource) => [resource['id'], resource]));
    // Resources that were deleted between the two reads are left out.
    return toList(rows.map(({ id }) => resources.get(id)).filter((resource) => resource !== undefined));
  });
  return { status: 200, body };
}

/** GET /Me: an alias for the user that the token authenticates (RFC 7644 §3.11). Tokens authenticate services only. */
export const getMe: Endpoint = () => {
  throw new ScimError(501, 'The token identifies a service, not a user');
};

function toSearch({ query, limits, baseUrl }: ScimRequest, type: ResourceSchema): Search {
  const filter = query.get('filter');
  const where = filter === null ? undefined : parseFilter(filter, type, limits.filter, baseUrl);
  return { type, where, sort: sortOf(query, type) };
}

/** A type that does not declare the attribute is included, without a value to sort by. */
function sortOf(query: URLSearchParams, type: ResourceSchema): Search['sort'] {
  try {
    return parseSort(query, type);
  } catch (error) {
    if (error instanceof ScimError && error.scimType === 'invalidPath') return undefined;
    throw error;
  }
}
