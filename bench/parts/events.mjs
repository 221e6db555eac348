/**
 * Measures the latency from a commit to the delivery of its event, by number of subscribers.
 *
 * The servers are separate processes and the writer is this one, so that a server learns of a change only by NOTIFY or by
 * polling. Latency counts from the moment at which PostgreSQL has acknowledged the commit.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { openMeasuredDatabase, startServer } from '../measured-server.mjs';
import { subscribeBySocket, subscribeByStream } from '../subscribers.mjs';
import { quantile } from '../rounds.mjs';

const built = (path) => import(new URL(`../../dist/src/${path}`, import.meta.url).href);

const EVERY = 20;
const SUBSCRIBERS = 10;
/** The number of first events that are not counted, because they run through cold code. */
const COLD = 100;
const AUDIENCES = [1, 100, 1_000];
const FANNED_OUT = 100;
const FAN_OUT_EVERY = 100;
const SUBSCRIPTIONS_OF_A_SOCKET = 50;

/**
 * Figures, times in milliseconds: `{ events, every, subscribers, kinds: [{ wake, transport, delivered, expected, p50, p99,
 * most }], fanOut: [{ audience, p50, p99, cpu }] }`; `cpu` is the CPU time of the server for a delivery, in microseconds.
 */
export async function measureEvents({ cluster, options, say }) {
  const database = await openMeasuredDatabase({ cluster, name: 'events' });
  const servers = [];
  const serve = async (hints) => {
    const environment = { PORTICO_HINTS: hints, PORTICO_LOG_LEVEL: 'error' };
    const server = await startServer(database, { environment, arguments: options.porticoArguments });
    servers.push(server);
    return server;
  };
  const writer = await startWriter(database);
  try {
    const token = await database.newToken('graphql');
    const [hinted, polling] = [await serve('on'), await serve('off')];
    say(`events to ${4 * SUBSCRIBERS} subscribers`);
    const latency = await measureLatency(writer, token, hinted, polling, options.events);
    const fanOut = [];
    for (const audience of AUDIENCES) {
      say(`events to ${audience} subscribers`);
      fanOut.push(await measureFanOut(writer, token, hinted, audience));
    }
    return { events: options.events, every: EVERY, subscribers: SUBSCRIBERS, ...latency, fanOut };
  } finally {
    for (const server of servers) await server.stop();
    await writer.stop();
    await database.close();
  }
}

/** Creates users in this process, one event each; `commit` resolves to the sequence and the time of the commit. */
async function startWriter({ url, directoryId, ...database }) {
  const { Feed } = await built('domain/event/feed/feed.js');
  const { execute } = await built('domain/execute.js');
  const { createStore } = await built('domain/store.js');
  const { newId } = await built('domain/kernel/id.js');
  const { parseAttributes } = await built('domain/attributes/attributes.js');
  const { USER_SCHEMA } = await built('domain/schema/resource-schema.js');
  const store = createStore(database, { observer: { onCommit: (events) => feed.onCommit(events) } });
  const feed = new Feed(store, { notifyUrl: url, onError: console.error });
  await feed.start();
  const actor = { directoryId, name: 'bench', source: 'SYSTEM' };
  return {
    async commit() {
      const id = newId();
      const attributes = parseAttributes(USER_SCHEMA, { userName: `user-${id}` });
      const { events } = await execute(store, actor, [{ type: 'CreateUser', id, attributes }]);
      return { sequence: Number(events[0].sequence), at: performance.now() };
    },
    stop: () => feed.stop(),
  };
}

async function measureLatency(writer, token, hinted, polling, events) {
  const kinds = [
    { wake: 'NOTIFY', transport: 'WebSocket', server: hinted, subscribe: subscribeBySocket },
    { wake: 'NOTIFY', transport: 'SSE', server: hinted, subscribe: subscribeByStream },
    { wake: 'polling', transport: 'WebSocket', server: polling, subscribe: subscribeBySocket },
    { wake: 'polling', transport: 'SSE', server: polling, subscribe: subscribeByStream },
  ].map((kind) => ({ ...kind, times: [] }));
  const closes = [];
  for (const { server, subscribe, times } of kinds) {
    for (let index = 0; index < SUBSCRIBERS; index++) {
      closes.push(await subscribe(server, token, (sequence) => times.push([sequence, performance.now()])));
    }
  }
  const committed = await commitAll(writer, events, EVERY);
  for (const close of closes) close();
  const [first] = committed.keys();
  return {
    kinds: kinds.map(({ wake, transport, times }) => {
      const warm = times.filter(([sequence]) => sequence >= first + COLD);
      const late = warm.map(([sequence, at]) => at - committed.get(sequence));
      const [p50, p99, most] = [0.5, 0.99, 1].map((share) => quantile(late, share));
      return { wake, transport, delivered: times.length, expected: events * SUBSCRIBERS, p50, p99, most };
    }),
  };
}

async function measureFanOut(writer, token, server, audience) {
  const arrived = new Map();
  const onEvent = (sequence) => {
    const { count = 0 } = arrived.get(sequence) ?? {};
    arrived.set(sequence, { count: count + 1, at: performance.now() });
  };
  const closes = [];
  for (let left = audience; left > 0; left -= SUBSCRIPTIONS_OF_A_SOCKET) {
    const count = Math.min(left, SUBSCRIPTIONS_OF_A_SOCKET);
    closes.push(await subscribeBySocket(server, token, onEvent, count));
  }
  const before = await server.probe();
  const committed = await commitAll(writer, FANNED_OUT, FAN_OUT_EVERY);
  const after = await server.probe();
  for (const close of closes) close();
  const late = [...committed].map(([sequence, at]) => {
    const { count, at: last } = arrived.get(sequence) ?? { count: 0 };
    if (count !== audience) throw new Error(`Event ${sequence} reached ${count} of ${audience} subscribers`);
    return last - at;
  });
  const cpu = ((after.cpu - before.cpu) * 1_000) / (FANNED_OUT * audience);
  return { audience, p50: quantile(late, 0.5), p99: quantile(late, 0.99), cpu };
}

/** Commits at a steady pace, with a pause before it for subscriptions to begin and one after it for the last deliveries. */
async function commitAll(writer, count, every) {
  const committed = new Map();
  await pause(1_500);
  for (let index = 0; index < count; index++) {
    const { sequence, at } = await writer.commit();
    committed.set(sequence, at);
    await pause(every);
  }
  await pause(3_000);
  return committed;
}
