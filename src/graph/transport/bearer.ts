import type { Authenticator } from '../../domain/token/authenticator.js';
import type { Principal } from '../../domain/token/principal.js';

/** Who calls GraphQL, or the challenge with which the call is refused (RFC 6750 §3). */
export type Bearer =
  | { readonly principal: Principal; readonly challenge?: undefined }
  | { readonly principal?: undefined; readonly challenge: string };

/** What a client is told that was not let in. */
export const UNAUTHENTICATED = 'Send "Authorization: Bearer …" with a GraphQL or an admin token';

/** Tells who calls GraphQL by the value of an Authorization header, wherever that stands. SCIM tokens do not open it. */
export async function readBearer(authenticator: Authenticator, authorization: unknown): Promise<Bearer> {
  const principal = typeof authorization === 'string' ? await authenticator.authenticate(authorization) : undefined;
  if (!principal) return { challenge: 'Bearer realm="portico"' };
  if (principal.kind !== 'scim') return { principal };
  const error = 'error="invalid_token", error_description="SCIM tokens do not open GraphQL"';
  return { challenge: `Bearer realm="portico", ${error}` };
}
