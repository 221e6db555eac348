/** How long an answer about a token or a directory may be stale, in milliseconds. */
const FRESH_FOR = 1_000;

const MAX_ENTRIES = 10_000;

export interface FreshCacheOptions<Value> {
  /** Whether an answer is remembered; all are when left out. */
  readonly keeps?: (value: Value) => boolean;
}

/**
 * Remembers answers for at most one second, and asks once for callers who come together. So
 * authentication costs no statement for each request, and a revocation is felt within a second.
 */
export class TtlCache<Key, Value> {
  readonly #entries = new Map<Key, { readonly until: number; readonly value: Promise<Value> }>();

  constructor(
    private readonly load: (key: Key) => Promise<Value>,
    private readonly options: FreshCacheOptions<Value> = {},
  ) {}

  /** The answer for a key, at most a second old. A failure is thrown to all who waited for it and not remembered. */
  get(key: Key): Promise<Value> {
    const known = this.#entries.get(key);
    if (known && known.until > Date.now()) return known.value;
    const value = this.load(key);
    this.#entries.delete(key);
    if (this.#entries.size >= MAX_ENTRIES) this.#forgetOldest();
    this.#entries.set(key, { until: Date.now() + FRESH_FOR, value });
    const drop = (): void => {
      // It may have been forgotten and asked for again since.
      if (this.#entries.get(key)?.value === value) this.#entries.delete(key);
    };
    const { keeps } = this.options;
    value.then((answer) => {
      if (keeps && !keeps(answer)) drop();
    }, drop);
    return value;
  }

  /** Forgets an answer that this process knows to be wrong. */
  delete(key: Key): void {
    this.#entries.delete(key);
  }

  #forgetOldest(): void {
    for (const key of this.#entries.keys()) {
      this.#entries.delete(key);
      return;
    }
  }
}
