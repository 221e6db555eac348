import { hasFailed, type Exchange } from '../client/exchange.js';

/** The latency of one kind of request, in milliseconds. */
export interface StepLatency {
  readonly step: string;
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  /** Requests answered with 4xx or 5xx, or not at all. */
  readonly failures: number;
}

interface Latencies {
  readonly times: number[];
  failures: number;
}

/** Records the latency of every request that Entra would send; checks of the rehearsal do not count. */
export class LatencyRecorder {
  readonly #byStep = new Map<string, Latencies>();
  #count = 0;

  record(exchange: Exchange): void {
    const { by, step, milliseconds } = exchange;
    if (by !== 'entra') return;
    this.#count++;
    const latencies = this.#byStep.get(step) ?? { times: [], failures: 0 };
    this.#byStep.set(step, latencies);
    latencies.times.push(milliseconds);
    if (hasFailed(exchange)) latencies.failures++;
  }

  /** The number of recorded requests. */
  get count(): number {
    return this.#count;
  }

  get steps(): readonly StepLatency[] {
    return [...this.#byStep].map(([step, { times, failures }]) => {
      const sorted = times.toSorted((a, b) => a - b);
      return { step, count: times.length, p50: percentile(sorted, 0.5), p99: percentile(sorted, 0.99), failures };
    });
  }
}

/** The smallest of the sorted values that the given fraction of them does not exceed; 0 if there are none. */
export function percentile(sorted: readonly number[], fraction: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * fraction) - 1)] ?? 0;
}
