import type { IncomingMessage } from 'node:http';

/** The error message for a request with more than one Authorization header. */
export const REPEATED_AUTHORIZATION = 'The request has more than one Authorization header; send exactly one';

/** RFC 6750 §3.1: a repeated credential makes the request invalid. */
export const REPEATED_CHALLENGE = 'Bearer realm="portico", error="invalid_request"';

/**
 * Returns whether a request has more than one Authorization header. Node keeps the first and drops the others, while a
 * proxy may have checked a different one.
 */
export function repeatsAuthorization({ rawHeaders }: IncomingMessage): boolean {
  let count = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    if (rawHeaders[index]?.toLowerCase() === 'authorization') count += 1;
  }
  return count > 1;
}
