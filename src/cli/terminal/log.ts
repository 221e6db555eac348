import { destination, pino, type Logger } from 'pino';
import type { Config } from '../../config.js';

/** The interval at which buffered log lines are written, in milliseconds. */
const FLUSH_INTERVAL = 100;

/**
 * The maximum size of one write, in bytes (PIPE_BUF on Linux). Writes of this size to a pipe are atomic and end with a
 * complete line, so that the lines of several workers are not interleaved.
 */
const MAX_WRITE = 4_096;
const TYPICAL_MAX_LINE = 512;

/**
 * Opens the log on standard output. Lines are written in batches, because one write for each line would take 5 % of the
 * time of a small request.
 *
 * @param worker the number of the worker process, which is added to each line
 */
export function openLog({ logLevel }: Config, worker?: number): Logger {
  const output = destination({ dest: 1, sync: true, minLength: MAX_WRITE - TYPICAL_MAX_LINE, maxWrite: MAX_WRITE });
  setInterval(() => {
    output.flush();
  }, FLUSH_INTERVAL).unref();
  process.once('exit', () => {
    output.flushSync();
  });
  return pino({ level: logLevel, base: worker === undefined ? null : { worker } }, output);
}
