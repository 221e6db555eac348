import type { Store } from '../../domain/store.js';
import type { Actor } from '../../domain/kernel/actor.js';
import type { JsonObject } from '../../domain/kernel/json.js';
import type { DirectorySchema } from '../../domain/schema/resource-schema.js';
import { ScimError } from './errors.js';
import type { ScimLimits } from './limits.js';
import type { JsonText } from './json-stream.js';

/** An authenticated request to the façade of a directory. */
export interface ScimRequest {
  readonly store: Store;
  readonly actor: Actor;
  /** The resource types of the directory, with its registered schemas. */
  readonly schema: DirectorySchema;
  /** The public Tenant URL, without a trailing slash. */
  readonly baseUrl: string;
  /** The decoded last path segment: an id, a URN, or empty for a collection. */
  readonly id: string;
  readonly query: URLSearchParams;
  /** The parsed body; undefined if there is none. */
  readonly body: unknown;
  /** The limits on the size of the request. */
  readonly limits: ScimLimits;
  /** Reports an error that is answered with 500 inside a successful response, as in Bulk. */
  readonly report: (error: unknown) => void;
  readonly ifMatch: string | undefined;
  readonly ifNoneMatch: string | undefined;
}

/** A response; `body` is undefined if it has none. */
export interface ScimResponse {
  readonly status: number;
  readonly body?: JsonObject | JsonText;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Handles one method of one endpoint. */
export type Endpoint = (request: ScimRequest) => Promise<ScimResponse>;

/**
 * Returns the body of a request that must have one.
 *
 * @throws ScimError 400 invalidSyntax if the body is no JSON object
 */
export function requireObject({ body }: ScimRequest): JsonObject {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new ScimError(400, 'The request body must be a JSON object', 'invalidSyntax');
  }
  return body as JsonObject;
}
