import type { Command } from '../../domain/write/command.js';
import { execute } from '../../domain/execute.js';
import { findGroup, GROUPS } from '../../domain/group/group-queries.js';
import type { StoredGroup } from '../../domain/group/group-row.js';
import { GROUP_SEARCH } from '../../domain/group/group-search.js';
import { isId, newId } from '../../domain/kernel/id.js';
import type { JsonObject } from '../../domain/kernel/json.js';
import { pageList, searchList, toAttributeOrder } from '../../domain/search/list.js';
import { notFound, assertVersion } from '../../domain/kernel/precondition.js';
import { parseAttributes } from '../../domain/attributes/attributes.js';
import { parseFilter } from '../filter/parse-filter.js';
import { findKey, normalizeResource } from '../provider/entra.js';
import { toGroupCommands } from '../patch/group-patch.js';
import { parseMemberIds } from '../patch/member-ids.js';
import { parsePatch } from '../patch/parse-patch.js';
import { hasCursor, parseCursorPaging } from './cursor-paging.js';
import { expectedVersion, isNotModified, toETag } from '../representation/etag.js';
import { requireObject, type Endpoint, type ScimRequest, type ScimResponse } from '../protocol/endpoint.js';
import { groupLocation, toGroupResource } from '../representation/group-resource.js';
import { parseSlice, toListResponse, type ListResponse } from '../representation/list-response.js';
import { assertRequiredNotRemoved } from './patch-errors.js';
import { parseProjection } from '../representation/projection.js';
import {
  readGroupRepresentation,
  readGroupRepresentations,
  type GroupRepresentation,
} from '../representation/group-representation.js';
import { parseSort } from './sort.js';

/** GET /Groups. With `excludedAttributes=members`, as Entra asks, no membership is read. */
export const listGroups: Endpoint = async (request) => {
  const { store, actor, schema, baseUrl, query, limits } = request;
  const filter = query.get('filter');
  const where = filter === null ? undefined : parseFilter(filter, schema.group, limits.filter, baseUrl);
  const projection = parseProjection(query, schema.group);
  const sort = parseSort(query, schema.group);
  const { directoryId } = actor;
  const show = async (rows: readonly StoredGroup[], toList: ToList): Promise<ScimResponse> => ({
    status: 200,
    body: projection.shows('members')
      ? await readGroupRepresentations(request, projection, rows, toList)
      : toList(rows.map((group) => projection.apply(toGroupResource(group, undefined, baseUrl)))),
  });
  if (hasCursor(query)) {
    const order = sort && toAttributeOrder(sort, GROUP_SEARCH);
    const paging = parseCursorPaging({ directoryId, list: schema.group.endpoint, query, order });
    const { page, total } = await pageList<StoredGroup>(store, GROUPS, { directoryId, where, sort }, paging.bounds);
    return show(page.rows, (resources) => paging.toResponse(page, total, resources));
  }
  const slice = parseSlice(query);
  const { rows, total } = await searchList<StoredGroup>(store, GROUPS, { directoryId, where, sort }, slice);
  return show(rows, (resources) => toListResponse(resources, total, slice.startIndex));
};

type ToList = (resources: readonly JsonObject[]) => ListResponse;

/** GET /Groups/{id}. A client that has the version already is told so without a look at the members. */
export const getGroup: Endpoint = async (request) => {
  const { store, actor, schema, query, id } = request;
  const projection = parseProjection(query, schema.group);
  if (projection.shows('members') && request.ifNoneMatch === undefined) {
    const shown = await readGroupRepresentation(request, projection, requireId(request));
    if (!shown) throw notFound('group', id);
    return toResponse(200, shown, request);
  }
  const group = await findGroup(store, actor.directoryId, id);
  if (!group) throw notFound('group', id);
  if (isNotModified(request, group.version)) return { status: 304, headers: { ETag: toETag(group.version) } };
  return groupResponse(200, group, request);
};

/** POST /Groups, RFC 7644 §3.3, with or without members. */
export const createGroup: Endpoint = async (request) => {
  const body = normalizeResource(requireObject(request), request.schema.group);
  const memberIds = parseMemberIds(findKey(body, 'members'));
  const attributes = parseAttributes(request.schema.group, withoutMembers(body));
  const commands = [{ type: 'CreateGroup', id: newId(), attributes, memberIds }] as const;
  const { group } = await execute(request.store, request.actor, commands);
  return groupResponse(201, stored(group), request);
};

/** PUT /Groups/{id}: without `members` they stay as they are, with `members: []` the group is emptied. */
export const replaceGroup: Endpoint = async (request) => {
  const id = requireId(request);
  const body = normalizeResource(requireObject(request), request.schema.group);
  const members = findKey(body, 'members');
  const attributes = parseAttributes(request.schema.group, withoutMembers(body));
  const commands: Command[] = [{ type: 'ReplaceGroup', id, attributes }];
  if (members !== undefined) commands.push({ type: 'ReplaceMembers', groupId: id, memberIds: parseMemberIds(members) });
  const { group } = await execute(request.store, request.actor, commands, expectedVersion(request));
  return groupResponse(200, stored(group), request);
};

/** PATCH /Groups/{id}: 204 unless the request asks for attributes, so that no member list travels back. */
export const patchGroup: Endpoint = async (request) => {
  const operations = parsePatch(request.body, request.schema.group, request.limits, request.baseUrl);
  const commands = toGroupCommands(requireId(request), operations);
  const asked = request.query.has('attributes') || request.query.has('excludedAttributes');
  if (commands.length === 0) {
    const group = await findGroup(request.store, request.actor.directoryId, request.id);
    if (!group) throw notFound('group', request.id);
    assertVersion(group.version, expectedVersion(request));
    return asked ? groupResponse(200, group, request) : noContent(group);
  }
  try {
    const { group } = await execute(request.store, request.actor, commands, expectedVersion(request));
    return asked ? await groupResponse(200, stored(group), request) : noContent(stored(group));
  } catch (error) {
    throw assertRequiredNotRemoved(error, operations);
  }
};

/** DELETE /Groups/{id}, RFC 7644 §3.6. */
export const deleteGroup: Endpoint = async (request) => {
  const commands = [{ type: 'DeleteGroup', id: requireId(request) }] as const;
  await execute(request.store, request.actor, commands, expectedVersion(request));
  return { status: 204 };
};

function requireId({ id }: ScimRequest): string {
  if (!isId(id)) throw notFound('group', id);
  return id;
}

function stored(group: StoredGroup | undefined): StoredGroup {
  if (!group) throw new Error('A group command left no group');
  return group;
}

/** Members are not attributes of the group's row; they are no elements with a limit either. */
function withoutMembers(body: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(body).filter(([key]) => key.toLowerCase() !== 'members'));
}

function noContent(group: StoredGroup): ScimResponse {
  return { status: 204, headers: { ETag: toETag(group.version) } };
}

/**
 * A group after a change, or before there was one. Members are read together with their group once more: somebody else
 * may have changed both since.
 */
async function groupResponse(status: number, group: StoredGroup, request: ScimRequest): Promise<ScimResponse> {
  const projection = parseProjection(request.query, request.schema.group);
  const shown = projection.shows('members') ? await readGroupRepresentation(request, projection, group.id) : undefined;
  const body = projection.apply(toGroupResource(group, undefined, request.baseUrl));
  return toResponse(status, shown ?? { group, body }, request);
}

function toResponse(status: number, { group, body }: GroupRepresentation, { baseUrl }: ScimRequest): ScimResponse {
  return { status, body, headers: { ETag: toETag(group.version), Location: groupLocation(group.id, baseUrl) } };
}
