import type { Store } from '../domain/store.js';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Directories } from '../domain/directory/directories.js';
import type { DirectorySchema } from '../domain/schema/resource-schema.js';
import type { Authenticator } from '../domain/token/authenticator.js';
import type { Principal } from '../domain/token/principal.js';
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
  /** Called for every error that is answered with 500. */
  readonly onError: (error: unknown, requestId: string | undefined) => void;
}

/** A request with the id that its log line has. */
export interface IdentifiedRequest extends IncomingMessage {
  readonly id?: string;
}

/** Receives the name of a request's route, without ids, for its log line and the metrics. */
export interface SeenRoute {
  route: string;
}

/** Answers a request to a path below `SCIM_PATH`, whatever happens. */
export type ScimHandler = (request: IdentifiedRequest, response: ServerResponse, seen: SeenRoute) => void;

type Methods = Readonly<Partial<Record<string, Endpoint>>>;

/** The endpoints of one kind of resource: of the collection, of a search by body, and of the resource with an id. */
interface Route {
  readonly name: string;
  readonly all: Methods;
  readonly search?: Methods;
  readonly one?: Methods;
}

/** The endpoints of a directory by their first segment, in lower case. */
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

/** Finds the endpoint of an operation in a Bulk request: one of resources, never of discovery or of Bulk itself. */
function findEndpoint(schema: DirectorySchema, method: string, collection: string, hasId: boolean): Endpoint {
  const route = findRoute(collection.toLowerCase(), schema);
  if (!route?.all['POST'] || !route.one) throw new ScimError(404, 'There is no such endpoint');
  const methods = hasId ? route.one : route.all;
  const endpoint = method !== 'GET' && Object.hasOwn(methods, method) ? methods[method] : undefined;
  if (!endpoint) throw new ScimError(405, `${method} is not allowed here`);
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

/** How soon a client may come back when the database is away, in seconds. */
const RETRY_AFTER = '5';

/** The path of every Tenant URL, before the slug. */
export const SCIM_PATH = '/scim/v2';

/** Whether a request is one to the façade. */
export function isScim({ url = '' }: IncomingMessage): boolean {
  return /^\/scim\/v2(?:[/?]|$)/i.test(url);
}

/**
 * The façade. Made of Node's http alone, as GraphQL is: the layers of express would cost each request a few percent.
 * Authentication comes before anything else is made of the request: before its path below the directory, its method and
 * its body.
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
    // Not just closed: without chunks (HTTP/1.0) the end of a connection is the end of a whole answer.
    response.socket?.resetAndDestroy();
    response.destroy(error as Error);
  }
}

async function answer(services: ScimServices, request: IdentifiedRequest, seen: SeenRoute): Promise<ScimResponse> {
  const { headers, url = '' } = request;
  const [path = '', ...search] = url.slice(SCIM_PATH.length).split('?');
  const [slug = '', collection = '', id = '', ...rest] = segmentsOf(path);
  seen.route = SCIM_PATH;
  const principal = await services.authenticator.authenticate(headers.authorization);
  const directory = await services.directories.findBySlug(slug);
  if (!principal || !mayEnter(principal, directory?.id)) throw new ScimError(401, 'A valid bearer token is needed');
  if (!directory) throw new ScimError(404, `No directory has the slug ${JSON.stringify(slug)}`);
  const schema = await services.store.schemas.get(directory.id);
  const route = findRoute(collection.toLowerCase(), schema);
  const isSearch = id === '.search' && route?.search !== undefined;
  const methods = id === '' ? route?.all : isSearch ? route.search : route?.one;
  if (!route || !methods || rest.length > 0) throw new ScimError(404, 'There is no such endpoint');
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

/** A directory's SCIM token opens that directory, an admin's opens all; nothing else opens any. */
function mayEnter(principal: Principal, directoryId: string | undefined): boolean {
  if (principal.kind === 'admin') return true;
  return principal.kind === 'scim' && directoryId !== undefined && principal.directoryId === directoryId;
}

/** Doubled and trailing slashes mean nothing; each segment is decoded once, after the path has been cut. */
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
 * Reads the body of a request. Entra sends `application/scim+json`; plain JSON is accepted, and so is a body that does not
 * say what it is.
 */
async function readBody(request: IncomingMessage, { bodyBytes }: ScimLimits): Promise<unknown> {
  const type = request.headers['content-type'];
  if (type !== undefined && !/^application\/(scim\+)?json\s*(;|$)/i.test(type)) {
    throw new ScimError(415, 'The request body must be application/scim+json');
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
  const { status, body } = toErrorResource(new ScimError(405, `Allowed here: ${methods.join(', ')}`));
  return { status, body: { ...body }, headers: { Allow: methods.join(', ') } };
}

/** RFC 6750 §3: a challenge, and a reason only where a token was shown. */
function challenge(status: number, { headers }: IncomingMessage): Record<string, string> {
  if (status !== 401) return {};
  const reason = headers.authorization === undefined ? '' : ', error="invalid_token"';
  return { 'WWW-Authenticate': `Bearer realm="portico"${reason}` };
}
