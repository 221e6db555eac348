/** Loaded into a server that is measured: tells its parent process what only the server itself can know. */
import { monitorEventLoopDelay } from 'node:perf_hooks';

/** How often it looks whether the event loop is late, in milliseconds. */
const RESOLUTION = 1;

const delay = monitorEventLoopDelay({ resolution: RESOLUTION });
let longestTurn = 0;
let watching = false;
let before;

/**
 * Sees every turn of the event loop. On a machine with other work a pause may be the scheduler's; the CPU time of a turn is
 * the server's own.
 */
function watch() {
  const { user, system } = process.threadCpuUsage();
  longestTurn = Math.max(longestTurn, user + system - (before ?? user + system));
  before = user + system;
  if (watching) setImmediate(watch);
  else before = undefined;
}

process.on('message', (what) => {
  const { user, system } = process.cpuUsage();
  process.send?.({
    cpu: (user + system) / 1_000,
    pause: Math.max(0, delay.max / 1e6 - RESOLUTION),
    turn: longestTurn / 1_000,
  });
  delay.reset();
  longestTurn = 0;
  // Watching costs CPU of its own: while that is measured, nobody watches.
  if (what === 'watch' && !watching) setImmediate(watch);
  watching = what === 'watch';
  if (watching) delay.enable();
  else delay.disable();
});
// The parent's channel must not keep a server alive that was told to stop.
process.channel?.unref();
