/** A second signal within this time is taken for the same Ctrl-C, which npm forwards from a terminal. Milliseconds. */
const SAME_SIGNAL = 1_000;

/** How long an abandoned clean-up may take to print its report before the process exits. Milliseconds. */
const ABANDON_WITHIN = 5_000;

/** The signals that stop a rehearsal. */
export interface RehearsalStop {
  /** Aborted by the first signal: the run stops and deletes what it has created, however long that takes. */
  readonly signal: AbortSignal;
  /** Aborted by the second signal: the deletion stops too. */
  readonly abandon: AbortSignal;
}

/** The source of signals: `process`, or a substitute in tests. */
export interface Signals {
  on(name: 'SIGINT' | 'SIGTERM' | 'SIGHUP', listener: () => void): unknown;
  exit(status: number): void;
}

/** The stream for messages to the user. */
export interface Lines {
  write(text: string): unknown;
}

/** Handles SIGINT, SIGTERM and SIGHUP (the terminal was closed) from now on. */
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
        lines.write('\nportico: stopping and deleting what was created; press Ctrl-C again to keep the rest\n');
      } else if (now - first >= SAME_SIGNAL && !abandon.signal.aborted) {
        abandon.abort(name);
        lines.write('\nportico: keeping the rest, which the report lists\n');
        setTimeout(() => signals.exit(1), ABANDON_WITHIN).unref();
      }
    });
  }
  return { signal: stop.signal, abandon: abandon.signal };
}

/**
 * Ignores write errors on the streams from now on: a closed terminal or pipe must not keep the run from deleting what
 * it has created. The output is lost.
 */
export function outliveTheTerminal(streams: readonly NodeJS.WritableStream[] = [process.stdout, process.stderr]): void {
  for (const stream of streams) stream.on('error', () => undefined);
}
