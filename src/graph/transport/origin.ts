/** Which pages may reach this service from a browser. */
export interface OriginRules {
  /** The origin under which clients reach this service. */
  readonly publicUrl: string;
  /** Other origins, as browsers write them; `*` for all. */
  readonly allowedOrigins: readonly string[];
}

/**
 * Whether a WebSocket may be opened from where it comes: by a program that is no browser (no `Origin`), by a page of this
 * service itself, under whichever of its names, or by a page of an origin that is allowed. No token depends on it, for
 * pages have none of ours that a browser would add by itself (RFC 6455 §10.2).
 *
 * @param origin the header `Origin`
 * @param host the header `Host`
 */
export function isAllowedOrigin(
  origin: string | undefined,
  host: string | undefined,
  { publicUrl, allowedOrigins }: OriginRules,
): boolean {
  if (origin === undefined || origin === publicUrl) return true;
  if (allowedOrigins.includes('*') || allowedOrigins.includes(origin)) return true;
  return host !== undefined && URL.parse(origin)?.host === host.toLowerCase();
}
