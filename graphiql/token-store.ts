const KEY = 'portico.token';

/** The part of the browser's Storage interface that this module uses. */
type TokenStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

/** Stores the token for the browser tab, or for the whole browser if the user chooses to. */
export class TokenStore {
  constructor(
    private readonly session: TokenStorage,
    private readonly local: TokenStorage,
  ) {}

  /** The token, or an empty string if there is none. */
  get token(): string {
    return this.session.getItem(KEY) ?? this.local.getItem(KEY) ?? '';
  }

  /** Whether the token is stored for the browser, not only for the tab. */
  get isKept(): boolean {
    return this.local.getItem(KEY) !== null;
  }

  /** Stores a token in one storage and removes it from the other. An empty token is removed from both. */
  store(token: string, keep: boolean): void {
    this.session.removeItem(KEY);
    this.local.removeItem(KEY);
    if (token !== '') (keep ? this.local : this.session).setItem(KEY, token);
  }
}
