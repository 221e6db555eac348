/** A signal within this time after the first is the same Ctrl-C: npm forwards the one from the terminal again. Milliseconds. */
const SAME_SIGNAL = 1_000;

/** After an abandoned cleanup only the report is left to print; a process that takes longer is ended. Milliseconds. */
const ABANDON_WITHIN = 5_000;

/** Stops a run. */
export interface StopSignals {
  /** Aborted by the first signal: the run stops and the created objects are deleted, however long that takes. */
  readonly signal: AbortSignal;
  /** Aborted by the second signal: the cleanup stops too. */
  readonly abandon: AbortSignal;
}

/** The part of `process` that is needed here. */
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
      } else if (now - first >= SAME_SIGNAL && !abandon.signal.aborted) {
        abandon.abort(name);
        output.write(`\n${program}: leaving the rest; the report lists it\n`);
        setTimeout(() => source.exit(1), ABANDON_WITHIN).unref();
      }
    });
  }
  return { signal: stop.signal, abandon: abandon.signal };
}

/** Ignores write errors from now on: a closed terminal or pipe must not end the process before the cleanup is done. */
export function ignoreClosedOutput(streams: readonly NodeJS.WritableStream[] = [process.stdout, process.stderr]): void {
  for (const stream of streams) stream.on('error', () => undefined);
}
