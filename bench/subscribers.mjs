/** Subscribers to the events of a directory, lean enough that thousands of them fit into the process that measures. */
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { WebSocket } from 'ws';

const QUERY = 'subscription { directoryEvents { sequence cursor } }';

/**
 * Subscribes over one WebSocket, `count` times.
 *
 * @param onEvent is told the sequence of each event, once for each subscription
 * @returns what ends it
 */
export async function subscribeBySocket({ origin }, token, onEvent, count = 1) {
  const socket = new WebSocket(`${origin.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  socket.on('error', () => undefined);
  await once(socket, 'open');
  const acknowledged = once(socket, 'message');
  socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } }));
  await acknowledged;
  socket.on('message', (message) => {
    const sequence = sequenceIn(message.toString());
    if (sequence !== undefined) onEvent(sequence);
  });
  for (let id = 1; id <= count; id++) {
    socket.send(JSON.stringify({ id: String(id), type: 'subscribe', payload: { query: QUERY } }));
  }
  return () => socket.terminate();
}

/** Subscribes by a stream of server-sent events, on a connection of its own. */
export async function subscribeByStream({ origin }, token, onEvent) {
  const outgoing = request(`${origin}/graphql/stream`, {
    method: 'POST',
    agent: new Agent(),
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', accept: 'text/event-stream' },
  });
  outgoing.on('error', () => undefined);
  outgoing.end(JSON.stringify({ query: QUERY }));
  const [response] = await once(outgoing, 'response');
  response.on('error', () => undefined);
  let rest = '';
  response.setEncoding('utf8').on('data', (text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop();
    for (const line of lines) {
      const sequence = sequenceIn(line);
      if (sequence !== undefined) onEvent(sequence);
    }
  });
  return () => outgoing.destroy();
}

/** By search and not by parsing, which would cost the one who measures more than the server. */
function sequenceIn(message) {
  const found = /"sequence":(\d+)/.exec(message)?.[1];
  return found === undefined ? undefined : Number(found);
}
