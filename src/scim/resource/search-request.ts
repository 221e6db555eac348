import { findKey, type JsonValue } from '../../domain/kernel/json.js';
import { ScimError } from '../protocol/errors.js';
import { requireObject, type Endpoint, type ScimRequest } from '../protocol/endpoint.js';

/** The members of a search request that have the form of a query parameter of the same name. */
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
 * POST …/.search: a query with its parameters in the body (RFC 7644 §3.4.3), so that they may be long and stay out of the
 * logs of proxies.
 *
 * @param list the endpoint that serves the same query by GET
 */
export function searchBy(list: Endpoint): Endpoint {
  return (request) => list({ ...request, query: toQuery(request) });
}

function toQuery(request: ScimRequest): URLSearchParams {
  const body = requireObject(request);
  const query = new URLSearchParams();
  for (const name of PARAMETERS) {
    const text = toParameter(name, findKey(body, name));
    if (text !== undefined) query.set(name, text);
  }
  return query;
}

function toParameter(name: string, value: JsonValue | undefined): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value.join(',');
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  throw new ScimError(400, `${name} of a search request has the wrong type`, 'invalidValue');
}
