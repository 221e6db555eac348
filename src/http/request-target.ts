import type { IncomingMessage } from 'node:http';

/**
 * `//scim//v2` is `/scim/v2`: an admin's slip in the Tenant URL must not decide where a request goes. Nor may the form
 * of the target: `GET http://host/scim/v2` is the same request (RFC 9112 §3.2.2). express must not see the original: it
 * cuts paths by what it measured on them.
 */
export function normalizeUrl(request: IncomingMessage): void {
  const [path = '', ...query] = (request.url ?? '').split('?');
  if (!path.includes('//')) return;
  const relative = path.replace(/^https?:\/\/[^/]*/i, '').replace(/\/{2,}/g, '/');
  request.url = [relative || '/', ...query].join('?');
}
