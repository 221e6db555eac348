import type { Scope } from './scope.js';
import type { TokenKind } from './token.js';

/** An authenticated client. */
export interface Principal {
  readonly kind: TokenKind;
  /** Null for the fixed admin token of the configuration. */
  readonly tokenId: string | null;
  /** The only directory to which the token grants access; null for an admin token, which grants access to all. */
  readonly directoryId: string | null;
  readonly scopes: readonly Scope[];
  readonly expiresAt: Date | null;
  /** The actor's name in events: `token:<id>` or `admin`. */
  readonly actorName: string;
}
