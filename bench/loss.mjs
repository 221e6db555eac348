/**
 * The loss test, long: three servers on one PostgreSQL, 64 writers over both faces, 20 subscribers over WebSocket and SSE
 * that come and go, servers that are killed, a PostgreSQL that crashes once. `npm test` runs the same for half a minute.
 *
 *     npm run build && node bench/loss.mjs [events, 200000]
 *
 * Prints what happened, and exits with 1 when an event or an acknowledged write is missing, doubled or out of order.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const [events = '200000'] = process.argv.slice(2);
if (!/^[1-9]\d*$/.test(events)) {
  process.stderr.write('The number of events is a whole number from 1\n');
  process.exit(2);
}
const root = fileURLToPath(new URL('..', import.meta.url));
const jest = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js'];
spawn(process.execPath, [...jest, 'test/loss'], {
  cwd: root,
  env: { ...process.env, PORTICO_LOSS_EVENTS: events },
  stdio: 'inherit',
}).once('close', (code) => (process.exitCode = code ?? 1));
