import { execute } from '../../domain/execute.js';
import { isId, newId } from '../../domain/kernel/id.js';
import type { JsonObject } from '../../domain/kernel/json.js';
import { pageList, toAttributeOrder } from '../../domain/search/list.js';
import { notFound, assertVersion } from '../../domain/kernel/precondition.js';
import { parseAttributes } from '../../domain/attributes/attributes.js';
import type { StoredUser } from '../../domain/user/user-row.js';
import { findUser, listUsers as listUserRows, USERS } from '../../domain/user/user-queries.js';
import { USER_SEARCH } from '../../domain/user/user-search.js';
import { parseFilter } from '../filter/parse-filter.js';
import { normalizeResource } from '../provider/entra.js';
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

/** GET /Users: filter, order and slice, RFC 7644 §3.4.2, or a page by cursor, RFC 9865. */
export const listUsers: Endpoint = async ({ store, actor, schema, baseUrl, query, limits }) => {
  const filter = query.get('filter');
  const where = filter === null ? undefined : parseFilter(filter, schema.user, limits.filter, baseUrl);
  const projection = parseProjection(query, schema.user);
  const parts = projection.shows('groups') ? ['groups'] : [];
  const sort = parseSort(query, schema.user);
  const list = { directoryId: actor.directoryId, where, sort, parts };
  const toResource = (user: StoredUser): JsonObject => projection.apply(toUserResource(user, baseUrl));
  if (hasCursor(query)) {
    const order = sort && toAttributeOrder(sort, USER_SEARCH);
    const paging = parseCursorPaging({ directoryId: actor.directoryId, list: schema.user.endpoint, query, order });
    const { page, total } = await pageList<StoredUser>(store, USERS, list, paging.bounds);
    return { status: 200, body: paging.toResponse(page, total, page.rows.map(toResource)) };
  }
  const slice = parseSlice(query);
  const { rows, total } = await listUserRows(store, list, slice);
  const resources = rows.map(toResource);
  return { status: 200, body: toListResponse(resources, total, slice.startIndex) };
};

/** GET /Users/{id}. Inactive users are there like any other: Entra reads them after a disable. */
export const getUser: Endpoint = async (request) => {
  const projection = parseProjection(request.query, request.schema.user);
  const parts = { groups: projection.shows('groups') };
  const user = await findUser(request.store, request.actor.directoryId, request.id, parts);
  if (!user) throw notFound('user', request.id);
  if (isNotModified(request, user.version)) return { status: 304, headers: { ETag: toETag(user.version) } };
  return userResponse(200, user, request);
};

/** POST /Users, RFC 7644 §3.3. */
export const createUser: Endpoint = async (request) => {
  const attributes = parseAttributes(
    request.schema.user,
    normalizeResource(requireObject(request), request.schema.user),
  );
  const { user } = await execute(request.store, request.actor, [{ type: 'CreateUser', id: newId(), attributes }]);
  return userResponse(201, stored(user), request);
};

/** PUT /Users/{id}, RFC 7644 §3.5.1. */
export const replaceUser: Endpoint = async (request) => {
  const attributes = parseAttributes(
    request.schema.user,
    normalizeResource(requireObject(request), request.schema.user),
  );
  const commands = [{ type: 'ReplaceUser', id: requireId(request), attributes }] as const;
  const { user } = await execute(request.store, request.actor, commands, expectedVersion(request));
  return userResponse(200, stored(user), request);
};

/** PATCH /Users/{id}, RFC 7644 §3.5.2: all operations or none. */
export const patchUser: Endpoint = async (request) => {
  const operations = parsePatch(request.body, request.schema.user, request.limits, request.baseUrl);
  const commands = toUserCommands(requireId(request), operations);
  // An empty `Operations` comes from Entra's validator: success, and nothing has changed.
  if (commands.length === 0) return unchangedUser(request);
  try {
    const { user } = await execute(request.store, request.actor, commands, expectedVersion(request));
    return userResponse(200, stored(user), request);
  } catch (error) {
    throw assertRequiredNotRemoved(error, operations);
  }
};

/** DELETE /Users/{id}, RFC 7644 §3.6. */
export const deleteUser: Endpoint = async (request) => {
  const commands = [{ type: 'DeleteUser', id: requireId(request) }] as const;
  await execute(request.store, request.actor, commands, expectedVersion(request));
  return { status: 204 };
};

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
