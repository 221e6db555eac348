import { once } from 'node:events';

/**
 * The time after which a process that has not stopped exits, in milliseconds. It exceeds the time for requests to
 * finish.
 */
const STOP_TIMEOUT = 20_000;

/**
 * Handles SIGINT and SIGTERM from now on, so that Ctrl-C during database start-up does not leave PostgreSQL running.
 * Later signals are ignored, because npm forwards the Ctrl-C of a terminal a second time.
 *
 * @param timeout the time after which the process exits even if it has not stopped, in milliseconds
 * @returns a signal that is aborted by the first signal, with its name as the reason
 */
export function listenForStop(timeout = STOP_TIMEOUT): AbortSignal {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (stop.signal.aborted) return;
      stop.abort(signal);
      setTimeout(() => {
        process.stderr.write(`portico: could not stop within ${timeout / 1000} seconds after ${signal}; exiting\n`);
        process.exit(1);
      }, timeout).unref();
    });
  }
  return stop.signal;
}

/** Resolves when `stop` is aborted, or immediately if it already is. */
export async function stopped(stop: AbortSignal): Promise<void> {
  if (!stop.aborted) await once(stop, 'abort');
}
