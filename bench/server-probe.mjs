/** Loaded into a measured server: reports to the parent process the figures that only the server itself can measure. */
import { monitorEventLoopDelay } from 'node:perf_hooks';

/** The interval at which the delay of the event loop is sampled, in milliseconds. */
const RESOLUTION = 1;

const delay = monitorEventLoopDelay({ resolution: RESOLUTION });
let longestTurn = 0;
let watching = false;
let before;

/**
 * Measures the CPU time of every iteration of the event loop. On a busy machine the scheduler may cause a pause; the
 * CPU time of an iteration is caused by the server alone.
 */
function watch() {
  const { user, system } = process.threadCpuUsage();
  longestTurn = Math.max(longestTurn, user + system - (before ?? user + system));
  before = user + system;
  if (watching) setImmediate(watch);
  else before = undefined;
}

process.on('message', (mode) => {
  const { user, system } = process.cpuUsage();
  process.send?.({
    cpu: (user + system) / 1_000,
    pause: Math.max(0, delay.max / 1e6 - RESOLUTION),
    turn: longestTurn / 1_000,
  });
  delay.reset();
  longestTurn = 0;
  // Watching takes CPU time itself, so it is off while CPU time is measured.
  if (mode === 'watch' && !watching) setImmediate(watch);
  watching = mode === 'watch';
  if (watching) delay.enable();
  else delay.disable();
});
// The channel to the parent must not keep a stopping server alive.
process.channel?.unref();
