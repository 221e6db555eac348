/** The maximum number of entries of a cache, and their maximum total weight. */
export interface LruCacheLimits {
  readonly entries: number;
  readonly weight: number;
}

interface Entry<Value> {
  readonly value: Value;
  readonly weight: number;
}

/** A cache that evicts the least recently used entries when it exceeds its limits. */
export class LruCache<Key, Value> {
  readonly #entries = new Map<Key, Entry<Value>>();
  #weight = 0;

  constructor(private readonly limits: LruCacheLimits) {}

  get(key: Key): Value | undefined {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.value;
  }

  /** Stores a value, unless its weight alone exceeds the limit. */
  set(key: Key, value: Value, weight: number): void {
    this.#delete(key);
    if (weight > this.limits.weight) return;
    this.#entries.set(key, { value, weight });
    this.#weight += weight;
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.limits.entries && this.#weight <= this.limits.weight) return;
      this.#delete(oldest);
    }
  }

  #delete(key: Key): void {
    this.#weight -= this.#entries.get(key)?.weight ?? 0;
    this.#entries.delete(key);
  }
}
