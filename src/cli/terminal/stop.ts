import { once } from 'node:events';

/** How long the process may take to stop before it is ended: longer than requests may take to finish. Milliseconds. */
const STOP_WITHIN = 20_000;

/**
 * Handles SIGINT and SIGTERM from now on, so that Ctrl-C during database start-up does not leave PostgreSQL running.
 * Later signals are ignored, because npm forwards the Ctrl-C of a terminal a second time.
 *
 * @param within how long the stop may take, in milliseconds
 * @returns a signal that is aborted by the first one, with its name as the reason
 */
export function listenForStop(within = STOP_WITHIN): AbortSignal {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (stop.signal.aborted) return;
      stop.abort(signal);
      setTimeout(() => {
        process.stderr.write(`portico: could not stop within ${within / 1000} seconds after ${signal}; exiting\n`);
        process.exit(1);
      }, within).unref();
    });
  }
  return stop.signal;
}

/** Resolves when `stop` is aborted; at once if it has been aborted already. */
export async function stopped(stop: AbortSignal): Promise<void> {
  if (!stop.aborted) await once(stop, 'abort');
}
