import type { Store } from '../domain/store.js';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Directories } from '../domain/directory/directories.js';
import type { Directory } from '../domain/directory/directory.js';
import type { DirectorySchema } from '../domain/schema/resource-schema.js';
import type { Authenticator } from '../domain/token/authenticator.js';
import type { Principal } from '../domain/token/principal.js';
import { REPEATED_AUTHORIZATION, REPEATED_CHALLENGE, repeatsAuthorization } from '../http/authorization.js';
import { BodyError, readJson } from '../http/json-body.js';
import { createBulk } from './bulk/bulk-endpoint.js';
import { assertJsonComplexity } from './protocol/json-complexity.js';
import { isRefusal, ScimError, toErrorResource } from './protocol/errors.js';
import type { ScimLimits } from './protocol/limits.js';
import {
  getResourceType,
  getSchemaResource,
  getServiceProviderConfig,
  listResourceTypes,
  listSchemaResources,
} from './resource/discovery-endpoints.js';
import type { Endpoint, ScimResponse } from './protocol/endpoint.js';
import { assertRequestSize } from './protocol/request-size.js';
import { customResourceEndpoints } from './resource/custom-resource-endpoints.js';
import type { ResourceEndpoints } from './resource/endpoints.js';
import { groupEndpoints } from './resource/group-endpoints.js';
import { getMe, searchAllTypes } from './resource/search-all-endpoints.js';
import { searchBy } from './resource/search-request.js';
import { userEndpoints } from './resource/user-endpoints.js';
import { sendResponse } from './protocol/send-response.js';

/** The services that the façade uses. */
export interface ScimServices {
  readonly store: Store;
  readonly authenticator: Authenticator;
  readonly directories: Directories;
  /** The origin of `meta.location`, without a trailing slash. */
  readonly publicUrl: string;
  readonly limits: ScimLimits;
  /** Called with every error that is answered with 500. */
  readonly onError: (error: unknown, requestId: string | undefined) => void;
}

/** A request with the id under which it is logged. */
export interface IdentifiedRequest extends IncomingMessage {
  readonly id?: string;
}

/** Receives the route of a request, without ids, for its log line and the metrics. */
export interface SeenRoute {
  route: string;
}

/** Answers a request to a path below `SCIM_PATH`. Never throws. */
export type ScimHandler = (request: IdentifiedRequest, response: ServerResponse, seen: SeenRoute) => void;

type Methods = Readonly<Partial<Record<string, Endpoint>>>;

/** The endpoints of a collection, of its `.search`, and of one resource in it. */
interface Route {
  readonly name: string;
  readonly all: Methods;
  readonly search?: Methods;
  readonly one?: Methods;
}

/** The routes of a directory by the first path segment in lower case. */
const ROUTES: Readonly<Record<string, Route>> = {
  '': { name: '', all: { GET: searchAllTypes } },
  '.search': { name: '.search', all: { POST: searchBy(searchAllTypes) } },
  users: routeOf('Users', userEndpoints),
  groups: routeOf('Groups', groupEndpoints),
  bulk: { name: 'Bulk', all: { POST: createBulk(findEndpoint) } },
  me: { name: 'Me', all: { GET: getMe, POST: getMe, PUT: getMe, PATCH: getMe, DELETE: getMe } },
  serviceproviderconfig: { name: 'ServiceProviderConfig', all: { GET: getServiceProviderConfig } },
  resourcetypes: { name: 'ResourceTypes', all: { GET: listResourceTypes }, one: { GET: getResourceType } },
  schemas: { name: 'Schemas', all: { GET: listSchemaResources }, one: { GET: getSchemaResource } },
};

/** Finds the endpoint of a Bulk operation. Discovery and Bulk itself are not available there. */
function findEndpoint(schema: DirectorySchema, method: string, collection: string, hasId: boolean): Endpoint {
  const route = findRoute(collection.toLowerCase(), schema);
  if (!route?.all['POST'] || !route.one) throw new ScimError(404, 'Endpoint not found');
  const methods = hasId ? route.one : route.all;
  const endpoint = method !== 'GET' && Object.hasOwn(methods, method) ? methods[method] : undefined;
  if (!endpoint) throw new ScimError(405, `${method} is not allowed on this endpoint`);
  return endpoint;
}

function findRoute(collection: string, { custom }: DirectorySchema): Route | undefined {
  if (Object.hasOwn(ROUTES, collection)) return ROUTES[collection];
  const type = custom.find(({ endpoint }) => endpoint.toLowerCase() === `/${collection}`);
  if (!type) return undefined;
  // One name for all of them: metrics have a series for each, and directories may register any number.
  return routeOf('{resources}', customResourceEndpoints(type));
}

function routeOf(name: string, { list, get, create, replace, patch, delete: remove }: ResourceEndpoints): Route {
  return {
    name,
    all: { GET: list, POST: create },
    search: { POST: searchBy(list) },
    one: { GET: get, PUT: replace, PATCH: patch, DELETE: remove },
  };
}

/** The time that a client should wait before it retries while the database is unavailable, in seconds. */
const RETRY_AFTER = '5';

/** The path of every Tenant URL up to the slug. */
export const SCIM_PATH = '/scim/v2';

/** Whether a request is addressed to the façade. */
export function isScim({ url = '' }: IncomingMessage): boolean {
  return /^\/scim\/v2(?:[/?]|$)/i.test(url);
}

/**
 * Creates the request handler. It uses Node's http directly, as GraphQL does, because express would slow each request
 * by a few percent. A request is authenticated before its path below the directory, its method and its body are
 * examined.
 */
export function createScimHandler(services: ScimServices): ScimHandler {
  return (request, response, seen) => {
    respond(services, request, response, seen).catch((error: unknown) => {
      services.onError(error, request.id);
      response.destroy();
    });
  };
}

async function respond(
  services: ScimServices,
  request: IdentifiedRequest,
  response: ServerResponse,
  seen: SeenRoute,
): Promise<void> {
  try {
    await sendResponse(response, await answer(services, request, seen));
  } catch (error) {
    if (!response.headersSent) {
      await sendResponse(response, toErrorResponse(services, error, request));
      return;
    }
    services.onError(error, request.id);
    // Reset, not just closed: without chunked encoding (HTTP/1.0), closing the connection ends a complete response.
    response.socket?.resetAndDestroy();
    response.destroy(error as Error);
  }
}

async function answer(services: ScimServices, request: IdentifiedRequest, seen: SeenRoute): Promise<ScimResponse> {
  const { headers, url = '' } = request;
  const [path = '', ...search] = url.slice(SCIM_PATH.length).split('?');
  const [slug = '', collection = '', id = '', ...rest] = segmentsOf(path);
  seen.route = SCIM_PATH;
  if (repeatsAuthorization(request)) return repeatedAuthorization();
  const principal = await services.authenticator.authenticate(headers.authorization);
  const directory = principal && (await findDirectory(services.directories, principal, slug));
  if (!directory) {
    if (principal?.kind !== 'admin') throw new ScimError(401, 'A valid bearer token is required');
    throw new ScimError(404, `No directory has the slug ${JSON.stringify(slug)}`);
  }
  const schema = await services.store.schemas.get(directory.id);
  const route = findRoute(collection.toLowerCase(), schema);
  const isSearch = id === '.search' && route?.search !== undefined;
  const methods = id === '' ? route?.all : isSearch ? route.search : route?.one;
  if (!route || !methods || rest.length > 0) throw new ScimError(404, 'Endpoint not found');
  seen.route = `${SCIM_PATH}/{slug}/${route.name}${id === '' ? '' : isSearch ? '/.search' : '/{id}'}`;
  const { method: given = '' } = request;
  const method = given === 'HEAD' ? 'GET' : given;
  const endpoint = Object.hasOwn(methods, method) ? methods[method] : undefined;
  if (!endpoint) return notAllowed(Object.keys(methods));
  const body = method === 'GET' || method === 'DELETE' ? undefined : await readBody(request, services.limits);
  if (route.name !== 'Bulk') assertRequestSize(body, services.limits);
  return endpoint({
    store: services.store,
    actor: {
      directoryId: directory.id,
      name: principal.actorName,
      source: 'SCIM',
      ...(request.id === undefined ? {} : { requestId: request.id }),
    },
    schema,
    baseUrl: `${services.publicUrl}${SCIM_PATH}/${directory.slug}`,
    id,
    query: new URLSearchParams(search.join('?')),
    body,
    limits: services.limits,
    report: (error) => services.onError(error, request.id),
    ifMatch: headers['if-match'],
    ifNoneMatch: headers['if-none-match'],
  });
}

/**
 * Finds the directory of a slug, if the token grants access to it: a SCIM token to its own directory, an admin token to
 * all. Slugs are looked up for admin tokens only, so that other clients cannot cause queries and cache entries for
 * arbitrary slugs.
 */
async function findDirectory(
  directories: Directories,
  { kind, directoryId }: Principal,
  slug: string,
): Promise<Directory | undefined> {
  if (kind === 'admin') return directories.findBySlug(slug);
  if (kind !== 'scim' || directoryId === null) return undefined;
  const own = await directories.findById(directoryId);
  return own?.slug === slug ? own : undefined;
}

/** Splits a path into segments, ignoring repeated and trailing slashes. Decodes each segment once, after splitting. */
function segmentsOf(path: string): string[] {
  return path
    .split('/')
    .filter((segment) => segment !== '')
    .map((segment) => {
      try {
        return decodeURIComponent(segment);
      } catch (error) {
        if (error instanceof URIError) return segment;
        throw error;
      }
    });
}

/**
 * Reads the body of a request. Entra sends `application/scim+json`; `application/json` is accepted too, and so is a
 * body without a Content-Type.
 */
async function readBody(request: IncomingMessage, { bodyBytes }: ScimLimits): Promise<unknown> {
  const type = request.headers['content-type'];
  if (type !== undefined && !/^application\/(scim\+)?json\s*(;|$)/i.test(type)) {
    throw new ScimError(415, 'Content-Type must be application/scim+json or application/json');
  }
  try {
    return await readJson(request, bodyBytes, (bytes) => assertJsonComplexity(bytes, bodyBytes));
  } catch (error) {
    if (!(error instanceof BodyError)) throw error;
    throw new ScimError(error.status, error.message, error.status === 400 ? 'invalidSyntax' : undefined);
  }
}

function toErrorResponse({ onError }: ScimServices, thrown: unknown, request: IdentifiedRequest): ScimResponse {
  const { status, body } = toErrorResource(thrown);
  if (!isRefusal(thrown)) onError(thrown, request.id);
  const headers = status === 503 ? { 'Retry-After': RETRY_AFTER } : challenge(status, request);
  return { status, body: { ...body }, headers };
}

function notAllowed(methods: readonly string[]): ScimResponse {
  const { status, body } = toErrorResource(
    new ScimError(405, `Method not allowed: this endpoint supports ${methods.join(', ')}`),
  );
  return { status, body: { ...body }, headers: { Allow: methods.join(', ') } };
}

function repeatedAuthorization(): ScimResponse {
  const { status, body } = toErrorResource(new ScimError(400, REPEATED_AUTHORIZATION));
  return { status, body: { ...body }, headers: { 'WWW-Authenticate': REPEATED_CHALLENGE } };
}

/** Builds the challenge of a 401 (RFC 6750 §3), with an error code only if the request had credentials. */
function challenge(status: number, { headers }: IncomingMessage): Record<string, string> {
  if (status !== 401) return {};
  const reason = headers.authorization === undefined ? '' : ', error="invalid_token"';
  return { 'WWW-Authenticate': `Bearer realm="portico"${reason}` };
}
