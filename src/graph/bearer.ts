import type { IncomingMessage } from 'node:http';
import type { Authenticator } from '../domain/token/authenticator.js';
import type { Principal } from '../domain/token/principal.js';
import { REPEATED_AUTHORIZATION, REPEATED_CHALLENGE, repeatsAuthorization } from '../http/authorization.js';

/** Who calls GraphQL, or how the call is refused, with the challenge of RFC 6750 §3. */
export type Bearer =
  | { readonly principal: Principal }
  | {
      readonly principal?: undefined;
      readonly status: 400 | 401;
      readonly code: 'BAD_REQUEST' | 'UNAUTHENTICATED';
      readonly message: string;
      readonly challenge: string;
    };

/** What a client is told that was not let in. */
const NOT_LET_IN = 'Authentication is required: send "Authorization: Bearer …" with a GraphQL token or an admin token';

/** Tells who calls GraphQL by the Authorization header of a request, of which there must not be two. */
export async function readRequestBearer(authenticator: Authenticator, request: IncomingMessage): Promise<Bearer> {
  if (!repeatsAuthorization(request)) return readBearer(authenticator, request.headers.authorization);
  return { status: 400, code: 'BAD_REQUEST', message: REPEATED_AUTHORIZATION, challenge: REPEATED_CHALLENGE };
}

/** Tells who calls GraphQL by the value of an Authorization header, wherever that stands. SCIM tokens do not open it. */
export async function readBearer(authenticator: Authenticator, authorization: unknown): Promise<Bearer> {
  const principal = typeof authorization === 'string' ? await authenticator.authenticate(authorization) : undefined;
  if (principal && principal.kind !== 'scim') return { principal };
  const error = principal ? ', error="invalid_token", error_description="SCIM tokens do not open GraphQL"' : '';
  const challenge = `Bearer realm="portico"${error}`;
  return { status: 401, code: 'UNAUTHENTICATED', message: NOT_LET_IN, challenge };
}
