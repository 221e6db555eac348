/**
 * How soon after its commit an event is delivered, and what subscriptions cost that nothing is delivered to:
 * `npm run -s build && node bench/events.mjs`.
 *
 * One PostgreSQL, embedded; the servers are processes of their own, the writer is this one, so that nobody hears of a
 * change but by NOTIFY or by polling. A commit counts from the moment at which the database has acknowledged it. Memory is
 * measured after collecting garbage, statements are counted by PostgreSQL. Only ratios within one run count.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';

const built = (path) => new URL(`../dist/src/${path}`, import.meta.url);
const load = (path) => import(built(path).href);
const { openEmbeddedPostgres } = await load('database/embedded/embedded-postgres.js');
const { connectDatabase } = await load('database/orm.js');
const { migrateDatabase } = await load('database/migrate.js');
const { createDirectory } = await load('domain/directory/directory-commands.js');
const { createToken } = await load('domain/token/token-commands.js');
const { Feed } = await load('domain/event/feed.js');
const { execute, observeCommands } = await load('domain/execute.js');
const { newId } = await load('domain/id.js');
const { parseAttributes } = await load('domain/schema/attributes.js');
const { USER_SCHEMA } = await load('domain/schema/resource-schema.js');

const EVENTS = 1_000;
const EVERY = 20;
const SUBSCRIBERS = 10;
const IDLE = 5_000;
const QUERY = 'subscription { directoryEvents { sequence cursor } }';

const folder = await mkdtemp(join(tmpdir(), 'portico-bench-'));
const cluster = await openEmbeddedPostgres({ dataDir: folder, settings: { max_connections: '200' } });
const database = await connectDatabase({ url: cluster.url, prepared: true, poolSize: 4 });
await migrateDatabase(database);
const { id: directoryId } = await createDirectory(database.em, { slug: 'bench' });
const { secret: token } = await createToken(database.em, {
  directoryId,
  kind: 'graphql',
  name: 'bench',
  expiresAt: null,
});
const servers = [];
try {
  await measureLatency();
  await measureIdle();
} finally {
  for (const { child } of servers) child.kill('SIGKILL');
  await database.orm.close();
  await cluster.close();
  await rm(folder, { recursive: true, force: true });
}

async function measureLatency() {
  const feed = new Feed(database.em, { hintsUrl: cluster.url, onError: console.error });
  observeCommands(database.em, { committed: (events) => feed.committed(events) });
  await feed.start();
  const committed = new Map();
  const kinds = [
    ['hints', 'WebSocket', await serve({}), subscribeBySocket],
    ['hints', 'SSE', undefined, subscribeByStream],
    ['polling', 'WebSocket', await serve({ PORTICO_HINTS: 'off' }), subscribeBySocket],
    ['polling', 'SSE', undefined, subscribeByStream],
  ].map(([wake, transport, server, subscribe]) => ({ wake, transport, server, subscribe, times: [] }));
  kinds[1].server = kinds[0].server;
  kinds[3].server = kinds[2].server;
  for (const { server, subscribe, times } of kinds) {
    for (let index = 0; index < SUBSCRIBERS; index++) {
      await subscribe(server, (sequence) => times.push([sequence, performance.now()]));
    }
  }
  await pause(1_500);
  for (let index = 0; index < EVENTS; index++) {
    const attributes = parseAttributes(USER_SCHEMA, { userName: `user-${index}` });
    const actor = { directoryId, name: 'bench', source: 'SYSTEM' };
    await execute(database.em, actor, [{ type: 'CreateUser', id: newId(), attributes }]);
    committed.set(index + 1, performance.now());
    await pause(EVERY);
  }
  await pause(3_000);
  console.log(
    `${EVENTS} events, one every ${EVERY} ms; ${SUBSCRIBERS} subscribers of each kind; commit to subscriber\n`,
  );
  console.log('| Woken by | Transport | delivered | p50, ms | p99, ms | most, ms |');
  console.log('|---|---|---|---|---|---|');
  for (const { wake, transport, times } of kinds) {
    // The first hundred find cold code.
    const late = times.filter(([sequence]) => sequence > 100).map(([sequence, at]) => at - committed.get(sequence));
    const cells = [0.5, 0.99, 1].map((share) => quantile(late, share).toFixed(1));
    console.log(`| ${wake} | ${transport} | ${times.length} of ${EVENTS * SUBSCRIBERS} | ${cells.join(' | ')} |`);
  }
  for (const server of new Set(kinds.map((kind) => kind.server))) await stop(server);
  await feed.stop();
}

async function measureIdle() {
  console.log(`\n${IDLE.toLocaleString('en')} idle subscriptions in one process\n`);
  console.log('| | memory for each, KiB | of that JavaScript | statements/s of the server | CPU of one core |');
  console.log('|---|---|---|---|---|');
  await measureKind('nobody', async () => undefined);
  await measureKind('50 sockets with 100 each', async (server) => {
    for (let socket = 0; socket < IDLE / 100; socket++) await subscribeBySocket(server, () => undefined, 100);
  });
  await measureKind('a socket for each', (server) => inTurn(() => subscribeBySocket(server, () => undefined)));
  await measureKind('a stream for each', (server) => inTurn(() => subscribeByStream(server, () => undefined)));
}

async function measureKind(name, subscribe) {
  const server = await serve({ PORTICO_MAX_CONNECTIONS: String(IDLE) });
  await pause(3_000);
  const before = await usage(server);
  await subscribe(server);
  // An idle connection of PostgreSQL tells of its statements after ten seconds.
  await pause(12_000);
  const after = await usage(server);
  await pause(20_000);
  const later = await usage(server);
  const seconds = (later.at - after.at) / 1_000;
  const each = (key) => ((after[key] - before[key]) / IDLE / 1024).toFixed(1);
  // One statement of ours looked at the counter.
  const rate = ((later.statements - after.statements - 1) / seconds).toFixed(1);
  const cpu = `${(((later.cpu - after.cpu) / seconds) * 100).toFixed(1)} %`;
  console.log(
    `| ${name} | ${name === 'nobody' ? '' : each('rss')} | ${name === 'nobody' ? '' : each('heap')} | ${rate} | ${cpu} |`,
  );
  await stop(server);
}

async function usage({ url, child }) {
  child.kill('SIGUSR2');
  await pause(1_000);
  const metrics = await (await fetch(`${url}/metrics`)).text();
  const read = (metric) => Number(new RegExp(`^${metric} (\\S+)$`, 'm').exec(metrics)?.[1]);
  const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
  const { rows } = await database.pool.query(
    'select xact_commit + xact_rollback as n from pg_stat_database where datname = current_database()',
  );
  return {
    at: performance.now(),
    rss: Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) * 1024,
    heap: read('nodejs_heap_size_used_bytes'),
    cpu: read('process_cpu_seconds_total'),
    statements: Number(rows[0].n),
  };
}

/** Starts a server as a process of its own, which collects its garbage when it is told to. */
async function serve(environment) {
  const collect = 'data:text/javascript,process.on("SIGUSR2",()=>globalThis.gc())';
  const child = spawn(process.execPath, ['--expose-gc', '--import', collect, built('main.js').pathname, 'serve'], {
    env: { PATH: process.env.PATH, DATABASE_URL: cluster.url, PORT: '0', PORTICO_LOG_LEVEL: 'error', ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  for await (const text of child.stdout.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
    output += text;
    const url = /GraphQL +(\S+)\/graphql/.exec(output)?.[1];
    if (!url) continue;
    child.stdout.resume();
    const server = { url, child };
    servers.push(server);
    return server;
  }
  throw new Error(`The server ended: ${output}`);
}

async function stop({ child }) {
  child.kill('SIGKILL');
  await once(child, 'exit');
}

async function subscribeBySocket({ url }, onEvent, count = 1) {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  socket.on('error', () => undefined);
  await once(socket, 'open');
  const acknowledged = once(socket, 'message');
  socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } }));
  await acknowledged;
  socket.on('message', (message) => {
    const { type, payload } = JSON.parse(message);
    if (type === 'next') onEvent(payload.data.directoryEvents.sequence);
  });
  for (let id = 1; id <= count; id++) {
    socket.send(JSON.stringify({ id: String(id), type: 'subscribe', payload: { query: QUERY } }));
  }
}

async function subscribeByStream({ url }, onEvent) {
  const outgoing = request(`${url}/graphql/stream`, {
    method: 'POST',
    agent: new Agent(),
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', accept: 'text/event-stream' },
  });
  outgoing.on('error', () => undefined);
  outgoing.end(JSON.stringify({ query: QUERY }));
  const [response] = await once(outgoing, 'response');
  response.on('error', () => undefined);
  response.setEncoding('utf8').on('data', (text) => {
    for (const [, sequence] of text.matchAll(/"sequence":(\d+)/g)) onEvent(Number(sequence));
  });
}

/** As many as shall be idle, twenty at a time. */
async function inTurn(subscribe) {
  for (let made = 0; made < IDLE; made += 20) await Promise.all(Array.from({ length: 20 }, subscribe));
}

function quantile(values, share) {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
