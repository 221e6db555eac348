/**
 * Runs the service from its sources and restarts it after each change: `npm run dev`. Parameters are passed to `serve`.
 *
 * The embedded PostgreSQL keeps running between restarts, because this process has it open too.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { watch } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { readConfig } from '../src/config.js';
import { openEmbeddedPostgres } from '../src/database/embedded/embedded-postgres.js';

const root = resolve(import.meta.dirname, '..');
const SERVER_SOURCES = ['src', 'migrations'];
const PAGE_SOURCES = ['graphiql'];

/** The time in which an editor writes all files that it saves together, in milliseconds. */
const SAVE_DURATION = 50;

const stop = new AbortController();
const stopped = once(stop.signal, 'abort').then(() => undefined);
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    stop.abort();
  });
}

/** Runs a Node program on this terminal. */
function start(...parameters: readonly string[]): ChildProcess {
  return spawn(process.execPath, parameters, { cwd: root, stdio: 'inherit' });
}

/** Whether the page for browsers has been built. Its errors are on the terminal. */
async function buildPage(): Promise<boolean> {
  const [code] = (await once(start('scripts/build-graphiql.mjs'), 'exit')) as [number | null];
  return code === 0;
}

/** Waits for the next change below some folders and returns the folder; undefined when this process is to stop. */
async function nextChange(folders: readonly string[]): Promise<string | undefined> {
  const { promise, resolve: found } = Promise.withResolvers<string>();
  const watchers = folders.map((folder) =>
    watch(join(root, folder), { recursive: true }, () => {
      found(folder);
    }),
  );
  const folder = await Promise.race([promise, stopped]);
  if (folder !== undefined) await delay(SAVE_DURATION);
  for (const each of watchers) each.close();
  return folder;
}

/** Ends a server as Ctrl-C would. */
async function end(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  server.kill('SIGTERM');
  await once(server, 'exit');
}

const { databaseUrl, dataDir } = readConfig();
const embedded = databaseUrl === undefined ? await openEmbeddedPostgres({ dataDir }) : undefined;
try {
  let isBuilt = await buildPage();
  while (!stop.signal.aborted) {
    const change = nextChange([...SERVER_SOURCES, ...PAGE_SOURCES]);
    const server = isBuilt ? start('--import', 'tsx', 'src/main.ts', 'serve', ...process.argv.slice(2)) : undefined;
    server?.once('exit', (code) => {
      if (code !== 0) process.stderr.write('dev: waiting for a change\n');
    });
    const folder = await change;
    if (folder !== undefined) process.stderr.write(`dev: ${folder}/ has changed\n`);
    if (server) await end(server);
    if (PAGE_SOURCES.some((each) => each === folder)) isBuilt = await buildPage();
  }
} finally {
  await embedded?.close();
}
