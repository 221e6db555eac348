import type { Wire } from '../../support/scim-client.js';
import { StreamClient } from '../../support/stream-client.js';
import { send, type Harness } from '../harness.js';
import { RawSocket } from '../transport/raw-socket.js';

/** Sends the body of an operation over one transport. Returns the result, or the errors of a rejected request. */
export type Transport = (harness: Harness, body: Readonly<Record<string, unknown>>, token: string) => Promise<Wire>;

/** All GraphQL transports: an operation that is rejected over one of them must not be accepted over another. */
export const TRANSPORTS: Readonly<Record<string, Transport>> = {
  'http, by POST': async ({ url }, body, token) => toResult(await send(url, token, JSON.stringify(body))),

  'http, by GET': async ({ url }, body, token) => {
    const parameters = new URLSearchParams(
      Object.entries(body).map(([name, value]): [string, string] => [
        name,
        typeof value === 'string' ? value : JSON.stringify(value),
      ]),
    );
    const response = await fetch(`${url}/graphql?${parameters.toString()}`, {
      headers: { authorization: `Bearer ${token}`, 'apollo-require-preflight': 'true' },
    });
    return toResult((await response.json()) as Wire);
  },

  'a WebSocket': async ({ url }, body, token) => {
    const raw = await RawSocket.open(url);
    await raw.init(token);
    // The protocol requires a query; an empty one counts as absent.
    raw.send({ id: '1', type: 'subscribe', payload: { query: '', ...body } });
    const { type, payload } = await raw.until(({ id }) => id === '1');
    raw.socket.close();
    return type === 'error' ? { errors: payload } : toResult(payload);
  },

  'an event stream': async ({ url }, body, token) => {
    const stream = await StreamClient.open({ url, token, body: JSON.stringify(body) });
    await stream.ended;
    const next = stream.blocks.find(({ event }) => event === 'next');
    return toResult(next ? next.data : JSON.parse(await stream.text()));
  },
};

function toResult({ data, errors = [], extensions }: Wire): Wire {
  return { data, errors, extensions };
}
