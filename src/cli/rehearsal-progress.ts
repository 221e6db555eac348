import { hasFailed, type Exchange } from '../rehearsal/exchange.js';
import type { Progress } from '../rehearsal/progress.js';
import { percentile } from '../rehearsal/speed.js';

/** The shortest interval between two updates of a terminal. Milliseconds. */
const PAINT_EVERY = 100;

/** The longest interval between two updates of a terminal, also while the endpoint does not respond. Milliseconds. */
const REPAINT_EVERY = 1_000;

/** How often the progress of a long phase is written if the output is no terminal. Milliseconds. */
const TELL_EVERY = 10_000;

/** The number of latest responses from which the latencies are calculated. */
const LATEST = 1_000;

/** The part of a stream that the display uses. */
export interface Screen {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/**
 * Shows the progress of a rehearsal. On a terminal it updates one line; elsewhere it writes a line at the end of each
 * phase, and one every ten seconds during a phase.
 */
export function toProgress(screen: Screen): Progress {
  return new Display(screen);
}

class Display implements Progress {
  readonly #screen: Screen;
  #phase = '';
  #total = 0;
  #done = 0;
  #requests = 0;
  #failures = 0;
  #started = 0;
  #painted = 0;
  #times: number[] = [];
  #clock: NodeJS.Timeout | undefined;

  constructor(screen: Screen) {
    this.#screen = screen;
  }

  begin(phase: string, total: number): void {
    this.#phase = phase;
    this.#total = total;
    this.#done = this.#requests = this.#failures = 0;
    this.#started = performance.now();
    this.#times = [];
    this.#paint(true);
    clearInterval(this.#clock);
    this.#clock = this.#screen.isTTY
      ? setInterval(() => this.#paint(true), REPAINT_EVERY)
      : setInterval(() => this.#screen.write(`${this.#toLine()}\n`), TELL_EVERY);
    // The timer must not keep the process alive.
    this.#clock.unref();
  }

  advance(): void {
    this.#done++;
    // A phase may process an object in several steps.
    this.#total = Math.max(this.#total, this.#done);
    this.#paint(false);
  }

  note(exchange: Exchange): void {
    this.#requests++;
    if (hasFailed(exchange)) this.#failures++;
    this.#times.push(exchange.milliseconds);
    if (this.#times.length > LATEST) this.#times.shift();
    this.#paint(false);
  }

  end(): void {
    clearInterval(this.#clock);
    const line = this.#toLine();
    this.#screen.write(this.#screen.isTTY === true ? `\r\u001b[2K${this.#cut(line)}\n` : `${line}\n`);
  }

  #paint(isUrgent: boolean): void {
    if (this.#screen.isTTY !== true) return;
    const now = performance.now();
    if (!isUrgent && now - this.#painted < PAINT_EVERY) return;
    this.#painted = now;
    this.#screen.write(`\r\u001b[2K${this.#cut(this.#toLine())}`);
  }

  #cut(line: string): string {
    // Some terminals report 0 columns.
    const { columns = 0 } = this.#screen;
    return line.slice(0, (columns > 0 ? columns : 80) - 1);
  }

  #toLine(): string {
    const seconds = (performance.now() - this.#started) / 1000;
    const sorted = this.#times.toSorted((a, b) => a - b);
    const rate = seconds > 0 ? Math.round(this.#requests / seconds) : 0;
    return [
      this.#phase.padEnd(26),
      `${this.#done}/${this.#total}`.padStart(9),
      `${rate}/s`.padStart(7),
      `p50 ${percentile(sorted, 0.5).toFixed(0)} ms`.padStart(10),
      `p99 ${percentile(sorted, 0.99).toFixed(0)} ms`.padStart(11),
      `${this.#failures} failed`.padStart(9),
    ].join(' ');
  }
}
