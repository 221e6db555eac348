/**
 * Runs the durability test for longer than the half minute of `npm test`: three servers on one PostgreSQL, 64 writers over
 * both façades, 20 subscribers over WebSocket and SSE that reconnect, servers that are killed, and one PostgreSQL crash.
 *
 *     npm run build && node bench/durability.mjs [number of events, 200000 by default]
 *
 * Prints a summary, and exits with 1 when an event or an acknowledged write is missing, duplicated or out of order.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const [events = '200000'] = process.argv.slice(2);
if (!/^[1-9]\d*$/.test(events)) {
  process.stderr.write('The number of events must be a whole number from 1\n');
  process.exit(2);
}
const root = fileURLToPath(new URL('..', import.meta.url));
const jest = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js'];
spawn(process.execPath, [...jest, 'test/durability'], {
  cwd: root,
  env: { ...process.env, PORTICO_DURABILITY_EVENTS: events },
  stdio: 'inherit',
}).once('close', (code) => (process.exitCode = code ?? 1));
