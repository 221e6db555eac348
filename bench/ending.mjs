/** An end before the end: by Ctrl-C, by a signal, by a closed pipe. Nothing that was started may outlive it. */

const children = new Set();
const cleanups = new Set();
let ending = false;

/** Ends a child process with this one, if it has not ended before. */
export function endWithUs(child) {
  children.add(child);
  child.once('exit', () => children.delete(child));
}

/**
 * Has something done when this process is told to end early, after all child processes are gone.
 *
 * @returns what takes that back
 */
export function beforeTheEnd(cleanup) {
  cleanups.add(cleanup);
  return () => cleanups.delete(cleanup);
}

async function end(code) {
  if (ending) return;
  ending = true;
  // Connections that break now, and requests without an answer, are no news.
  process.on('uncaughtException', () => undefined);
  for (const child of children) child.kill('SIGKILL');
  for (const cleanup of cleanups) await cleanup();
  process.exit(code);
}

process.on('SIGINT', () => end(130));
process.on('SIGTERM', () => end(143));
process.stdout.on('error', () => end(1));
