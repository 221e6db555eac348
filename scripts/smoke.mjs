/**
 * Smoke test of the first steps of a new user: `npm run smoke`.
 *
 * Starts the service with `npm start` in an empty data folder, connects as Entra's Test Connection and as a GraphQL
 * client with the printed tokens, presses Ctrl-C, and looks for processes that are left. A second start checks that the
 * data was kept. Finally starts `npm run dev`, which must restart after a change. Prints nothing on success; otherwise
 * the expectation that failed and the output of the service.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { mkdtemp, rm, utimes } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';

// Generous timeouts, because the machine may be busy. They only detect hangs.
const START_SECONDS = 180;
const STOP_SECONDS = 60;

const root = resolve(import.meta.dirname, '..');
const home = await mkdtemp(join(tmpdir(), 'portico-smoke-'));
const port = await freePort();
const origin = `http://127.0.0.1:${port}`;

function freePort() {
  return new Promise((found, fail) => {
    const server = createServer().once('error', fail);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => found(port));
    });
  });
}

/** Polls until `check` returns a value other than undefined. Throws after a number of seconds. */
async function until(what, seconds, check) {
  const deadline = performance.now() + seconds * 1000;
  for (;;) {
    const result = await check();
    if (result !== undefined) return result;
    if (performance.now() > deadline) throw new Error(`${what} within ${seconds} s`);
    await sleep(200);
  }
}

/** All running processes as { pid, parent, text }, where text holds the command line and the working directory. */
function processes() {
  if (!existsSync('/proc/self/stat')) {
    return execFileSync('ps', ['-A', '-o', 'pid=,ppid=,stat=,command='], { encoding: 'utf8' })
      .split('\n')
      .map((line) => /^\s*(\d+)\s+(\d+)\s+([^Z\s]\S*)\s+(.*)$/.exec(line))
      .filter((match) => match !== null)
      .map(([, pid, parent, , text]) => ({ pid: Number(pid), parent: Number(parent), text }));
  }
  const all = [];
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      // A zombie has exited and only waits to be reaped, which in a bare container may never happen.
      if (state === 'Z') continue;
      const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ');
      all.push({ pid: Number(name), parent: Number(parent), text: `${command} in ${workingDirectory(name)}` });
    } catch (error) {
      // The process exited in the meantime.
      if (error.code !== 'ENOENT' && error.code !== 'ESRCH') throw error;
    }
  }
  return all;
}

function workingDirectory(pid) {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch (error) {
    // A process of another user, which this test did not start.
    if (error.code === 'EACCES' || error.code === 'EPERM') return '(hidden)';
    throw error;
  }
}

/** A process, its descendants, and all processes in the temporary folder (PostgreSQL renames its children). */
function family(pid) {
  const all = processes();
  const members = new Set([pid]);
  for (let size = 0; size !== members.size;) {
    size = members.size;
    for (const one of all) if (members.has(one.parent)) members.add(one.pid);
  }
  return all.filter((one) => one.pid !== process.pid && (members.has(one.pid) || one.text.includes(home)));
}

/** One start of the service by an npm script, `use` while it runs, one Ctrl-C. */
async function session(script, use) {
  const others = Object.entries(process.env).filter(([name]) => !/^(DATABASE_URL|HOST|PORT|PORTICO_.*)$/.test(name));
  const env = { ...Object.fromEntries(others), PORT: String(port), PORTICO_DATA_DIR: join(home, 'data') };
  // A process group of its own, so that the signal reaches all of it, as it does from a terminal.
  const npm = spawn('npm', ['run', script], { cwd: root, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [npm.stdout, npm.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => (output += stripVTControlCharacters(text)));
  }
  let ended = false;
  npm.once('error', (error) => (output += `${error.stack}\n`)).once('close', () => (ended = true));

  let seen = [];
  try {
    const ready = () =>
      until('/readyz answers 200', START_SECONDS, async () => {
        assert(!ended, `\`npm run ${script}\` ended by itself`);
        const response = await fetch(`${origin}/readyz`).catch((error) => error);
        return response.status === 200 ? true : undefined;
      });
    await ready();
    await use(() => output, ready);

    seen = family(npm.pid);
    assert(seen.length > 1, `the service and its database run (seen: ${JSON.stringify(seen)})`);
    process.kill(-npm.pid, 'SIGINT');
    await until(`\`npm run ${script}\` ends after Ctrl-C`, STOP_SECONDS, () => (ended ? true : undefined));
    await until('no process is left', STOP_SECONDS, () => (left(seen).length === 0 ? true : undefined));
  } catch (error) {
    const rest = left(seen.length > 0 ? seen : family(npm.pid));
    for (const { pid } of rest) kill(pid);
    const strays = rest.map(({ pid, text }) => `${pid} ${text}`).join('\n') || '(none)';
    throw new Error(
      `${error.message}\n\n── processes ──\n${strays}\n\n── npm run ${script} printed ──\n${concealed(output)}`,
      {
        cause: error,
      },
    );
  }
}

/** The processes that still run, and new ones in the temporary folder. */
function left(seen) {
  const known = new Map(seen.map(({ pid, text }) => [pid, text]));
  return processes().filter(({ pid, text }) => pid !== process.pid && (known.get(pid) === text || text.includes(home)));
}

function kill(pid) {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

/** Removes tokens from output that may end up in the logs of continuous integration. */
function concealed(output) {
  return output.replaceAll(/(ptc_[a-z]+_)[\w-]+/g, '$1…');
}

function printed(output, what, pattern) {
  const found = pattern.exec(output);
  assert(found, `the start prints the ${what}`);
  return found[1];
}

async function testConnection(tenantUrl, token) {
  const url = new URL(`${tenantUrl}/Users`);
  url.searchParams.set('filter', `userName eq "${randomUUID()}"`);
  const response = await fetch(url, {
    headers: { authorization: `Bearer ${token}`, accept: 'application/scim+json' },
  });
  const body = await response.text();
  assert.equal(response.status, 200, `Test Connection answers 200: ${body}`);
  assert.equal(response.headers.get('content-type'), 'application/scim+json');
  assert.equal(JSON.parse(body).totalResults, 0, `Test Connection finds nobody: ${body}`);
}

async function queryDirectory(token) {
  const response = await fetch(`${origin}/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ query: '{ directory(slug: "default") { slug scimUrl } }' }),
  });
  const body = await response.text();
  assert.equal(response.status, 200, `GraphQL answers 200: ${body}`);
  const { data, errors } = JSON.parse(body);
  assert.equal(errors, undefined, `GraphQL answers without errors: ${body}`);
  return data.directory;
}

try {
  let tenantUrl, scimToken, adminToken;

  await session('start', async (output) => {
    // The banner may follow readiness by a moment.
    await until('the banner with an admin token', START_SECONDS, () => (/ptc_adm_/.test(output()) ? true : undefined));
    tenantUrl = printed(output(), 'Tenant URL', /Tenant URL\W*(https?:\/\/\S+)/i);
    scimToken = printed(output(), 'Secret Token', /Secret Token\W*(ptc_scim_[\w-]+)/i);
    adminToken = printed(output(), 'admin token', /Admin token\W*(ptc_adm_[\w-]+)/i);
    await testConnection(tenantUrl, scimToken);
    assert.deepEqual(await queryDirectory(adminToken), { slug: 'default', scimUrl: tenantUrl });
  });

  await session('start', async (output) => {
    await testConnection(tenantUrl, scimToken);
    assert.deepEqual(await queryDirectory(adminToken), { slug: 'default', scimUrl: tenantUrl });
    assert.doesNotMatch(output(), /ptc_(scim|adm)_/, 'tokens are printed once and never again');
  });

  await session('dev', async (output, ready) => {
    assert.deepEqual(await queryDirectory(adminToken), { slug: 'default', scimUrl: tenantUrl });
    const starts = () => output().split('Portico is running.').length - 1;
    await until('the banner', START_SECONDS, () => (starts() === 1 ? true : undefined));
    // Changes the modification time only: `npm run dev` restarts, and Git sees no change.
    await utimes(join(root, 'src/main.ts'), new Date(), new Date());
    await until('a second start', START_SECONDS, () => (starts() === 2 ? true : undefined));
    await ready();
    await testConnection(tenantUrl, scimToken);
  });
} catch (error) {
  process.stderr.write(`smoke: expected: ${error.message}\n`);
  process.exitCode = 1;
} finally {
  await rm(home, { recursive: true, force: true });
}
