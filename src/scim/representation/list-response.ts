import type { JsonObject } from '../../domain/kernel/json.js';
import type { Slice } from '../../domain/search/list.js';
import { ScimError, type ScimType } from '../protocol/errors.js';
import { DEFAULT_PAGE, MAX_PAGE } from '../protocol/limits.js';

export const LIST_RESPONSE_URN = 'urn:ietf:params:scim:api:messages:2.0:ListResponse';

/** The message of RFC 7644 §3.4.2. */
export interface ListResponse extends JsonObject {
  readonly Resources: readonly JsonObject[];
}

/** A list response of RFC 7644 §3.4.2. An empty one has an empty list; Entra wants 200 and never 404. */
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
 * Reads `startIndex` and `count` (RFC 7644 §3.4.2.4): a start below 1 means 1, a negative count means 0, a count above
 * the limit is cut to it.
 *
 * @throws ScimError 400 invalidValue for anything but whole numbers
 */
export function parseSlice(query: URLSearchParams): Slice & { readonly startIndex: number } {
  const startIndex = Math.max(1, parseInteger(query, 'startIndex', 'invalidValue') ?? 1);
  const limit = parseCount(query, 'invalidValue') ?? DEFAULT_PAGE;
  return { startIndex, offset: startIndex - 1, limit };
}

/**
 * Reads `count`, the most resources of a page: a negative one means 0, one above the limit is cut to it.
 *
 * @param scimType of the error; paging by cursor has one of its own
 * @returns undefined when the request does not say it
 * @throws ScimError 400 for anything but a whole number
 */
export function parseCount(query: URLSearchParams, scimType: ScimType): number | undefined {
  const count = parseInteger(query, 'count', scimType);
  return count === undefined ? undefined : Math.min(Math.max(0, count), MAX_PAGE);
}

function parseInteger(query: URLSearchParams, name: string, scimType: ScimType): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  if (!/^[+-]?\d{1,15}$/.test(text)) throw new ScimError(400, `${name} must be a whole number`, scimType);
  return Number(text);
}
