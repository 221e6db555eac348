import type { Exchange } from '../../client/exchange.js';

/** Receives the progress of a run. */
export interface Progress {
  /**
   * A phase starts.
   *
   * @param total the number of objects that it processes
   */
  begin(phase: string, total: number): void;
  /** An object of the phase has been processed. */
  advance(): void;
  /** An exchange has ended. */
  note(exchange: Exchange): void;
  /** The phase has ended. */
  end(): void;
}
