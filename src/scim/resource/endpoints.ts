import { execute, type Outcome } from '../../domain/execute.js';
import type { AttributeOperation } from '../../domain/attributes/attribute-operation.js';
import { isId, newId } from '../../domain/kernel/id.js';
import type { JsonObject } from '../../domain/kernel/json.js';
import { assertVersion, notFound } from '../../domain/kernel/precondition.js';
import type { DirectorySchema, ResourceSchema } from '../../domain/schema/resource-schema.js';
import type { ListTable } from '../../domain/search/keyset-pagination.js';
import {
  pageList,
  searchList,
  toAttributeOrder,
  type ListQuery,
  type OffsetPage,
  type Slice,
} from '../../domain/search/list.js';
import type { Found } from '../../domain/search-all-types.js';
import type { Store } from '../../domain/store.js';
import type { Command } from '../../domain/write/command.js';
import { parseFilter } from '../filter/resolve-filter.js';
import { parsePatch } from '../patch/parse-patch.js';
import { requireObject, type Endpoint, type ScimRequest, type ScimResponse } from '../protocol/endpoint.js';
import type { JsonText } from '../protocol/json-stream.js';
import { normalizeResource } from '../provider/entra.js';
import { expectedVersion, isNotModified, toETag } from '../representation/etag.js';
import { parseSlice, toListResponse, type ListResponse } from '../representation/list-response.js';
import { parseProjection, type Projection } from '../representation/projection.js';
import { hasCursor, parseCursorPaging } from './cursor-paging.js';
import { assertRequiredNotRemoved } from './patch-errors.js';
import { parseSort } from './sort.js';

/** A request with its resource type and attributes resolved. */
interface Resolved<Resource> {
  readonly type: ResourceSchema;
  /** The attributes to return. */
  readonly projection: Projection;
  /** The streamed attribute, if the response contains it. */
  readonly streamed: StreamedAttribute<Resource> | undefined;
}

interface StoredResource {
  readonly id: string;
  readonly version: number;
}

/** A resource and its representation. */
interface Representation<Resource> {
  readonly resource: Resource;
  readonly body: JsonObject | JsonText;
}

/** Builds the list response of the resources that still exist. */
export type ToList = (resources: readonly JsonObject[]) => ListResponse;

/**
 * An attribute that may have too many values to hold in memory, such as the members of a group. It is read, together
 * with its resource, only for representations that contain it, and streamed. A PATCH does not return it unless
 * requested.
 */
interface StreamedAttribute<Resource> {
  readonly name: string;
  /** Reads one resource with the attribute; undefined if the directory has no resource with the id. */
  read(request: ScimRequest, projection: Projection, id: string): Promise<Representation<Resource> | undefined>;
  /** Reads the attribute of the resources that a search has found. */
  readAll(
    request: ScimRequest,
    projection: Projection,
    resources: readonly Resource[],
    toList: ToList,
  ): Promise<JsonObject | JsonText>;
}

/** Defines how the endpoints read, write and represent the resources of one type. */
export interface ResourceAdapter<Resource extends StoredResource = StoredResource> {
  /** The name of a resource in error messages. */
  readonly noun: 'user' | 'group' | 'resource';
  readonly streamed?: StreamedAttribute<Resource>;
  /** Returns the resource type with the extensions that the directory has registered. */
  typeIn(schema: DirectorySchema): ResourceSchema;
  /** Returns the table for lists. */
  table(): ListTable;
  /** Reads a slice of a list. Defaults to `searchList`; defined for types with a faster way. */
  list?(store: Store, list: ListQuery, slice: Slice): Promise<OffsetPage<Resource>>;
  /** Reads the requested resource. */
  find(request: ScimRequest, projection: Projection): Promise<Resource | undefined>;
  listByIds(request: ScimRequest, ids: readonly string[], projection: Projection): Promise<Resource[]>;
  /** Returns the complete representation, without the streamed attribute. */
  toResource(resource: Resource, type: ResourceSchema, baseUrl: string): JsonObject;
  /** Replaces URLs of other resources in the body of a POST or PUT with their ids. */
  resolveReferences?(body: JsonObject, baseUrl: string): JsonObject;
  toCreate(type: ResourceSchema, id: string, body: JsonObject): Command[];
  toReplace(type: ResourceSchema, id: string, body: JsonObject): Command[];
  /** Returns the commands of a PATCH; an empty list if it changes nothing. */
  toPatch(type: ResourceSchema, id: string, operations: readonly AttributeOperation[]): Command[];
  toDelete(type: ResourceSchema, id: string): Command[];
  /** Returns the resource that the commands have written. */
  resultOf(outcome: Outcome): Resource | undefined;
}

/** The endpoints of one resource type. */
export class ResourceEndpoints<Resource extends StoredResource = StoredResource> {
  constructor(private readonly adapter: ResourceAdapter<Resource>) {}

  /** GET of the collection: filter, order and slice (RFC 7644 §3.4.2), or pagination by cursor (RFC 9865). */
  readonly list: Endpoint = async (request) => {
    const { store, actor, baseUrl, query, limits } = request;
    const { directoryId } = actor;
    const resolved = this.#resolve(request);
    const { type, projection } = resolved;
    const table = this.adapter.table();
    const filter = query.get('filter');
    const where = filter === null ? undefined : parseFilter(filter, type, limits.filter, baseUrl);
    const sort = parseSort(query, type);
    const parts = Object.keys(table.parts ?? {}).filter((name) => projection.shows(name));
    const search: ListQuery = { directoryId, where, sort, parts };
    if (hasCursor(query)) {
      const order = sort && toAttributeOrder(sort, table.search);
      const paging = parseCursorPaging({ directoryId, list: type.endpoint, query, order });
      const { page, total } = await pageList<Resource>(store, table, search, paging.bounds);
      const toList: ToList = (resources) => paging.toResponse(page, total, resources);
      return { status: 200, body: await this.#representAll(request, resolved, page.rows, toList) };
    }
    const slice = parseSlice(query);
    const { rows, total } = await (this.adapter.list?.(store, search, slice) ??
      searchList<Resource>(store, table, search, slice));
    const toList: ToList = (resources) => toListResponse(resources, total, slice.startIndex);
    return { status: 200, body: await this.#representAll(request, resolved, rows, toList) };
  };

  /**
   * GET of one resource. With `If-None-Match` the version is read first, so that a streamed attribute is not read for a
   * client whose copy is current.
   */
  readonly get: Endpoint = async (request) => {
    const resolved = this.#resolve(request);
    if (resolved.streamed && request.ifNoneMatch === undefined) {
      this.#assertId(request);
      const representation = await resolved.streamed.read(request, resolved.projection, request.id);
      if (!representation) throw notFound(this.adapter.noun, request.id);
      return toResponse(request, resolved.type, 200, representation);
    }
    const resource = await this.#find(request, resolved);
    if (isNotModified(request, resource.version)) return { status: 304, headers: { ETag: toETag(resource.version) } };
    return this.#respond(request, resolved, 200, resource);
  };

  /** POST (RFC 7644 §3.3). */
  readonly create: Endpoint = async (request) => {
    const resolved = this.#resolve(request);
    const body = this.#readBody(request, resolved.type);
    const commands = this.adapter.toCreate(resolved.type, newId(), body);
    return this.#respond(request, resolved, 201, this.#stored(await execute(request.store, request.actor, commands)));
  };

  /** PUT (RFC 7644 §3.5.1). */
  readonly replace: Endpoint = async (request) => {
    const resolved = this.#resolve(request);
    const body = this.#readBody(request, resolved.type);
    const commands = this.adapter.toReplace(resolved.type, request.id, body);
    return this.#respond(request, resolved, 200, await this.#change(request, commands));
  };

  /** PATCH (RFC 7644 §3.5.2): either all operations are applied or none. */
  readonly patch: Endpoint = async (request) => {
    const resolved = this.#resolve(request);
    const operations = parsePatch(request.body, resolved.type, request.limits, request.baseUrl);
    this.#assertId(request);
    const commands = this.adapter.toPatch(resolved.type, request.id, operations);
    try {
      // Entra's validator sends an empty `Operations`, which succeeds and changes nothing.
      const resource =
        commands.length === 0 ? await this.#unchanged(request, resolved) : await this.#change(request, commands);
      const isRequested = request.query.has('attributes') || request.query.has('excludedAttributes');
      if (this.adapter.streamed && !isRequested) return { status: 204, headers: { ETag: toETag(resource.version) } };
      return await this.#respond(request, resolved, 200, resource);
    } catch (error) {
      throw assertRequiredNotRemoved(error, operations);
    }
  };

  /** DELETE (RFC 7644 §3.6). */
  readonly delete: Endpoint = async (request) => {
    await this.#change(request, this.adapter.toDelete(this.adapter.typeIn(request.schema), request.id));
    return { status: 204 };
  };

  /** Represents those resources of a search over all types that are of this type, as a list. */
  async representFound(request: ScimRequest, found: readonly Found[], toList: ToList): Promise<JsonObject | JsonText> {
    const resolved = this.#resolve(request);
    return this.#representAll(request, resolved, await this.#readFound(request, resolved, found), toList);
  }

  /** Represents the same resources without a streamed attribute. */
  async readFound(request: ScimRequest, found: readonly Found[]): Promise<JsonObject[]> {
    const resolved = this.#resolve(request);
    return this.#toResources(request, resolved, await this.#readFound(request, resolved, found));
  }

  #readFound(request: ScimRequest, resolved: Resolved<Resource>, found: readonly Found[]): Promise<Resource[]> {
    const ids = found.filter(({ type }) => type === resolved.type.name).map(({ id }) => id);
    return this.adapter.listByIds(request, ids, resolved.projection);
  }

  #resolve({ schema, query }: ScimRequest): Resolved<Resource> {
    const type = this.adapter.typeIn(schema);
    const projection = parseProjection(query, type);
    const { streamed } = this.adapter;
    return { type, projection, streamed: streamed && projection.shows(streamed.name) ? streamed : undefined };
  }

  async #find(request: ScimRequest, { projection }: Resolved<Resource>): Promise<Resource> {
    const resource = await this.adapter.find(request, projection);
    if (!resource) throw notFound(this.adapter.noun, request.id);
    return resource;
  }

  async #unchanged(request: ScimRequest, resolved: Resolved<Resource>): Promise<Resource> {
    const resource = await this.#find(request, resolved);
    assertVersion(resource.version, expectedVersion(request));
    return resource;
  }

  async #change(request: ScimRequest, commands: readonly Command[]): Promise<Resource> {
    this.#assertId(request);
    return this.#stored(await execute(request.store, request.actor, commands, expectedVersion(request)));
  }

  /** Reads the body of a POST or PUT. */
  #readBody(request: ScimRequest, type: ResourceSchema): JsonObject {
    const body = normalizeResource(requireObject(request), type);
    return this.adapter.resolveReferences?.(body, request.baseUrl) ?? body;
  }

  #assertId({ id }: ScimRequest): void {
    if (!isId(id)) throw notFound(this.adapter.noun, id);
  }

  #stored(outcome: Outcome): Resource {
    const resource = this.adapter.resultOf(outcome);
    if (!resource) throw new Error(`A command on a ${this.adapter.noun} returned none`);
    return resource;
  }

  async #representAll(
    request: ScimRequest,
    resolved: Resolved<Resource>,
    resources: readonly Resource[],
    toList: ToList,
  ): Promise<JsonObject | JsonText> {
    return resolved.streamed
      ? resolved.streamed.readAll(request, resolved.projection, resources, toList)
      : toList(this.#toResources(request, resolved, resources));
  }

  #toResources(
    { baseUrl }: ScimRequest,
    { type, projection }: Resolved<Resource>,
    resources: readonly Resource[],
  ): JsonObject[] {
    return resources.map((resource) => projection.apply(this.adapter.toResource(resource, type, baseUrl)));
  }

  /**
   * Responds with one resource. A streamed attribute is read afterwards, together with the resource, because another
   * request may have changed both in the meantime.
   */
  async #respond(
    request: ScimRequest,
    { type, projection, streamed }: Resolved<Resource>,
    status: number,
    resource: Resource,
  ): Promise<ScimResponse> {
    const representation = await streamed?.read(request, projection, resource.id);
    if (representation) return toResponse(request, type, status, representation);
    const body = projection.apply(this.adapter.toResource(resource, type, request.baseUrl));
    return toResponse(request, type, status, { resource, body });
  }
}

function toResponse(
  { baseUrl }: ScimRequest,
  { endpoint }: ResourceSchema,
  status: number,
  { resource, body }: Representation<StoredResource>,
): ScimResponse {
  const headers = { ETag: toETag(resource.version), Location: `${baseUrl}${endpoint}/${resource.id}` };
  return { status, body, headers };
}
