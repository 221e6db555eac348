import type { Scope, TokenKind } from './token.js';

/** Who a bearer token stands for. */
export interface Principal {
  readonly kind: TokenKind;
  /** Null for the fixed admin token of the configuration. */
  readonly tokenId: string | null;
  /** The one directory it opens; null for an admin, who opens all. */
  readonly directoryId: string | null;
  readonly scopes: readonly Scope[];
  readonly expiresAt: Date | null;
  /** How events name it: `token:<id>` or `admin`. */
  readonly actorName: string;
}
