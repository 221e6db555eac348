import { hasFailed, type Exchange } from '../client/exchange.js';

/** How long one kind of request took, in milliseconds. */
export interface StepSpeed {
  readonly step: string;
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  /** Answered with 4xx or 5xx, or not at all. */
  readonly failures: number;
}

interface Kind {
  readonly times: number[];
  failures: number;
}

/** Keeps the time of every request that Entra would send; the rehearsal's own checks do not count. */
export class Speed {
  readonly #kinds = new Map<string, Kind>();
  #count = 0;

  note(exchange: Exchange): void {
    const { by, step, milliseconds } = exchange;
    if (by !== 'entra') return;
    this.#count++;
    const kind = this.#kinds.get(step) ?? { times: [], failures: 0 };
    this.#kinds.set(step, kind);
    kind.times.push(milliseconds);
    if (hasFailed(exchange)) kind.failures++;
  }

  /** Requests of Entra's so far. */
  get count(): number {
    return this.#count;
  }

  get kinds(): readonly StepSpeed[] {
    return [...this.#kinds].map(([step, { times, failures }]) => {
      const sorted = times.toSorted((a, b) => a - b);
      return { step, count: times.length, p50: percentile(sorted, 0.5), p99: percentile(sorted, 0.99), failures };
    });
  }
}

/** The smallest value that so large a part of the sorted ones does not exceed; 0 for none. */
export function percentile(sorted: readonly number[], part: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? 0;
}
