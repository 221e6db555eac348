/**
 * The time within which a further signal belongs to the same Ctrl-C, in milliseconds: npm forwards the Ctrl-C of a
 * terminal a second time.
 */
const REPEAT_INTERVAL = 1_000;

/** The time for printing the report after an abandoned cleanup, in milliseconds. Then the process exits. */
const ABANDON_TIMEOUT = 5_000;

/** Stops a run. */
export interface StopSignals {
  /** Aborted by the first signal: the run stops and the created objects are deleted, however long that takes. */
  readonly signal: AbortSignal;
  /** Aborted by the second signal: the cleanup stops too. */
  readonly abandon: AbortSignal;
}

/** The members of `process` that handling signals requires. */
export interface SignalSource {
  on(name: 'SIGINT' | 'SIGTERM' | 'SIGHUP', listener: () => void): unknown;
  exit(status: number): void;
}

/** The stream for messages to the user. */
export interface MessageOutput {
  write(text: string): unknown;
}

/** Handles SIGINT (Ctrl-C), SIGTERM (`kill`) and SIGHUP (a closed terminal) from now on. */
export function listenForStopSignals(
  program: string,
  source: SignalSource = process,
  output: MessageOutput = process.stderr,
): StopSignals {
  const stop = new AbortController();
  const abandon = new AbortController();
  let first = 0;
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    source.on(name, () => {
      const now = performance.now();
      if (!stop.signal.aborted) {
        first = now;
        stop.abort(name);
        output.write(`\n${program}: stopping and deleting what was created; press Ctrl-C again to leave the rest\n`);
      } else if (now - first >= REPEAT_INTERVAL && !abandon.signal.aborted) {
        abandon.abort(name);
        output.write(`\n${program}: leaving the rest; the report lists it\n`);
        setTimeout(() => source.exit(1), ABANDON_TIMEOUT).unref();
      }
    });
  }
  return { signal: stop.signal, abandon: abandon.signal };
}

/** Ignores write errors from now on: a closed terminal or pipe must not end the process before the cleanup is done. */
export function ignoreClosedOutput(streams: readonly NodeJS.WritableStream[] = [process.stdout, process.stderr]): void {
  for (const stream of streams) stream.on('error', () => undefined);
}
