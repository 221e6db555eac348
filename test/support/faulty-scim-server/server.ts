import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Directory } from './directory.js';
import { DISCOVERY, SCHEMA_FAULTS } from './discovery.js';
import type { FaultName, TransportFault } from './faults.js';
import { ENTERPRISE_URN, GROUP_URN, Refusal, USER_URN, keyOf, type Kind, type Wire } from './wire.js';

export interface FaultyServerOptions {
  readonly faults?: readonly FaultName[];
  /** The failure that occurs instead of a response. */
  readonly transport?: TransportFault;
  /** The index of the first request that the transport fault affects; 0 by default. */
  readonly transportFrom?: number;
}

/** A SCIM server on a free port that meets all requirements of Entra, except for the given faults. */
export interface FaultyServer {
  readonly tenantUrl: string;
  readonly token: string;
  /** The number of stored resources. */
  count(): { readonly users: number; readonly groups: number };
  /** The number of requests received. */
  requests(): number;
  stop(): Promise<void>;
}

const TOKEN = 'a-token-of-another-server';
const LIST = 'urn:ietf:params:scim:api:messages:2.0:ListResponse';
const ERROR = 'urn:ietf:params:scim:api:messages:2.0:Error';
const PARAMETERS = ['filter', 'attributes', 'excludedAttributes', 'startIndex', 'count'];
const PAGE = '<!doctype html><title>Welcome</title><p>Please sign in.</p>';

interface Answer {
  readonly status: number;
  readonly body?: Wire;
  readonly headers?: Readonly<Record<string, string>>;
}

export async function startFaultyServer(options: FaultyServerOptions = {}): Promise<FaultyServer> {
  const directory = new Directory(new Set(options.faults));
  let requests = 0;
  const server = createServer((request, response) => {
    const isCut = requests++ >= (options.transportFrom ?? 0) && options.transport !== undefined;
    if (isCut) breakTransport(options.transport, response);
    else void serve(directory, request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    tenantUrl: `http://127.0.0.1:${port}/scim`,
    token: TOKEN,
    count: () => ({ users: directory.count('User'), groups: directory.count('Group') }),
    requests: () => requests,
    stop: () => stop(server),
  };
}

async function stop(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}

function breakTransport(fault: TransportFault, response: ServerResponse): void {
  const html = (status: number, headers: Record<string, string> = {}) =>
    response.writeHead(status, { 'content-type': 'text/html; charset=utf-8', ...headers }).end(PAGE);
  switch (fault) {
    case 'hangs':
      return;
    case 'hangs-up':
      response.destroy();
      return;
    case 'answers-html':
      html(200);
      return;
    case 'answers-500':
      send(
        response,
        { status: 500, body: { schemas: [ERROR], status: '500', detail: 'broken' } },
        'application/scim+json',
      );
      return;
    case 'answers-401':
      send(response, { status: 401, body: { schemas: [ERROR], status: '401' } }, 'application/scim+json');
      return;
    case 'answers-404':
      html(404);
      return;
    case 'redirects':
      html(302, { location: '/login' });
      return;
    case 'garbles-json':
      response.writeHead(200, { 'content-type': 'application/scim+json' }).end('{"schemas":["urn:ietf');
  }
}

async function serve(directory: Directory, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { faults } = directory;
  const mediaType = faults.has('media-type-json') ? 'application/json' : 'application/scim+json';
  try {
    if (faults.has('patch-hangs-up') && request.method === 'PATCH') {
      response.destroy();
      return;
    }
    if (faults.has('user-agent-demanded') && request.headers['user-agent'] === undefined) {
      response.writeHead(403, { 'content-type': 'text/html' }).end(PAGE);
      return;
    }
    send(response, await answer(directory, request), mediaType);
  } catch (error) {
    const { status, scimType } = error instanceof Refusal ? error : { status: 500, scimType: undefined };
    const body = { schemas: [ERROR], status: String(status), scimType, detail: String(error) };
    send(response, { status, body }, mediaType);
  }
}

async function answer(directory: Directory, request: IncomingMessage): Promise<Answer> {
  const url = new URL(request.url ?? '/', 'http://server.example');
  if (request.headers.authorization !== `Bearer ${TOKEN}`) throw new Refusal(401, 'who are you?');
  const { faults } = directory;
  const unknown = [...url.searchParams.keys()].find((name) => !PARAMETERS.includes(name));
  if (unknown !== undefined && faults.has('flag-refused')) throw new Refusal(400, `${unknown} is not known`);
  const path = url.pathname.replace(/^\/scim/, '').replace(/\/$/, '');
  const found = DISCOVERY[path];
  if (found !== undefined) return discover(found, path, directory);
  const [, collection, id] = /^\/(Users|Groups)(?:\/([^/]+))?$/.exec(path) ?? [];
  if (collection === undefined) throw new Refusal(404, `nothing is at ${path}`);
  const kind = collection === 'Users' ? 'User' : 'Group';
  const body = ['POST', 'PATCH'].includes(request.method ?? '') ? await readBody(request) : undefined;
  const { status, body: result } = act(
    directory,
    kind,
    id === undefined ? undefined : decodeURIComponent(id),
    request.method,
    body,
    url,
  );
  const shown = result && project(directory, kind, result, url);
  if (request.method === 'POST' && faults.has('created-without-id')) Reflect.deleteProperty(shown, 'id');
  if (result?.Resources && kind === 'User' && faults.has('list-is-bare-array'))
    return { status, body: shown.Resources };
  return { status, body: shown };
}

function discover(found: Wire, path: string, { faults }: Directory): Answer {
  if (!Array.isArray(found)) return { status: 200, body: found };
  if (path !== '/Schemas') return { status: 200, body: toWholeList(found) };
  if (faults.has('schemas-missing')) throw new Refusal(404, `nothing is at ${path}`);
  if (faults.has('discovery-bare-array')) return { status: 200, body: found };
  const changes = [...faults].flatMap((name) => SCHEMA_FAULTS[name] ?? []);
  const shown = changes.reduce((schemas, change) => change(schemas), found);
  return { status: 200, body: toWholeList(shown) };
}

function toWholeList(resources: Wire[]): Wire {
  const { length } = resources;
  return toList({ totalResults: length, startIndex: 1, itemsPerPage: length, Resources: resources });
}

function act(
  directory: Directory,
  kind: Kind,
  id: string | undefined,
  method: string | undefined,
  body: Wire,
  url: URL,
): Answer {
  if (id === undefined) {
    if (method === 'GET') return { status: 200, body: toList(directory.list(kind, readSelection(url))) };
    if (method === 'POST') {
      const created = directory.create(kind, body);
      return { status: directory.faults.has('created-with-200') ? 200 : 201, body: created };
    }
  } else {
    if (method === 'GET') {
      const unreadable = directory.faults.has(kind === 'User' ? 'user-unreadable' : 'group-unreadable');
      if (unreadable) throw new Refusal(403, 'by filter only');
      return { status: 200, body: directory.get(kind, id) };
    }
    if (method === 'PATCH' && !directory.faults.has('patch-not-allowed')) {
      const patched = directory.patch(kind, id, body);
      return kind === 'User' ? { status: 200, body: patched } : { status: 204 };
    }
    if (method === 'DELETE') {
      directory.delete(kind, id);
      return { status: 204 };
    }
  }
  throw new Refusal(405, `${String(method)} is not for this`);
}

function readSelection({ searchParams }: URL) {
  const filter = searchParams.get('filter');
  const number = (name: string, otherwise: number) => Number(searchParams.get(name) ?? otherwise);
  return {
    ...(filter !== null && { filter }),
    startIndex: Math.max(1, number('startIndex', 1)),
    count: Math.min(100, Math.max(0, number('count', 100))),
  };
}

function toList(list: Wire): Wire {
  return { schemas: [LIST], ...list };
}

/** Projects a resource, or those of a list, by `attributes` and `excludedAttributes` (RFC 7644 §3.9). */
function project(directory: Directory, kind: Kind, body: Wire, url: URL): Wire {
  if (body.Resources)
    return { ...body, Resources: body.Resources.map((one: Wire) => project(directory, kind, one, url)) };
  const names = (parameter: string) => (url.searchParams.get(parameter) ?? '').toLowerCase().split(',').filter(Boolean);
  const wanted = names('attributes');
  const excluded = directory.faults.has('excluded-attributes-ignored') ? [] : names('excludedAttributes');
  const extensions = ENTERPRISE_URN in body ? [ENTERPRISE_URN] : [];
  const full = { ...body, schemas: [kind === 'User' ? USER_URN : GROUP_URN, ...extensions] };
  if (directory.faults.has('active-left-out')) Reflect.deleteProperty(full, 'active');
  if (directory.faults.has('active-shown-as-text') && kind === 'User') full.active = full.active ? 'True' : 'False';
  return Object.fromEntries(
    Object.entries(full).filter(([key]) => {
      const name = keyOf(full, key).toLowerCase();
      if (name === 'id' || name === 'schemas') return true;
      return (wanted.length === 0 || wanted.includes(name)) && !excluded.includes(name);
    }),
  );
}

async function readBody(request: IncomingMessage): Promise<Wire> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) throw new Refusal(400, error.message, 'invalidSyntax');
    throw error;
  }
}

function send(response: ServerResponse, { status, body }: Answer, mediaType: string): void {
  if (body === undefined) response.writeHead(status).end();
  else response.writeHead(status, { 'content-type': mediaType }).end(JSON.stringify(body));
}
