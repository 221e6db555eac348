import { execute } from '../../domain/execute.js';
import { isId, newId } from '../../domain/kernel/id.js';
import type { JsonObject } from '../../domain/kernel/json.js';
import { toAttributeOrder } from '../../domain/search/keyset-pagination.js';
import { notFound, assertVersion } from '../../domain/kernel/precondition.js';
import { parseAttributes, type Attributes } from '../../domain/attributes/attributes.js';
import type { StoredUser } from '../../domain/user/user-row.js';
import { findUser, pageUsers, searchUsers } from '../../domain/user/user-queries.js';
import { USER_SEARCH } from '../../domain/user/user-search.js';
import { parseFilter } from '../filter/parse-filter.js';
import { normalizeResource } from '../provider/entra.js';
import { resolveManager } from '../patch/manager-reference.js';
import { parsePatch } from '../patch/parse-patch.js';
import { toUserCommands } from '../patch/user-patch.js';
import { hasCursor, parseCursorPaging } from './cursor-paging.js';
import { expectedVersion, isNotModified, toETag } from '../representation/etag.js';
import { requireObject, type Endpoint, type ScimRequest, type ScimResponse } from '../protocol/endpoint.js';
import { parseSlice, toListResponse } from '../representation/list-response.js';
import { assertRequiredNotRemoved } from './patch-errors.js';
import { parseProjection } from '../representation/projection.js';
import { parseSort } from './sort.js';
import { toUserResource, userLocation } from '../representation/user-resource.js';

/** Handles GET /Users: filtering, sorting and paging by index (RFC 7644 §3.4.2) or by cursor (RFC 9865). */
export const listUsers: Endpoint = async ({ store, actor, schema, baseUrl, query, limits }) => {
  const filter = query.get('filter');
  const where = filter === null ? undefined : parseFilter(filter, schema.user, limits.filter, baseUrl);
  const projection = parseProjection(query, schema.user);
  const parts = { groups: projection.shows('groups') };
  const sort = parseSort(query, schema.user);
  const toResource = (user: StoredUser): JsonObject => projection.apply(toUserResource(user, baseUrl));
  if (hasCursor(query)) {
    const order = sort && toAttributeOrder(sort, USER_SEARCH);
    const paging = parseCursorPaging({ directoryId: actor.directoryId, list: schema.user.endpoint, query, order });
    const { page, total } = await pageUsers(store, actor.directoryId, where, paging.bounds, parts, sort);
    return { status: 200, body: paging.toResponse(page, total, page.rows.map(toResource)) };
  }
  const slice = parseSlice(query);
  const { rows, total } = await searchUsers(store, actor.directoryId, where, slice, parts, sort);
  const resources = rows.map(toResource);
  return { status: 200, body: toListResponse(resources, total, slice.startIndex) };
};

/** Handles GET /Users/{id}. Inactive users are returned too, because Entra reads them after disabling them. */
export const getUser: Endpoint = async (request) => {
  const projection = parseProjection(request.query, request.schema.user);
  const parts = { groups: projection.shows('groups') };
  const user = await findUser(request.store, request.actor.directoryId, request.id, parts);
  if (!user) throw notFound('user', request.id);
  if (isNotModified(request, user.version)) return { status: 304, headers: { ETag: toETag(user.version) } };
  return userResponse(200, user, request);
};

/** Handles POST /Users (RFC 7644 §3.3). */
export const createUser: Endpoint = async (request) => {
  const attributes = readAttributes(request);
  const { user } = await execute(request.store, request.actor, [{ type: 'CreateUser', id: newId(), attributes }]);
  return userResponse(201, stored(user), request);
};

/** Handles PUT /Users/{id} (RFC 7644 §3.5.1). */
export const replaceUser: Endpoint = async (request) => {
  const attributes = readAttributes(request);
  const commands = [{ type: 'ReplaceUser', id: requireId(request), attributes }] as const;
  const { user } = await execute(request.store, request.actor, commands, expectedVersion(request));
  return userResponse(200, stored(user), request);
};

/** Handles PATCH /Users/{id} (RFC 7644 §3.5.2). Applies all operations or none. */
export const patchUser: Endpoint = async (request) => {
  const operations = parsePatch(request.body, request.schema.user, request.limits, request.baseUrl);
  const commands = toUserCommands(requireId(request), operations);
  // Entra's validator sends an empty `Operations`, which must succeed without a change.
  if (commands.length === 0) return unchangedUser(request);
  try {
    const { user } = await execute(request.store, request.actor, commands, expectedVersion(request));
    return userResponse(200, stored(user), request);
  } catch (error) {
    throw assertRequiredNotRemoved(error, operations);
  }
};

/** Handles DELETE /Users/{id} (RFC 7644 §3.6). */
export const deleteUser: Endpoint = async (request) => {
  const commands = [{ type: 'DeleteUser', id: requireId(request) }] as const;
  await execute(request.store, request.actor, commands, expectedVersion(request));
  return { status: 204 };
};

/** Reads the body of a POST or PUT. */
function readAttributes(request: ScimRequest): Attributes {
  const { schema, baseUrl } = request;
  const body = normalizeResource(requireObject(request), schema.user);
  return parseAttributes(schema.user, resolveManager(body, baseUrl));
}

async function unchangedUser(request: ScimRequest): Promise<ScimResponse> {
  const user = await findUser(request.store, request.actor.directoryId, request.id, { groups: true });
  if (!user) throw notFound('user', request.id);
  assertVersion(user.version, expectedVersion(request));
  return userResponse(200, user, request);
}

function requireId({ id }: ScimRequest): string {
  if (!isId(id)) throw notFound('user', id);
  return id;
}

function stored(user: StoredUser | undefined): StoredUser {
  if (!user) throw new Error('A user command left no user');
  return user;
}

function userResponse(status: number, user: StoredUser, { query, schema, baseUrl }: ScimRequest): ScimResponse {
  const body = parseProjection(query, schema.user).apply(toUserResource(user, baseUrl));
  const headers = { ETag: toETag(user.version), Location: userLocation(user.id, baseUrl) };
  return { status, body, headers };
}
