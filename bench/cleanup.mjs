/** Cleanup after Ctrl-C, a signal or a closed pipe: nothing that this process started may outlive it. */

const children = new Set();
const cleanups = new Set();
let exiting = false;

/** Kills a child process when this one is interrupted, unless it has exited before. */
export function killOnInterrupt(child) {
  children.add(child);
  child.once('exit', () => children.delete(child));
}

/**
 * Registers work to do when this process is interrupted, after all child processes are killed.
 *
 * @returns a function that cancels the registration
 */
export function onInterrupt(cleanup) {
  cleanups.add(cleanup);
  return () => cleanups.delete(cleanup);
}

async function exit(code) {
  if (exiting) return;
  exiting = true;
  // From here on, broken connections and unanswered requests are expected.
  process.on('uncaughtException', () => undefined);
  for (const child of children) child.kill('SIGKILL');
  for (const cleanup of cleanups) await cleanup();
  process.exit(code);
}

process.on('SIGINT', () => exit(130));
process.on('SIGTERM', () => exit(143));
process.stdout.on('error', () => exit(1));
