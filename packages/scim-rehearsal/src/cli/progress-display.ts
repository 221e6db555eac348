import { hasFailed, type Exchange } from '../client/exchange.js';
import type { Progress } from '../simulator/session/progress.js';
import { percentile } from '../simulator/latency.js';

/** The minimum time between two updates of a terminal. Milliseconds. */
const MIN_UPDATE_INTERVAL = 100;

/** The maximum time between two updates of a terminal, also while an endpoint does not respond. Milliseconds. */
const MAX_UPDATE_INTERVAL = 1_000;

/** The time between two lines about one phase where the output is not a terminal. Milliseconds. */
const LINE_INTERVAL = 10_000;

/** The number of most recent responses that the latencies are computed from. */
const RECENT = 1_000;

/** The part of a stream that the display needs. */
export interface Screen {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/**
 * Displays the progress of a run: on a terminal a line that is updated in place, elsewhere a line at the end of each phase and
 * every ten seconds during it.
 */
export function toProgress(screen: Screen): Progress {
  return new ProgressDisplay(screen);
}

class ProgressDisplay implements Progress {
  readonly #screen: Screen;
  #phase = '';
  #total = 0;
  #done = 0;
  #requests = 0;
  #failures = 0;
  #started = 0;
  #updated = 0;
  #latencies: number[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(screen: Screen) {
    this.#screen = screen;
  }

  begin(phase: string, total: number): void {
    this.#phase = phase;
    this.#total = total;
    this.#done = this.#requests = this.#failures = 0;
    this.#started = performance.now();
    this.#latencies = [];
    this.#update(true);
    clearInterval(this.#timer);
    this.#timer = this.#screen.isTTY
      ? setInterval(() => this.#update(true), MAX_UPDATE_INTERVAL)
      : setInterval(() => this.#screen.write(`${this.#toLine()}\n`), LINE_INTERVAL);
    // The timer must not keep the process alive.
    this.#timer.unref();
  }

  advance(): void {
    this.#done++;
    // A phase may process an object more than once.
    this.#total = Math.max(this.#total, this.#done);
    this.#update(false);
  }

  note(exchange: Exchange): void {
    this.#requests++;
    if (hasFailed(exchange)) this.#failures++;
    this.#latencies.push(exchange.milliseconds);
    if (this.#latencies.length > RECENT) this.#latencies.shift();
    this.#update(false);
  }

  end(): void {
    clearInterval(this.#timer);
    const line = this.#toLine();
    this.#screen.write(this.#screen.isTTY === true ? `\r\u001b[2K${this.#truncate(line)}\n` : `${line}\n`);
  }

  #update(isUrgent: boolean): void {
    if (this.#screen.isTTY !== true) return;
    const now = performance.now();
    if (!isUrgent && now - this.#updated < MIN_UPDATE_INTERVAL) return;
    this.#updated = now;
    this.#screen.write(`\r\u001b[2K${this.#truncate(this.#toLine())}`);
  }

  #truncate(line: string): string {
    // Some terminals report 0 columns.
    const { columns = 0 } = this.#screen;
    return line.slice(0, (columns > 0 ? columns : 80) - 1);
  }

  #toLine(): string {
    const seconds = (performance.now() - this.#started) / 1000;
    const sorted = this.#latencies.toSorted((a, b) => a - b);
    const rate = seconds > 0 ? Math.round(this.#requests / seconds) : 0;
    return [
      this.#phase.padEnd(27),
      `${this.#done}/${this.#total}`.padStart(8),
      `${rate}/s`.padStart(6),
      `p50 ${percentile(sorted, 0.5).toFixed(0)} ms`.padStart(9),
      `p99 ${percentile(sorted, 0.99).toFixed(0)} ms`.padStart(10),
      `${this.#failures} failed`.padStart(8),
    ].join(' ');
  }
}
