import { findKey, isJsonObject, type JsonObject, type JsonValue } from '../../domain/kernel/json.js';
import { ScimError } from '../protocol/errors.js';
import type { ScimLimits } from '../protocol/limits.js';
import { assertRequestSize } from '../protocol/request-size.js';

/** One operation of a Bulk request (RFC 7644 §3.7). */
export interface BulkOperation {
  /** In upper case. It may be any string if the operation has a refusal. */
  readonly method: string;
  readonly bulkId: string | undefined;
  /** The first path segment: the endpoint. The second is the id, which may be `bulkId:…`; POST has none. */
  readonly collection: string;
  readonly id: string;
  /** The ETag that the resource must have. */
  readonly version: string | undefined;
  readonly data: JsonObject;
  /** The error of an operation that is malformed and cannot be attempted. */
  readonly refusal?: ScimError;
}

export interface BulkRequest {
  readonly operations: readonly BulkOperation[];
  /** The number of errors after which to stop; Infinity if the request does not limit it. */
  readonly failOnErrors: number;
}

const METHODS = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

/**
 * Parses a Bulk request. A malformed operation gets a refusal, which becomes its result; the others are not affected.
 *
 * @param baseUrl the Tenant URL, with which paths may begin
 * @throws ScimError 400 invalidSyntax or invalidValue if the body is no Bulk request, 413 for too many operations
 */
export function parseBulkRequest(body: unknown, baseUrl: string, limits: ScimLimits): BulkRequest {
  const sent = isJsonObject(body) ? findKey(body, 'Operations') : undefined;
  if (!isJsonObject(body) || !Array.isArray(sent)) {
    throw new ScimError(400, 'A bulk request must have a list named Operations', 'invalidSyntax');
  }
  if (sent.length > limits.bulkOperations) {
    throw new ScimError(413, `A bulk request must have at most ${limits.bulkOperations} operations (maxOperations)`);
  }
  const taken = new Set<string>();
  const operations = (sent as readonly JsonValue[]).map((one) => {
    if (!isJsonObject(one)) throw new ScimError(400, 'Each element of Operations must be an object', 'invalidSyntax');
    const operation = readOperation(one, baseUrl, limits);
    const { bulkId, method } = operation;
    if (method !== 'POST' || bulkId === undefined || operation.refusal) return operation;
    if (taken.has(bulkId))
      return { ...operation, refusal: invalidValue('bulkId must be unique: another operation has the same one') };
    taken.add(bulkId);
    return operation;
  });
  return { operations, failOnErrors: readFailOnErrors(findKey(body, 'failOnErrors')) };
}

function readFailOnErrors(value: JsonValue | undefined): number {
  if (value === undefined || value === null) return Number.POSITIVE_INFINITY;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1) return value;
  throw invalidValue('failOnErrors must be an integer of at least 1');
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
    if (!METHODS.has(method)) return new ScimError(400, 'method must be POST, PUT, PATCH or DELETE', 'invalidSyntax');
    if (collection === '') return invalidValue('path must name an endpoint, such as /Users');
    if (rest.length > 0) return new ScimError(404, 'Endpoint not found');
    if (method === 'POST' && operation.bulkId === undefined) return invalidValue('bulkId is required for POST');
    if (method !== 'DELETE' && !data)
      return new ScimError(400, `data is required for ${method} and must be an object`, 'invalidSyntax');
    return findOversize(data, limits);
  })();
  return refusal ? { ...operation, refusal } : operation;
}

/** Accepts the bare array of operations of a PATCH, which the figures of RFC 7644 §3.7 show as `data`. */
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
