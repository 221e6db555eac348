import { execute } from '../../domain/execute.js';
import { isId, newId } from '../../domain/kernel/id.js';
import type { JsonObject } from '../../domain/kernel/json.js';
import { notFound } from '../../domain/kernel/precondition.js';
import { pageList, searchList, toAttributeOrder } from '../../domain/search/list.js';
import { customResources, findCustomResource } from '../../domain/custom-resource/custom-resource-queries.js';
import type { StoredCustomResource } from '../../domain/custom-resource/custom-resource-row.js';
import { parseAttributes } from '../../domain/attributes/attributes.js';
import type { ResourceSchema } from '../../domain/schema/resource-schema.js';
import { parseFilter } from '../filter/parse-filter.js';
import { normalizeResource } from '../provider/entra.js';
import { parsePatch } from '../patch/parse-patch.js';
import { hasCursor, parseCursorPaging } from './cursor-paging.js';
import { expectedVersion, isNotModified, toETag } from '../representation/etag.js';
import { requireObject, type Endpoint, type ScimRequest, type ScimResponse } from '../protocol/endpoint.js';
import { parseSlice, toListResponse } from '../representation/list-response.js';
import { assertRequiredNotRemoved } from './patch-errors.js';
import { parseProjection } from '../representation/projection.js';
import { customResourceLocation, toCustomResource } from '../representation/custom-resource.js';
import { parseSort } from './sort.js';

/** The endpoints of a resource type that a directory has registered: the same as those of users, by declarations alone. */
export interface CustomResourceEndpoints {
  readonly list: Endpoint;
  readonly get: Endpoint;
  readonly create: Endpoint;
  readonly replace: Endpoint;
  readonly patch: Endpoint;
  readonly delete: Endpoint;
}

/** Makes the endpoints of a type. */
export function customResourceEndpoints(type: ResourceSchema): CustomResourceEndpoints {
  const get: Endpoint = async (request) => {
    const resource = await findCustomResource(request.store, request.actor.directoryId, type, request.id);
    if (!resource) throw notFound('resource', request.id);
    if (isNotModified(request, resource.version)) return { status: 304, headers: { ETag: toETag(resource.version) } };
    return respond(200, type, resource, request);
  };
  return {
    get,
    list: async ({ store, actor: { directoryId }, baseUrl, query, limits }) => {
      const filter = query.get('filter');
      const where = filter === null ? undefined : parseFilter(filter, type, limits.filter, baseUrl);
      const projection = parseProjection(query, type);
      const sort = parseSort(query, type);
      const table = customResources(type);
      const show = (resource: StoredCustomResource): JsonObject =>
        projection.apply(toCustomResource(type, resource, baseUrl));
      if (hasCursor(query)) {
        const order = sort && toAttributeOrder(sort, table.search);
        const paging = parseCursorPaging({ directoryId, list: type.endpoint, query, order });
        const { page, total } = await pageList<StoredCustomResource>(
          store,
          table,
          { directoryId, where, sort },
          paging.bounds,
        );
        return { status: 200, body: paging.toResponse(page, total, page.rows.map(show)) };
      }
      const slice = parseSlice(query);
      const { rows, total } = await searchList<StoredCustomResource>(store, table, { directoryId, where, sort }, slice);
      return { status: 200, body: toListResponse(rows.map(show), total, slice.startIndex) };
    },
    create: async (request) => {
      const attributes = parseAttributes(type, normalizeResource(requireObject(request), type));
      const command = { type: 'CreateResource', resourceType: type.name, id: newId(), attributes } as const;
      const { resource } = await execute(request.store, request.actor, [command]);
      return respond(201, type, stored(resource), request);
    },
    replace: async (request) => {
      const attributes = parseAttributes(type, normalizeResource(requireObject(request), type));
      const command = { type: 'ReplaceResource', resourceType: type.name, id: idOf(request), attributes } as const;
      const { resource } = await execute(request.store, request.actor, [command], expectedVersion(request));
      return respond(200, type, stored(resource), request);
    },
    patch: async (request) => {
      const operations = parsePatch(request.body, type, request.limits, request.baseUrl);
      const command = { type: 'UpdateResource', resourceType: type.name, id: idOf(request), operations } as const;
      try {
        const { resource } = await execute(request.store, request.actor, [command], expectedVersion(request));
        return respond(200, type, stored(resource), request);
      } catch (error) {
        throw assertRequiredNotRemoved(error, operations);
      }
    },
    delete: async (request) => {
      const command = { type: 'DeleteResource', resourceType: type.name, id: idOf(request) } as const;
      await execute(request.store, request.actor, [command], expectedVersion(request));
      return { status: 204 };
    },
  };
}

function idOf({ id }: ScimRequest): string {
  if (!isId(id)) throw notFound('resource', id);
  return id;
}

function stored(resource: StoredCustomResource | undefined): StoredCustomResource {
  if (!resource) throw new Error('A command of a resource left none');
  return resource;
}

function respond(
  status: number,
  type: ResourceSchema,
  resource: StoredCustomResource,
  { query, baseUrl }: ScimRequest,
): ScimResponse {
  const body = parseProjection(query, type).apply(toCustomResource(type, resource, baseUrl));
  const headers = { ETag: toETag(resource.version), Location: customResourceLocation(type, resource, baseUrl) };
  return { status, body, headers };
}
