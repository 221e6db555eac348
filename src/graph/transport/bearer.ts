import type { IncomingMessage } from 'node:http';
import type { Authenticator } from '../../domain/token/authenticator.js';
import type { Principal } from '../../domain/token/principal.js';
import { REPEATED_AUTHORIZATION, REPEATED_CHALLENGE, repeatsAuthorization } from '../../http/authorization.js';
import { HttpError } from './http-error.js';

/** The principal of a GraphQL or admin token, or the challenge with which a request is refused (RFC 6750 §3). */
export type Bearer =
  | { readonly principal: Principal; readonly challenge?: undefined }
  | { readonly principal?: undefined; readonly challenge: string };

/** Authenticates the value of an Authorization header, from whichever source. SCIM tokens are refused. */
export async function readBearer(authenticator: Authenticator, authorization: unknown): Promise<Bearer> {
  const principal = typeof authorization === 'string' ? await authenticator.authenticate(authorization) : undefined;
  if (!principal) return { challenge: 'Bearer realm="portico"' };
  if (principal.kind !== 'scim') return { principal };
  const error = 'error="invalid_token", error_description="SCIM tokens do not grant access to GraphQL"';
  return { challenge: `Bearer realm="portico", ${error}` };
}

/**
 * Authenticates an HTTP request.
 *
 * @throws HttpError 401; 400 for a repeated Authorization header
 */
export async function requirePrincipal(authenticator: Authenticator, request: IncomingMessage): Promise<Principal> {
  if (repeatsAuthorization(request)) {
    throw new HttpError(400, REPEATED_AUTHORIZATION, 'BAD_REQUEST', { 'WWW-Authenticate': REPEATED_CHALLENGE });
  }
  const { principal, challenge } = await readBearer(authenticator, request.headers.authorization);
  if (principal) return principal;
  const message = 'Authentication is required: send "Authorization: Bearer …" with a GraphQL token or an admin token';
  throw new HttpError(401, message, 'UNAUTHENTICATED', { 'WWW-Authenticate': challenge });
}
