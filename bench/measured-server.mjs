/**
 * Portico as a process of its own, on an embedded database in a temporary folder, with everything on (authentication,
 * validation, events, logs): so that its memory, its CPU and its pauses are those of the server alone.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile, mkdtemp, rm } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const built = (path) => import(new URL(`../dist/src/${path}`, import.meta.url).href);
const fileOf = (path) => fileURLToPath(new URL(path, import.meta.url));
const ADMIN_TOKEN = 'an-admin-token-for-measurements-only';

/** Starts it. `stop` ends server and database, and removes what they left. */
export async function startMeasuredServer({ execArgv = [], environment = {} } = {}) {
  await import('reflect-metadata');
  const { readConfig } = await built('config.js');
  const { openDatabase } = await built('database/open-database.js');
  const { createDirectory } = await built('domain/directory/directory-commands.js');
  const folder = await mkdtemp(join(tmpdir(), 'portico-bench-'));
  const database = await openDatabase(readConfig({ PORTICO_DATA_DIR: folder }), () => undefined);
  const { id: directoryId, slug } = await createDirectory(database.em, { slug: 'bench' });
  const server = fork(fileOf('../dist/src/main.js'), ['serve'], {
    env: { ...process.env, DATABASE_URL: database.url, PORT: '0', PORTICO_ADMIN_TOKEN: ADMIN_TOKEN, ...environment },
    execArgv: ['--import', fileOf('./probe.mjs'), ...execArgv],
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  const origin = new URL(await readTenantUrl(server)).origin;
  const agent = new Agent({ keepAlive: true });
  const ended = once(server, 'close');
  return {
    directoryId,
    pool: database.pool,
    send: sender(agent, origin, `/scim/v2/${slug}`),
    /** CPU so far, and the longest pause and turn of the event loop since the last call, in milliseconds. */
    async probe(what = 'probe') {
      server.send(what);
      return (await once(server, 'message'))[0];
    },
    /** The peak of its resident memory since the last call, in MiB. Of Linux alone. */
    async peakMemory() {
      const status = await readFile(`/proc/${server.pid}/status`, 'utf8');
      await writeFile(`/proc/${server.pid}/clear_refs`, '5');
      return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
    },
    async stop() {
      agent.destroy();
      server.kill('SIGTERM');
      await ended;
      await database.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Users by SQL: how they come is not what is measured. */
export async function makeUsers({ pool, directoryId }, count) {
  const { rows } = await pool.query(
    `insert into users (directory_id, id, user_name, user_name_key, active, display_name, display_name_key, attributes,
       attribute_keys, version, created_at, updated_at)
     select $1, gen_random_uuid(), 'user-' || n, 'user-' || n, true, 'User Number ' || n, 'user number ' || n, '{}',
       '{}', 1, now(), now()
     from generate_series(1, $2) n returning id`,
    [directoryId, count],
  );
  await pool.query('analyze users');
  return rows.map((row) => row.id);
}

/** Resolves when the server has said where it is. What it logs is read on, or it would stop. */
function readTenantUrl(server) {
  return new Promise((resolve, reject) => {
    let text = '';
    server.stdout.setEncoding('utf8').on('data', (chunk) => {
      if (text === undefined) return;
      text += chunk;
      const url = /^ {2}Tenant URL +(\S+)$/m.exec(text)?.[1];
      if (url === undefined || !text.includes('Ctrl-C\n\n')) return;
      text = undefined;
      resolve(url);
    });
    server.once('exit', () => reject(new Error(`The server ended:\n${text}`)));
  });
}

/** Sends a request; resolves to its status, how long its first byte and all of it took, and how long the body is. */
function sender(agent, origin, base) {
  return (method, path, body, headers = {}) =>
    new Promise((resolve, reject) => {
      const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
      const start = performance.now();
      const outgoing = request(
        origin + base + path,
        {
          agent,
          method,
          headers: {
            authorization: `Bearer ${ADMIN_TOKEN}`,
            ...(text === undefined
              ? {}
              : { 'content-type': 'application/scim+json', 'content-length': Buffer.byteLength(text) }),
            ...headers,
          },
        },
        (response) => {
          let first;
          const chunks = [];
          response.on('data', (chunk) => {
            first ??= performance.now() - start;
            chunks.push(chunk);
          });
          response.on('error', reject);
          response.on('end', () => {
            const total = performance.now() - start;
            const answer = Buffer.concat(chunks);
            if (response.statusCode >= 300) {
              reject(new Error(`${method} ${path}: ${response.statusCode} ${answer.toString().slice(0, 500)}`));
              return;
            }
            resolve({ status: response.statusCode, headers: response.headers, first, total, answer });
          });
        },
      );
      outgoing.on('error', reject);
      outgoing.end(text);
    });
}
