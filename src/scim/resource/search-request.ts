import type { JsonObject, JsonValue } from '../../domain/kernel/json.js';
import { ScimError } from '../protocol/errors.js';
import { requireObject, type Endpoint, type ScimRequest } from '../protocol/endpoint.js';

/** The keys of a SearchRequest that are equivalent to query parameters. */
const PARAMETERS = [
  'attributes',
  'excludedAttributes',
  'filter',
  'sortBy',
  'sortOrder',
  'startIndex',
  'count',
  'cursor',
] as const;

/**
 * Creates the endpoint POST …/.search, which takes the query parameters in the body (RFC 7644 §3.4.3), so that they may
 * be long and do not appear in the logs of proxies.
 *
 * @param list the endpoint that handles the same query by GET
 */
export function searchBy(list: Endpoint): Endpoint {
  return (request) => list({ ...request, query: toQuery(request) });
}

function toQuery(request: ScimRequest): URLSearchParams {
  const body = requireObject(request);
  const query = new URLSearchParams();
  for (const name of PARAMETERS) {
    const text = toParameter(name, findIgnoringCase(body, name));
    if (text !== undefined) query.set(name, text);
  }
  return query;
}

function findIgnoringCase(body: JsonObject, name: string): JsonValue | undefined {
  return Object.entries(body).find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];
}

function toParameter(name: string, value: JsonValue | undefined): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value.join(',');
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  throw new ScimError(
    400,
    `${name} of a search request must be a string, a number or a list of strings`,
    'invalidValue',
  );
}
