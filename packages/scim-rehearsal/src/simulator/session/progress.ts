import type { Exchange } from '../../client/exchange.js';

/** Who watches a rehearsal while it runs. */
export interface Progress {
  /** A phase begins. */
  begin(phase: string, total: number): void;
  /** One of the phase's objects is done. */
  advance(): void;
  /** A request is over. */
  note(exchange: Exchange): void;
  /** A phase is over. */
  end(): void;
}
