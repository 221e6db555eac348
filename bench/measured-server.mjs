/**
 * Portico as a separate process, on an embedded database in a temporary folder, with everything on (authentication,
 * validation, events, logs), so that memory, CPU time and pauses are those of the server alone.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openCluster } from './cluster.mjs';
import { killOnInterrupt } from './cleanup.mjs';
import { peakOf, resetPeak } from './process-usage.mjs';

const built = (path) => import(new URL(`../dist/src/${path}`, import.meta.url).href);
const fileOf = (path) => fileURLToPath(new URL(path, import.meta.url));
const ADMIN_TOKEN = 'an-admin-token-for-measurements-only';
let files = 0;

/**
 * Creates a database with Portico's tables and a directory `bench`.
 *
 * @param cluster where to create it; by default a new PostgreSQL, which is closed with the database
 */
export async function openMeasuredDatabase({ cluster: given, name = 'bench' } = {}) {
  await import('reflect-metadata');
  const { readConfig } = await built('config.js');
  const { openDatabase } = await built('database/open-database.js');
  const { createDirectory } = await built('domain/directory/directory-commands.js');
  const { createToken } = await built('domain/token/token-commands.js');
  const cluster = given ?? (await openCluster());
  const url = await cluster.createDatabase(name);
  const { em, pool, snapshotSlots, close } = await openDatabase(readConfig({ DATABASE_URL: url }), () => undefined);
  const { id: directoryId } = await createDirectory(em, { slug: 'bench' });
  return {
    url,
    em,
    pool,
    snapshotSlots,
    directoryId,
    /** Creates a token of the directory, `scim` or `graphql`, and returns its secret. */
    newToken: async (kind) => (await createToken(em, { directoryId, kind, name: 'bench', expiresAt: null })).secret,
    /** The path of a new file that is removed with the database. */
    newFile: (kind) => join(cluster.folder, `${name}-${++files}.${kind}`),
    async close() {
      await close();
      if (!given) await cluster.close();
    },
  };
}

/**
 * Starts the server on such a database.
 *
 * @param arguments for `portico serve`, such as `--workers 2`
 * @param probed whether to load server-probe.mjs, which the method `probe` needs
 */
export async function startServer(
  database,
  { arguments: further = [], environment = {}, execArgv = [], probed = true } = {},
) {
  const log = database.newFile('log');
  const output = await open(log, 'w');
  const server = fork(fileOf('../dist/src/main.js'), ['serve', ...further], {
    env: { ...process.env, DATABASE_URL: database.url, PORT: '0', PORTICO_ADMIN_TOKEN: ADMIN_TOKEN, ...environment },
    execArgv: [...(probed ? ['--import', fileOf('./server-probe.mjs')] : []), ...execArgv],
    stdio: ['ignore', output.fd, 'inherit', 'ipc'],
  });
  killOnInterrupt(server);
  await output.close();
  const ended = once(server, 'exit');
  const origin = await readOrigin(server, log);
  const agent = new Agent({ keepAlive: true });
  return {
    origin,
    pid: server.pid,
    /** Sends a request to a path below `/scim/v2/`, with the admin token. */
    sendTo: sender(agent, `${origin}/scim/v2/`),
    /** Sends a request to the directory `bench`. */
    send: sender(agent, `${origin}/scim/v2/bench`),
    /** CPU time so far, and the longest pause and turn of the event loop since the last call, in milliseconds. */
    async probe(what = 'probe') {
      server.send(what);
      return (await once(server, 'message'))[0];
    },
    /** Peak resident memory since the last call, in MiB. Linux only. */
    async peakMemory() {
      const peak = await peakOf(server.pid);
      await resetPeak(server.pid);
      return peak;
    },
    async stop() {
      agent.destroy();
      server.kill('SIGTERM');
      await ended;
    },
  };
}

/** Starts a server on a new database, and stops both together. */
export async function startMeasuredServer({ cluster, database: name, ...options } = {}) {
  const database = await openMeasuredDatabase({ cluster, name });
  const server = await startServer(database, options);
  const { url: databaseUrl, em, pool, snapshotSlots, directoryId, newToken } = database;
  return {
    ...server,
    ...{ databaseUrl, em, pool, snapshotSlots, directoryId, newToken },
    async stop() {
      await server.stop();
      await database.close();
    },
  };
}

/** Waits until the log of the server shows its origin. */
async function readOrigin(server, log) {
  for (;;) {
    const text = await readFile(log, 'utf8');
    const url = /^ {2}Tenant URL +(\S+)$/m.exec(text)?.[1];
    if (url !== undefined) return new URL(url).origin;
    if (server.exitCode !== null) throw new Error(`The server exited:\n${text}`);
    await pause(50);
  }
}

/** Makes a function that sends a request and resolves to the response, its time to first byte and its total time. */
function sender(agent, base) {
  return (method, path, body, headers = {}) =>
    new Promise((resolve, reject) => {
      const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
      const start = performance.now();
      const outgoing = request(
        base + path,
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
