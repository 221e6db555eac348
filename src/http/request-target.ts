import type { IncomingMessage } from 'node:http';

/**
 * Normalizes the request target, so that a mistyped Tenant URL is routed correctly: `//scim//v2` becomes `/scim/v2`,
 * and so does the absolute form `http://host//scim/v2` (RFC 9112 §3.2.2). Must run before express, which slices paths
 * by the lengths of the original URL.
 */
export function normalizeUrl(request: IncomingMessage): void {
  const [path = '', ...query] = (request.url ?? '').split('?');
  if (!path.includes('//')) return;
  const relative = path.replace(/^https?:\/\/[^/]*/i, '').replace(/\/{2,}/g, '/');
  request.url = [relative || '/', ...query].join('?');
}
