import { ScimError } from '../protocol/errors.js';
import {
  listSchemas,
  listTypes,
  toResourceType,
  toSchemaResource,
  toServiceProviderConfig,
} from '../schema/discovery.js';
import type { Endpoint, ScimRequest } from '../protocol/endpoint.js';
import { toListResponse } from '../representation/list-response.js';

/** Handles GET /ServiceProviderConfig (RFC 7644 §4). */
export const getServiceProviderConfig: Endpoint = ({ baseUrl, limits }) =>
  Promise.resolve({ status: 200, body: toServiceProviderConfig(baseUrl, limits) });

/** Handles GET /Schemas. The response is a ListResponse, since Entra rejects a bare array. */
export const listSchemaResources: Endpoint = (request) =>
  listAll(
    request,
    listSchemas(request.schema).map((schema) => toSchemaResource(schema, request.baseUrl)),
  );

/** Handles GET /Schemas/{urn}. */
export const getSchemaResource: Endpoint = ({ id, schema: known, baseUrl }) => {
  const schema = listSchemas(known).find(({ urn }) => urn.toLowerCase() === id.toLowerCase());
  if (!schema) throw new ScimError(404, `No schema has the URN ${JSON.stringify(id)}`);
  return Promise.resolve({ status: 200, body: toSchemaResource(schema, baseUrl) });
};

/** Handles GET /ResourceTypes. */
export const listResourceTypes: Endpoint = (request) =>
  listAll(
    request,
    listTypes(request.schema).map((type) => toResourceType(type, request.baseUrl)),
  );

/** Handles GET /ResourceTypes/{name}. */
export const getResourceType: Endpoint = ({ id, schema, baseUrl }) => {
  const type = listTypes(schema).find(({ name }) => name === id);
  if (!type) throw new ScimError(404, `No resource type has the name ${JSON.stringify(id)}`);
  return Promise.resolve({ status: 200, body: toResourceType(type, baseUrl) });
};

/** Returns all resources. A filter is refused with 403 (RFC 7644 §4), and other query parameters are ignored. */
function listAll({ query }: ScimRequest, resources: Parameters<typeof toListResponse>[0]): ReturnType<Endpoint> {
  if (query.has('filter')) throw new ScimError(403, 'Discovery endpoints do not support filters');
  return Promise.resolve({ status: 200, body: toListResponse(resources, resources.length, 1) });
}
