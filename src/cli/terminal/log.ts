import { destination, pino, type Logger } from 'pino';
import type { Config } from '../../config.js';

/** How long a line of the log may wait for others, in milliseconds. */
const GATHER_FOR = 100;

/**
 * How many bytes are written at once, and never half a line: a pipe takes as many without mixing them with what another
 * process writes (POSIX, PIPE_BUF of Linux).
 */
const AT_ONCE = 4_096;
const LONGEST_USUAL_LINE = 512;

/**
 * Opens the log on standard output. Lines are written by several, because a write for each would be a twentieth of a
 * small request.
 *
 * @param worker the number of the worker that writes it, which stands in each line then
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
