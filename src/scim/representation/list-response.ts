import type { JsonObject } from '../../domain/kernel/json.js';
import type { Slice } from '../../domain/search/list.js';
import { ScimError, type ScimType } from '../protocol/errors.js';
import { DEFAULT_PAGE, MAX_PAGE } from '../protocol/limits.js';

export const LIST_RESPONSE_URN = 'urn:ietf:params:scim:api:messages:2.0:ListResponse';

/** The ListResponse message of RFC 7644 §3.4.2. */
export interface ListResponse extends JsonObject {
  readonly Resources: readonly JsonObject[];
}

/** Builds a ListResponse (RFC 7644 §3.4.2). Without results it has an empty array: Entra requires 200, not 404. */
export function toListResponse(resources: readonly JsonObject[], total: number, startIndex: number): ListResponse {
  return {
    schemas: [LIST_RESPONSE_URN],
    totalResults: total,
    itemsPerPage: resources.length,
    startIndex,
    Resources: resources,
  };
}

/**
 * Parses `startIndex` and `count` (RFC 7644 §3.4.2.4). A `startIndex` below 1 means 1, a negative `count` means 0, and
 * a `count` above the limit is reduced to it.
 *
 * @throws ScimError 400 invalidValue if they are not integers
 */
export function parseSlice(query: URLSearchParams): Slice & { readonly startIndex: number } {
  const startIndex = Math.max(1, parseInteger(query, 'startIndex', 'invalidValue') ?? 1);
  const limit = parseCount(query, 'invalidValue') ?? DEFAULT_PAGE;
  return { startIndex, offset: startIndex - 1, limit };
}

/**
 * Parses `count`, the maximum page size. A negative value means 0, and a value above the limit is reduced to it.
 *
 * @param scimType the scimType of the error, which differs for pagination by cursor
 * @returns undefined if the request has no `count`
 * @throws ScimError 400 if it is not an integer
 */
export function parseCount(query: URLSearchParams, scimType: ScimType): number | undefined {
  const count = parseInteger(query, 'count', scimType);
  return count === undefined ? undefined : Math.min(Math.max(0, count), MAX_PAGE);
}

function parseInteger(query: URLSearchParams, name: string, scimType: ScimType): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  if (!/^[+-]?\d{1,15}$/.test(text)) throw new ScimError(400, `${name} must be an integer`, scimType);
  return Number(text);
}
