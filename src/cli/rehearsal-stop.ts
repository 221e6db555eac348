/** A signal that comes sooner than that after the first is the same Ctrl-C: npm passes a terminal's on a second time. */
const SAME_SIGNAL = 1_000;

/** An abandoned removal has only the report to print; what hangs longer than that is ended. Milliseconds. */
const ABANDON_WITHIN = 5_000;

/** How a rehearsal is told to stop. */
export interface RehearsalStop {
  /** Aborted by the first signal: the play stops, and what was made is removed, however long that takes. */
  readonly signal: AbortSignal;
  /** Aborted by a second one: the removal stops too. */
  readonly abandon: AbortSignal;
}

/** What is listened to: `process`, or what a test has in its place. */
export interface Signals {
  on(name: 'SIGINT' | 'SIGTERM' | 'SIGHUP', listener: () => void): unknown;
  exit(status: number): void;
}

/** Where a line for the person at the terminal goes. */
export interface Lines {
  write(text: string): unknown;
}

/** Listens for Ctrl-C, `kill` and the end of the terminal from now on. */
export function listenForRehearsalStop(signals: Signals = process, lines: Lines = process.stderr): RehearsalStop {
  const stop = new AbortController();
  const abandon = new AbortController();
  let first = 0;
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    signals.on(name, () => {
      const now = performance.now();
      if (!stop.signal.aborted) {
        first = now;
        stop.abort(name);
        lines.write('\nportico: stopping, and removing what was made; another Ctrl-C leaves the rest there\n');
      } else if (now - first >= SAME_SIGNAL && !abandon.signal.aborted) {
        abandon.abort(name);
        lines.write('\nportico: leaving the rest there; the report lists it\n');
        setTimeout(() => signals.exit(1), ABANDON_WITHIN).unref();
      }
    });
  }
  return { signal: stop.signal, abandon: abandon.signal };
}

/**
 * From now on nothing breaks when nobody reads any more what is written: a terminal that was closed or a pipe that ended must
 * not keep the removal from its end. What was to be shown is lost, as the one who closed it wanted.
 */
export function outliveTheTerminal(streams: readonly NodeJS.WritableStream[] = [process.stdout, process.stderr]): void {
  for (const stream of streams) stream.on('error', () => undefined);
}
