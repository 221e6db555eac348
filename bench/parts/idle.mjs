/**
 * Measures the cost of idle subscriptions: memory after a garbage collection, statements as counted by PostgreSQL, and CPU
 * time.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { startMeasuredServer } from '../measured-server.mjs';
import { cpuOf, residentOf } from '../process-usage.mjs';
import { subscribeBySocket, subscribeByStream } from '../subscribers.mjs';

const IDLE = 5_000;
const COLLECT = 'data:text/javascript,process.on("SIGUSR2",()=>globalThis.gc())';

/**
 * Figures: `{ subscriptions, kinds: [{ name, memory, heap, statements, cpu }] }`; `memory` and `heap` in bytes per
 * subscription, `statements` per second, `cpu` as a share of one core.
 */
export async function measureIdle({ cluster, say }) {
  const nothing = () => undefined;
  const kinds = [
    ['no subscription', async () => undefined],
    [
      '50 sockets with 100 subscriptions each',
      async (server, token) => {
        for (let socket = 0; socket < IDLE / 100; socket++) await subscribeBySocket(server, token, nothing, 100);
      },
    ],
    ['one socket for each', (server, token) => openAll(() => subscribeBySocket(server, token, nothing))],
    ['one stream for each', (server, token) => openAll(() => subscribeByStream(server, token, nothing))],
  ];
  const figures = [];
  for (const [index, [name, subscribe]] of kinds.entries()) {
    say(`idle subscriptions: ${name}`);
    figures.push({ name, ...(await measureKind(cluster, `idle-${index}`, subscribe)) });
  }
  return { subscriptions: IDLE, kinds: figures };
}

async function measureKind(cluster, database, subscribe) {
  const server = await startMeasuredServer({
    cluster,
    database,
    environment: { PORTICO_MAX_CONNECTIONS: String(IDLE), PORTICO_LOG_LEVEL: 'error' },
    execArgv: ['--expose-gc', '--import', COLLECT],
    probed: false,
  });
  try {
    const token = await server.newToken('graphql');
    await pause(3_000);
    const before = await usage(server);
    await subscribe(server, token);
    // An idle PostgreSQL connection reports its statistics after up to ten seconds.
    await pause(12_000);
    const after = await usage(server);
    await pause(20_000);
    const later = await usage(server);
    const seconds = (later.at - after.at) / 1_000;
    return {
      memory: (after.resident - before.resident) / IDLE,
      heap: (after.heap - before.heap) / IDLE,
      // Minus the statement that read the counter.
      statements: (later.statements - after.statements - 1) / seconds,
      cpu: (later.cpu - after.cpu) / 1_000_000 / seconds,
    };
  } finally {
    await server.stop();
  }
}

async function usage({ origin, pid, pool }) {
  process.kill(pid, 'SIGUSR2');
  await pause(1_000);
  const metrics = await (await fetch(`${origin}/metrics`)).text();
  const { rows } = await pool.query(
    'select xact_commit + xact_rollback as n from pg_stat_database where datname = current_database()',
  );
  const [cpu] = await cpuOf(pid);
  return {
    at: performance.now(),
    resident: await residentOf(pid),
    heap: Number(/^nodejs_heap_size_used_bytes (\S+)$/m.exec(metrics)?.[1]),
    cpu,
    statements: Number(rows[0].n),
  };
}

/** Opens all idle subscriptions, twenty at a time. */
async function openAll(subscribe) {
  for (let made = 0; made < IDLE; made += 20) await Promise.all(Array.from({ length: 20 }, subscribe));
}
