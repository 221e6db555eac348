import { LruCache } from './lru-cache.js';

/** How much may be spent, by each token in each process. */
export interface TokenBucketLimits {
  /** What a token can have at the most. */
  readonly capacity: number;
  /** How much of it comes back in a second. */
  readonly perSecond: number;
}

/** What a token has left, as its answers show it. */
export interface TokenBucketState extends TokenBucketLimits {
  readonly available: number;
}

interface Account {
  readonly available: number;
  readonly at: number;
}

/** A token that spends nothing for so long that others push it out has its full budget again, or nearly. */
const ACCOUNTS = { entries: 100_000, weight: Number.POSITIVE_INFINITY };

/** What tokens may spend on operations: buckets that fill up again steadily. */
export class TokenBucket {
  readonly #accounts = new LruCache<string, Account>(ACCOUNTS);

  constructor(
    readonly rules: TokenBucketLimits,
    private readonly now: () => number = Date.now,
  ) {}

  /**
   * Spends a cost, or nothing where there is less than that.
   *
   * @returns what is left, and where it was not enough, in how many seconds it will be; never more than the capacity is
   */
  spend(token: string, cost: number): TokenBucketState & { readonly enoughIn: number } {
    const { capacity, perSecond } = this.rules;
    const now = this.now();
    const account = this.#accounts.get(token) ?? { available: capacity, at: now };
    const refilled = Math.min(capacity, account.available + ((now - account.at) / 1000) * perSecond);
    const missing = Math.max(0, Math.min(cost, capacity) - refilled);
    const available = missing > 0 ? refilled : refilled - cost;
    this.#accounts.set(token, { available, at: now }, 1);
    return { ...this.rules, available: Math.floor(available), enoughIn: Math.ceil(missing / perSecond) };
  }
}
