/** The origins whose pages may open WebSockets. */
export interface OriginRules {
  /** The public origin of this service. */
  readonly publicUrl: string;
  /** Additional origins, as browsers send them; `*` for all. */
  readonly allowedOrigins: readonly string[];
}

/**
 * Whether a WebSocket may be opened from an origin: by a client other than a browser (no `Origin`), by a page of this
 * service under any of its host names, or by a page of an allowed origin. This does not protect tokens: browsers do not
 * send them automatically (RFC 6455 §10.2).
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
