import { destination, pino, type Logger } from 'pino';
import type { Config } from '../../config.js';

/** How long log lines are buffered before they are written. Milliseconds. */
const GATHER_FOR = 100;

/**
 * The most bytes of one write, which ends with a complete line: a pipe accepts as many atomically, so that the lines of
 * several workers do not mix (PIPE_BUF on Linux).
 */
const AT_ONCE = 4_096;
const LONGEST_USUAL_LINE = 512;

/**
 * Opens the log on standard output. Several lines are written at once, because one write for each line would take a
 * twentieth of the time of a small request.
 *
 * @param worker the number of the worker process, which is added to each line
 */
export function openLog({ logLevel }: Config, worker?: number): Logger {
  const output = destination({ dest: 1, sync: true, minLength: AT_ONCE - LONGEST_USUAL_LINE, maxWrite: AT_ONCE });
  setInterval(() => {
    output.flush();
  }, GATHER_FOR).unref();
  process.once('exit', () => {
    output.flushSync();
  });
  return pino({ level: logLevel, base: worker === undefined ? null : { worker } }, output);
}
