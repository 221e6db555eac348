import { DomainError } from '../../domain/kernel/errors.js';
import type { JsonObject, JsonValue } from '../../domain/kernel/json.js';
import type { DirectorySchema } from '../../domain/schema/resource-schema.js';
import { ScimError } from '../protocol/errors.js';
import type { Endpoint, ScimRequest, ScimResponse } from '../protocol/endpoint.js';
import { JsonText } from '../protocol/json-stream.js';
import { parseReference, resolveReferences, type Resolve } from './bulk-references.js';
import { parseBulkRequest, type BulkOperation } from './bulk-request.js';
import { failure, toResultResource, type Result } from './bulk-result.js';

const BULK_RESPONSE_URN = 'urn:ietf:params:scim:api:messages:2.0:BulkResponse';

/**
 * Finds the endpoint of an operation: the one that handles the same request outside of Bulk.
 *
 * @throws ScimError 404 or 405 if there is none
 */
export type FindEndpoint = (schema: DirectorySchema, method: string, collection: string, hasId: boolean) => Endpoint;

/** An operation and its progress. */
interface Task {
  readonly operation: BulkOperation;
  /** The bulkIds whose resources do not exist yet. The task can run when this is empty. */
  readonly waitsFor: Set<string>;
  state: 'waiting' | 'incomplete' | 'done';
  /** The error of an operation that is not attempted. */
  refusal: Error | undefined;
  /** The id of a resource created without a circular reference, which is added in a second step. */
  createdId?: string;
  result?: Result;
}

/**
 * Handles POST /Bulk (RFC 7644 §3.7). Operations run in order, each in its own transaction. One that refers to a bulkId
 * waits until that resource exists, even if a later operation creates it.
 */
export function createBulk(findEndpoint: FindEndpoint): Endpoint {
  return async (request) => {
    const { operations, failOnErrors } = parseBulkRequest(request.body, request.baseUrl, request.limits);
    const results = await new BulkJob(request, operations, findEndpoint).run(failOnErrors);
    return { status: 200, body: { schemas: [BULK_RESPONSE_URN], Operations: results } };
  };
}

class BulkJob {
  readonly #request: ScimRequest;
  readonly #findEndpoint: FindEndpoint;
  readonly #tasks: readonly Task[];
  /** The tasks that create resources, by bulkId. */
  readonly #creators = new Map<string, Task>();
  readonly #waiting = new Map<string, Task[]>();
  /** The ids of created resources by bulkId; null if the creation failed. */
  readonly #ids = new Map<string, string | null>();
  #errors = 0;

  constructor(request: ScimRequest, operations: readonly BulkOperation[], findEndpoint: FindEndpoint) {
    this.#request = request;
    this.#findEndpoint = findEndpoint;
    this.#tasks = operations.map((operation) => ({
      operation,
      waitsFor: new Set(),
      state: 'waiting',
      refusal: operation.refusal,
    }));
    for (const task of this.#tasks) {
      const { method, bulkId, refusal } = task.operation;
      if (method === 'POST' && bulkId !== undefined && !refusal) this.#creators.set(bulkId, task);
    }
    for (const task of this.#tasks) if (!task.operation.refusal) this.#wait(task, this.#referencesOf(task));
  }

  async run(failOnErrors: number): Promise<JsonObject[]> {
    for (let task = this.#next(); task && this.#errors < failOnErrors; task = this.#next()) await this.#advance(task);
    // After failOnErrors, resources that lack a circular reference are completed if possible, otherwise deleted.
    for (const task of this.#tasks) if (task.state === 'incomplete') await this.#complete(task);
    return this.#tasks.flatMap((task) => (task.result ? [toResultResource(task.operation, task.result)] : []));
  }

  #next(): Task | undefined {
    const open = this.#tasks.filter((task) => task.state !== 'done');
    return open.find((task) => task.waitsFor.size === 0) ?? (open[0] && this.#breakCycle(open[0]));
  }

  /**
   * Breaks a cycle when every open task waits for another one. One task of the cycle is created without its reference,
   * which is added once the others exist.
   */
  #breakCycle(start: Task): Task {
    const path = new Set<Task>();
    let task = start;
    while (!path.has(task)) {
      path.add(task);
      const [bulkId = ''] = task.waitsFor;
      const creator = this.#creators.get(bulkId);
      if (!creator) throw new Error(`No operation creates the awaited bulkId ${JSON.stringify(bulkId)}`);
      task = creator;
    }
    const cycle = [...path].slice([...path].indexOf(task));
    // Groups that contain each other are refused as in single requests, so none of them is created first.
    const first = this.#tasks.find((one) => cycle.includes(one) && !isGroup(one));
    if (!first) {
      const group = this.#tasks.find((one) => cycle.includes(one)) ?? task;
      group.waitsFor.clear();
      group.refusal = new DomainError(
        'MEMBERSHIP_CYCLE',
        'A group must not contain itself, directly or through other groups',
        'members',
      );
      return group;
    }
    first.waitsFor.clear();
    return first;
  }

  async #advance(task: Task): Promise<void> {
    if (task.state === 'incomplete') await this.#complete(task);
    else await this.#perform(task);
  }

  async #perform(task: Task): Promise<void> {
    const { operation } = task;
    const { method, bulkId } = operation;
    try {
      if (task.refusal) throw task.refusal;
      const pending = new Set<string>();
      const data = this.#resolve(task, (name) => {
        pending.add(name);
        return undefined;
      });
      const id = this.#targetId(operation);
      const endpoint = this.#findEndpoint(this.#request.schema, method, operation.collection, id !== '');
      const answer = await endpoint(this.#toRequest(operation, id, data));
      const createdId = method === 'POST' ? idOf(answer) : undefined;
      if (createdId !== undefined && bulkId !== undefined) this.#settle(bulkId, createdId);
      const result = { status: answer.status, ...this.#linksOf(answer, operation, id) };
      if (createdId === undefined || pending.size === 0) {
        this.#finish(task, result);
        return;
      }
      task.state = 'incomplete';
      task.createdId = createdId;
      task.result = result;
      this.#wait(task, pending);
    } catch (error) {
      this.#finish(task, this.#failed(error, operation));
    }
  }

  /** Runs the second step for a circular reference: replaces the resource with one that has all references. */
  async #complete(task: Task): Promise<void> {
    const { operation, createdId = '', result } = task;
    const { collection } = operation;
    try {
      const data = this.#resolve(task, (name) => {
        throw unresolved(name);
      });
      const replace = this.#findEndpoint(this.#request.schema, 'PUT', collection, true);
      const answer = await replace(this.#toRequest({ ...operation, version: undefined }, createdId, data));
      this.#finish(task, { ...result, status: result?.status ?? 201, ...this.#linksOf(answer, operation, createdId) });
    } catch (error) {
      const failed = this.#failed(error, operation);
      try {
        const remove = this.#findEndpoint(this.#request.schema, 'DELETE', collection, true);
        await remove(this.#toRequest({ ...operation, version: undefined }, createdId, {}));
      } catch (undoing) {
        this.#request.report(undoing);
      }
      this.#finish(task, failed);
    }
  }

  #finish(task: Task, result: Result): void {
    task.state = 'done';
    task.result = result;
    if (result.status < 400) return;
    this.#errors++;
    const { bulkId } = task.operation;
    if (bulkId !== undefined && this.#creators.get(bulkId) === task) this.#settle(bulkId, null);
  }

  #settle(bulkId: string, id: string | null): void {
    this.#ids.set(bulkId, id);
    for (const task of this.#waiting.get(bulkId) ?? []) task.waitsFor.delete(bulkId);
    this.#waiting.delete(bulkId);
  }

  #wait(task: Task, bulkIds: Iterable<string>): void {
    for (const bulkId of bulkIds) {
      if (this.#ids.has(bulkId)) continue;
      task.waitsFor.add(bulkId);
      const others = this.#waiting.get(bulkId);
      if (others) others.push(task);
      else this.#waiting.set(bulkId, [task]);
    }
  }

  /** Collects the bulkIds of this request that an operation refers to. */
  #referencesOf({ operation }: Task): Set<string> {
    const found = new Set<string>();
    const target = parseReference(operation.id);
    if (target !== undefined && this.#creators.has(target)) found.add(target);
    resolveReferences(withoutReadOnly(operation), (bulkId) => {
      if (this.#creators.has(bulkId)) found.add(bulkId);
      return null;
    });
    return found;
  }

  /** Returns the data with references resolved. `whenMissing` handles those whose resource does not exist yet. */
  #resolve({ operation }: Task, whenMissing: (bulkId: string) => string | undefined): JsonObject {
    const resolve: Resolve = (bulkId, kind) => {
      const id = this.#ids.get(bulkId);
      const creator = this.#creators.get(bulkId);
      if (typeof id === 'string') {
        return kind === '$ref' && creator ? this.#locationOf(creator.operation.collection, id) : id;
      }
      if (creator && id === undefined) return whenMissing(bulkId);
      if (kind === 'text' && !creator) return null;
      throw unresolved(bulkId);
    };
    return resolveReferences(withoutReadOnly(operation), resolve);
  }

  #targetId({ id }: BulkOperation): string {
    const bulkId = parseReference(id);
    if (bulkId === undefined) return decode(id);
    const createdId = this.#ids.get(bulkId);
    if (typeof createdId !== 'string') throw unresolved(bulkId);
    return createdId;
  }

  #toRequest({ method, version }: BulkOperation, id: string, body: JsonValue): ScimRequest {
    // Results of Bulk contain no resource, so none need be read. A PATCH of a group reads none anyway.
    const query = new URLSearchParams(method === 'PATCH' ? {} : { attributes: 'id' });
    return { ...this.#request, id, query, body, ifMatch: version, ifNoneMatch: undefined };
  }

  #linksOf({ headers = {} }: ScimResponse, { method, collection }: BulkOperation, id: string): Partial<Result> {
    const version = headers['ETag'];
    const location = headers['Location'] ?? (method === 'POST' ? undefined : this.#locationOf(collection, id));
    return { ...(location !== undefined && { location }), ...(version !== undefined && { version }) };
  }

  #locationOf(collection: string, id: string): string {
    return `${this.#request.baseUrl}/${collection}/${id}`;
  }

  /** Builds the result of a failed operation. It has a location unless the operation is a POST (RFC 7644 §3.7.3). */
  #failed(error: unknown, operation: BulkOperation): Result {
    const result = failure(error);
    if (result.status >= 500) this.#request.report(error);
    const { method, collection, id } = operation;
    const bulkId = parseReference(id);
    const known = bulkId === undefined ? decode(id) : this.#ids.get(bulkId);
    if (method === 'POST' || !known) return result;
    return { ...result, location: this.#locationOf(collection, known) };
  }
}

/** Creates the error for a reference that cannot be resolved: 409, as RFC 7644 §3.7.1 asks. */
function unresolved(bulkId: string): ScimError {
  return new ScimError(
    409,
    `No operation created a resource with the bulkId ${JSON.stringify(bulkId)}`,
    'invalidValue',
  );
}

function isGroup({ operation }: Task): boolean {
  return operation.collection.toLowerCase() === 'groups';
}

/** Removes the read-only attribute `groups` of a user, so that no operation waits for the groups it refers to. */
function withoutReadOnly({ collection, data }: BulkOperation): JsonObject {
  if (collection.toLowerCase() !== 'users') return data;
  return Object.fromEntries(Object.entries(data).filter(([key]) => key.toLowerCase() !== 'groups'));
}

function idOf({ body }: ScimResponse): string | undefined {
  const id = body instanceof JsonText ? undefined : body?.['id'];
  return typeof id === 'string' ? id : undefined;
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch (error) {
    if (error instanceof URIError) return segment;
    throw error;
  }
}
