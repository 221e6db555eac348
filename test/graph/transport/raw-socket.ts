import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { Wire } from '../../support/scim-client.js';

/** A WebSocket without a protocol client: tests send and receive the messages themselves. */
export class RawSocket {
  readonly messages: Wire[] = [];
  readonly closed: Promise<[number, string]>;

  private constructor(readonly socket: WebSocket) {
    socket.on('message', (message: Buffer) => this.messages.push(JSON.parse(message.toString())));
    this.closed = new Promise((resolve) => {
      socket.once('close', (code, reason) => resolve([code, reason.toString()]));
    });
  }

  /** Opens a socket on `/graphql`, without a subprotocol if `protocol` is ''. Throws if the handshake is rejected. */
  static async open(url: string, { protocol = 'graphql-transport-ws', origin = '' } = {}): Promise<RawSocket> {
    const options = origin === '' ? {} : { origin };
    const address = `${url.replace('http', 'ws')}/graphql`;
    const raw = new RawSocket(new WebSocket(address, protocol === '' ? [] : protocol, options));
    await once(raw.socket, 'open');
    return raw;
  }

  send(message: object): void {
    this.socket.send(JSON.stringify(message));
  }

  async init(token: string): Promise<void> {
    this.send({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } });
    await this.until((message) => message.type === 'connection_ack');
  }

  async until(matches: (message: Wire) => boolean): Promise<Wire> {
    for (;;) {
      const found = this.messages.find(matches);
      if (found) return found;
      await Promise.race([once(this.socket, 'message'), this.closed.then(() => Promise.reject(new Error('closed')))]);
    }
  }
}
