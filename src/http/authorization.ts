import type { IncomingMessage } from 'node:http';

/** What a client is told that sends more than one Authorization header. */
export const REPEATED_AUTHORIZATION = 'The request has more than one Authorization header; send exactly one';

/** RFC 6750 §3.1: a repeated credential makes the request invalid. */
export const REPEATED_CHALLENGE = 'Bearer realm="portico", error="invalid_request"';

/**
 * Whether a request has more than one Authorization header. Node keeps the first and drops the others, and a proxy in
 * front may have checked another one.
 */
export function repeatsAuthorization({ rawHeaders }: IncomingMessage): boolean {
  let count = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    if (rawHeaders[index]?.toLowerCase() === 'authorization') count += 1;
  }
  return count > 1;
}
