import { hasFailed, type Exchange } from '../../packages/scim-rehearsal/src/client/exchange.js';
import type { Progress } from '../../packages/scim-rehearsal/src/simulator/session/progress.js';
import { percentile } from '../../packages/scim-rehearsal/src/simulator/speed.js';

/** A terminal is painted at most so often. Milliseconds. */
const PAINT_EVERY = 100;

/** A terminal is painted at least so often, also while an endpoint hangs. Milliseconds. */
const REPAINT_EVERY = 1_000;

/** Where the output goes elsewhere, a long phase tells how it goes so often. Milliseconds. */
const TELL_EVERY = 10_000;

/** The latest answers, of which the figures of speed are. */
const LATEST = 1_000;

/** What the display needs of a stream. */
export interface Screen {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/**
 * Shows how a rehearsal goes: a line that is painted anew on a terminal; where the output goes elsewhere a plain line for
 * each phase, and one every ten seconds while it lasts.
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
    // It shows the waiting, and is no reason to wait.
    this.#clock.unref();
  }

  advance(): void {
    this.#done++;
    // A phase may do several things to each of its objects.
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
    // Some terminals say that they have no columns.
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
