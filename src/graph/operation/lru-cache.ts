/** How many entries a cache holds at most, and what they may weigh together. */
export interface LruCacheLimits {
  readonly entries: number;
  readonly weight: number;
}

interface Entry<Value> {
  readonly value: Value;
  readonly weight: number;
}

/** Remembers what was used last. What is too much for its bounds is forgotten, the longest unused first. */
export class LruCache<Key, Value> {
  readonly #entries = new Map<Key, Entry<Value>>();
  #weight = 0;

  constructor(private readonly bounds: LruCacheLimits) {}

  get(key: Key): Value | undefined {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.value;
  }

  /** Remembers a value; one that alone is heavier than the whole cache may be is not kept. */
  set(key: Key, value: Value, weight: number): void {
    this.#forget(key);
    if (weight > this.bounds.weight) return;
    this.#entries.set(key, { value, weight });
    this.#weight += weight;
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.bounds.entries && this.#weight <= this.bounds.weight) return;
      this.#forget(oldest);
    }
  }

  #forget(key: Key): void {
    this.#weight -= this.#entries.get(key)?.weight ?? 0;
    this.#entries.delete(key);
  }
}
