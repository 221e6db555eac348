/**
 * Portico as a process of its own, on an embedded database in a temporary folder, with everything on (authentication,
 * validation, events, logs): so that its memory, its CPU and its pauses are those of the server alone.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openCluster } from './cluster.mjs';
import { endWithUs } from './ending.mjs';
import { forgetPeak, peakOf } from './process-usage.mjs';

const built = (path) => import(new URL(`../dist/src/${path}`, import.meta.url).href);
const fileOf = (path) => fileURLToPath(new URL(path, import.meta.url));
const ADMIN_TOKEN = 'an-admin-token-for-measurements-only';
let files = 0;

/**
 * Makes a database with Portico's tables and a directory `bench`.
 *
 * @param cluster to make it in; without one it gets a PostgreSQL of its own, which ends with it
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
    /** Makes a token of the directory, `scim` or `graphql`, and gives its secret. */
    newToken: async (kind) => (await createToken(em, { directoryId, kind, name: 'bench', expiresAt: null })).secret,
    /** A file that goes when the database goes. */
    newFile: (kind) => join(cluster.folder, `${name}-${++files}.${kind}`),
    async close() {
      await close();
      if (!given) await cluster.close();
    },
  };
}

/**
 * Starts it on such a database.
 *
 * @param arguments of `portico serve`, such as `--workers 2`
 * @param probed whether `probe` shall work; the server then runs a few lines that are not its own
 */
export async function startServer(
  database,
  { arguments: further = [], environment = {}, execArgv = [], probed = true } = {},
) {
  const log = database.newFile('log');
  const output = await open(log, 'w');
  const server = fork(fileOf('../dist/src/main.js'), ['serve', ...further], {
    env: { ...process.env, DATABASE_URL: database.url, PORT: '0', PORTICO_ADMIN_TOKEN: ADMIN_TOKEN, ...environment },
    execArgv: [...(probed ? ['--import', fileOf('./probe.mjs')] : []), ...execArgv],
    stdio: ['ignore', output.fd, 'inherit', 'ipc'],
  });
  endWithUs(server);
  await output.close();
  const ended = once(server, 'exit');
  const origin = await readOrigin(server, log);
  const agent = new Agent({ keepAlive: true });
  return {
    origin,
    pid: server.pid,
    /** Sends a request to `/scim/v2/` and what is given, as an admin. */
    sendTo: sender(agent, `${origin}/scim/v2/`),
    /** The same to the directory `bench`. */
    send: sender(agent, `${origin}/scim/v2/bench`),
    /** CPU so far, and the longest pause and turn of the event loop since the last call, in milliseconds. */
    async probe(what = 'probe') {
      server.send(what);
      return (await once(server, 'message'))[0];
    },
    /** The peak of its resident memory since the last call, in MiB. Of Linux alone. */
    async peakMemory() {
      const peak = await peakOf(server.pid);
      await forgetPeak(server.pid);
      return peak;
    },
    async stop() {
      agent.destroy();
      server.kill('SIGTERM');
      await ended;
    },
  };
}

/** Both: a server on a database of its own, as one. */
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

/** Where the server is, as soon as its log tells. */
async function readOrigin(server, log) {
  for (;;) {
    const text = await readFile(log, 'utf8');
    const url = /^ {2}Tenant URL +(\S+)$/m.exec(text)?.[1];
    if (url !== undefined) return new URL(url).origin;
    if (server.exitCode !== null) throw new Error(`The server ended:\n${text}`);
    await pause(50);
  }
}

/** Sends a request; resolves to its status, how long its first byte and all of it took, and how long the body is. */
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
