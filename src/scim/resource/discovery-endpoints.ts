import { ScimError } from '../errors.js';
import {
  listSchemas,
  listTypes,
  toResourceType,
  toSchemaResource,
  toServiceProviderConfig,
} from '../schema/discovery.js';
import type { Endpoint, ScimRequest } from './exchange.js';
import { toListResponse } from './list-response.js';

/** GET /ServiceProviderConfig, RFC 7644 §4. */
export const getServiceProviderConfig: Endpoint = ({ baseUrl, limits }) =>
  Promise.resolve({ status: 200, body: toServiceProviderConfig(baseUrl, limits) });

/** GET /Schemas: a list response, never a bare array, which Entra refuses. */
export const listSchemaResources: Endpoint = (request) =>
  listAll(
    request,
    listSchemas(request.schema).map((schema) => toSchemaResource(schema, request.baseUrl)),
  );

/** GET /Schemas/{urn}. */
export const getSchemaResource: Endpoint = ({ id, schema: known, baseUrl }) => {
  const schema = listSchemas(known).find(({ urn }) => urn.toLowerCase() === id.toLowerCase());
  if (!schema) throw new ScimError(404, `No schema has the URN ${JSON.stringify(id)}`);
  return Promise.resolve({ status: 200, body: toSchemaResource(schema, baseUrl) });
};

/** GET /ResourceTypes. */
export const listResourceTypes: Endpoint = (request) =>
  listAll(
    request,
    listTypes(request.schema).map((type) => toResourceType(type, request.baseUrl)),
  );

/** GET /ResourceTypes/{name}. */
export const getResourceType: Endpoint = ({ id, schema, baseUrl }) => {
  const type = listTypes(schema).find(({ name }) => name === id);
  if (!type) throw new ScimError(404, `No resource type has the name ${JSON.stringify(id)}`);
  return Promise.resolve({ status: 200, body: toResourceType(type, baseUrl) });
};

/** Discovery is never filtered (RFC 7644 §4: 403); other query parameters mean nothing there. */
function listAll({ query }: ScimRequest, resources: Parameters<typeof toListResponse>[0]): ReturnType<Endpoint> {
  if (query.has('filter')) throw new ScimError(403, 'Discovery endpoints do not support filters');
  return Promise.resolve({ status: 200, body: toListResponse(resources, resources.length, 1) });
}
