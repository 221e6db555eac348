import { once } from 'node:events';

/** Longer than requests are given to finish; a process that hangs while it stops is ended. Milliseconds. */
const STOP_WITHIN = 20_000;

/**
 * Listens for Ctrl-C and `kill` from now on, so that not even an impatient one while the database starts leaves that
 * behind. Later signals change nothing: npm sends a terminal's Ctrl-C a second time.
 *
 * @param within how long the stop may take, in milliseconds
 * @returns aborted by the first signal, whose name is the reason
 */
export function listenForStop(within = STOP_WITHIN): AbortSignal {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (stop.signal.aborted) return;
      stop.abort(signal);
      setTimeout(() => {
        process.stderr.write(`portico: did not stop within ${within / 1000} seconds of ${signal}\n`);
        process.exit(1);
      }, within).unref();
    });
  }
  return stop.signal;
}

/** Waits for what `listenForStop` listens for; at once when it has come already. */
export async function stopped(stop: AbortSignal): Promise<void> {
  if (!stop.aborted) await once(stop, 'abort');
}
