/** Subscribers to the events of a directory, light enough that the measuring process can run thousands of them. */
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { WebSocket } from 'ws';

const QUERY = 'subscription { directoryEvents { sequence cursor } }';

/**
 * Opens one WebSocket with `count` subscriptions.
 *
 * @param onEvent called with the sequence of each event, once for each subscription
 * @returns a function that closes the socket
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

/** Subscribes over server-sent events, on a separate connection. */
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

/** Searches instead of parsing, which would cost the measuring process more than the server. */
function sequenceIn(message) {
  const found = /"sequence":(\d+)/.exec(message)?.[1];
  return found === undefined ? undefined : Number(found);
}
