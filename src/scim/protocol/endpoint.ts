import type { Store } from '../../domain/store.js';
import type { Actor } from '../../domain/kernel/actor.js';
import type { JsonObject } from '../../domain/kernel/json.js';
import type { DirectorySchema } from '../../domain/schema/resource-schema.js';
import { ScimError } from './errors.js';
import type { ScimLimits } from './limits.js';
import type { JsonText } from './json-stream.js';

/** One request to a directory's façade, after authentication. */
export interface ScimRequest {
  readonly store: Store;
  readonly actor: Actor;
  /** What the directory knows of its users and groups. */
  readonly schema: DirectorySchema;
  /** The public Tenant URL, without a trailing slash. */
  readonly baseUrl: string;
  /** The last segment of the path, decoded: an id, a URN, or empty for the collection. */
  readonly id: string;
  readonly query: URLSearchParams;
  /** The parsed body; undefined when there was none. */
  readonly body: unknown;
  /** How large the request may be. */
  readonly limits: ScimLimits;
  /** Tells of an error that is answered with 500 inside of a response that is none. */
  readonly report: (error: unknown) => void;
  readonly ifMatch: string | undefined;
  readonly ifNoneMatch: string | undefined;
}

/** What to answer; without a body the response has none. */
export interface ScimResponse {
  readonly status: number;
  readonly body?: JsonObject | JsonText;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One operation on one kind of resource: from request to response. */
export type Endpoint = (request: ScimRequest) => Promise<ScimResponse>;

/**
 * The body of a request that must have one.
 *
 * @throws ScimError 400 invalidSyntax for anything but a JSON object
 */
export function requireObject({ body }: ScimRequest): JsonObject {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new ScimError(400, 'The request body must be a JSON object', 'invalidSyntax');
  }
  return body as JsonObject;
}
