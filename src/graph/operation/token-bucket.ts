import { LruCache } from './lru-cache.js';

/** The budget of each token in each process. */
export interface TokenBucketLimits {
  /** The maximum budget. */
  readonly capacity: number;
  /** The amount refilled per second. */
  readonly perSecond: number;
}

/** The remaining budget of a token, as returned in responses. */
export interface TokenBucketState extends TokenBucketLimits {
  readonly available: number;
}

interface Account {
  readonly available: number;
  readonly at: number;
}

/** An evicted token has been unused for so long that its budget is full again, or nearly. */
const ACCOUNTS = { entries: 100_000, weight: Number.POSITIVE_INFINITY };

/** The budgets of tokens for operations: token buckets, refilled at a constant rate. */
export class TokenBucket {
  readonly #accounts = new LruCache<string, Account>(ACCOUNTS);

  constructor(
    readonly rules: TokenBucketLimits,
    private readonly now: () => number = Date.now,
  ) {}

  /**
   * Spends a cost, or nothing if the remaining budget is lower.
   *
   * @returns the remaining budget, and in `enoughIn` the seconds until it suffices; 0 if it did. A cost above the capacity
   *   counts as the capacity
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
