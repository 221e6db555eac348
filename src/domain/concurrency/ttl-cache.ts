/** The maximum age of a cached result, in milliseconds. */
const FRESH_FOR = 1_000;

const MAX_ENTRIES = 10_000;

/** Options of a `TtlCache`. */
export interface TtlCacheOptions<Value> {
  /** Decides whether a result is cached; by default every result is. */
  readonly keeps?: (value: Value) => boolean;
}

/**
 * Caches results for one second and shares one load between concurrent callers. Authentication therefore costs no
 * statement per request, and a revocation takes effect within a second.
 */
export class TtlCache<Key, Value> {
  readonly #entries = new Map<Key, { readonly until: number; readonly value: Promise<Value> }>();

  constructor(
    private readonly load: (key: Key) => Promise<Value>,
    private readonly options: TtlCacheOptions<Value> = {},
  ) {}

  /** Returns the value of a key, at most a second old. A failure rejects all waiting callers and is not cached. */
  get(key: Key): Promise<Value> {
    const known = this.#entries.get(key);
    if (known && known.until > Date.now()) return known.value;
    const value = this.load(key);
    this.#entries.delete(key);
    if (this.#entries.size >= MAX_ENTRIES) this.#forgetOldest();
    this.#entries.set(key, { until: Date.now() + FRESH_FOR, value });
    const drop = (): void => {
      // The entry may have been deleted and loaded again in the meantime.
      if (this.#entries.get(key)?.value === value) this.#entries.delete(key);
    };
    const { keeps } = this.options;
    value.then((answer) => {
      if (keeps && !keeps(answer)) drop();
    }, drop);
    return value;
  }

  /** Deletes the entry of a key whose value this process has changed. */
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
