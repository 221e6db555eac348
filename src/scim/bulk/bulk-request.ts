import { findKey, isJsonObject, type JsonObject, type JsonValue } from '../../domain/kernel/json.js';
import { ScimError } from '../protocol/errors.js';
import type { ScimLimits } from '../protocol/limits.js';
import { assertRequestSize } from '../protocol/request-size.js';

/** One operation of a Bulk request, RFC 7644 §3.7. */
export interface BulkOperation {
  /** In upper case; any text, where the operation is refused. */
  readonly method: string;
  readonly bulkId: string | undefined;
  /** The segments of the path: the endpoint, and but for POST an id, which may be `bulkId:…`. */
  readonly collection: string;
  readonly id: string;
  /** The entity tag that the resource must have. */
  readonly version: string | undefined;
  readonly data: JsonObject;
  /** Why the operation cannot even be tried. */
  readonly refusal?: ScimError;
}

export interface BulkRequest {
  readonly operations: readonly BulkOperation[];
  /** After how many errors to stop; Infinity when the request does not say it. */
  readonly failOnErrors: number;
}

const METHODS = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

/**
 * Reads a Bulk request. An operation with a fault carries its refusal and is answered in its place; the others go on.
 *
 * @param baseUrl which paths may begin with
 * @throws ScimError 400 invalidSyntax or invalidValue for what is no Bulk request, 413 for too many operations
 */
export function parseBulkRequest(body: unknown, baseUrl: string, limits: ScimLimits): BulkRequest {
  const sent = isJsonObject(body) ? findKey(body, 'Operations') : undefined;
  if (!isJsonObject(body) || !Array.isArray(sent)) {
    throw new ScimError(400, 'The body of a Bulk request holds a list of Operations', 'invalidSyntax');
  }
  if (sent.length > limits.bulkOperations) {
    throw new ScimError(413, `A Bulk request takes at most ${limits.bulkOperations} operations (maxOperations)`);
  }
  const taken = new Set<string>();
  const operations = (sent as readonly JsonValue[]).map((one) => {
    if (!isJsonObject(one)) throw new ScimError(400, 'Each operation is an object', 'invalidSyntax');
    const operation = readOperation(one, baseUrl, limits);
    const { bulkId, method } = operation;
    if (method !== 'POST' || bulkId === undefined || operation.refusal) return operation;
    if (taken.has(bulkId)) return { ...operation, refusal: invalidValue('Another operation has this bulkId') };
    taken.add(bulkId);
    return operation;
  });
  return { operations, failOnErrors: readFailOnErrors(findKey(body, 'failOnErrors')) };
}

function readFailOnErrors(value: JsonValue | undefined): number {
  if (value === undefined || value === null) return Number.POSITIVE_INFINITY;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1) return value;
  throw invalidValue('failOnErrors is a whole number from 1');
}

function readOperation(sent: JsonObject, baseUrl: string, limits: ScimLimits): BulkOperation {
  const text = (name: string): string | undefined => {
    const value = findKey(sent, name);
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const method = (text('method') ?? '').toUpperCase();
  const data = toData(method, findKey(sent, 'data'));
  const [collection = '', id = '', ...rest] = segmentsOf(text('path') ?? '', baseUrl);
  const operation = { method, bulkId: text('bulkId'), collection, id, version: text('version'), data: data ?? {} };
  const refusal = (() => {
    if (!METHODS.has(method)) return new ScimError(400, 'method is POST, PUT, PATCH or DELETE', 'invalidSyntax');
    if (collection === '') return invalidValue('path names an endpoint, such as /Users');
    if (rest.length > 0) return new ScimError(404, 'There is no such endpoint');
    if (method === 'POST' && operation.bulkId === undefined) return invalidValue('POST needs a bulkId');
    if (method !== 'DELETE' && !data) return new ScimError(400, `${method} needs data, an object`, 'invalidSyntax');
    return findOversize(data, limits);
  })();
  return refusal ? { ...operation, refusal } : operation;
}

/** Figures of RFC 7644 §3.7 show the data of a PATCH as the bare list of its operations. */
function toData(method: string, data: JsonValue | undefined): JsonObject | undefined {
  if (method === 'PATCH' && Array.isArray(data)) return { Operations: data };
  return isJsonObject(data) ? data : undefined;
}

function findOversize(data: JsonObject | undefined, limits: ScimLimits): ScimError | undefined {
  try {
    assertRequestSize(data, limits);
    return undefined;
  } catch (error) {
    if (error instanceof ScimError) return error;
    throw error;
  }
}

function segmentsOf(path: string, baseUrl: string): string[] {
  const relative = path.startsWith(`${baseUrl}/`) ? path.slice(baseUrl.length) : path;
  return relative.split('/').filter((segment) => segment !== '');
}

function invalidValue(detail: string): ScimError {
  return new ScimError(400, detail, 'invalidValue');
}
