const KEY = 'portico.token';

/** The part of the browser's storages that is used. */
type TokenStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

/** Where the token lies: in the browser tab's own storage, or, if its owner wants so, in the browser's. */
export class TokenStore {
  constructor(
    private readonly session: TokenStorage,
    private readonly local: TokenStorage,
  ) {}

  /** The token; empty when there is none. */
  get token(): string {
    return this.session.getItem(KEY) ?? this.local.getItem(KEY) ?? '';
  }

  /** Whether the token outlives the browser tab. */
  get isKept(): boolean {
    return this.local.getItem(KEY) !== null;
  }

  /** Stores a token in one place and removes it from the other; an empty one from both. */
  store(token: string, keep: boolean): void {
    this.session.removeItem(KEY);
    this.local.removeItem(KEY);
    if (token !== '') (keep ? this.local : this.session).setItem(KEY, token);
  }
}
