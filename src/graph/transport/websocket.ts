import { CloseCode } from 'graphql-ws';
import type { WebSocket } from 'ws';
import type { Principal } from '../../domain/token/principal.js';
import type { EndReason, OpenConnection } from './open-connections.js';

/** Close codes of RFC 6455 after which clients reconnect. Those above 4000 belong to the GraphQL protocol. */
const GOING_AWAY = 1001;
export const TRY_AGAIN_LATER = 1013;

/** The number of buffered bytes above which nothing more is read from a client until it reads its responses. */
const MAX_UNSENT = 256 * 1024;
/** The interval of pings in milliseconds. A client that does not respond before the next ping is disconnected. */
const PING_INTERVAL = 12_000;

/**
 * A WebSocket with back-pressure in both directions: a message counts as sent when the operating system has accepted it,
 * and nothing is read from a client that does not read.
 */
export class WebSocketConnection implements OpenConnection {
  /** The principal, once authenticated. */
  principal: Principal | undefined;
  #onClosed: ((code: number, reason: string) => void) | undefined;
  #isAlive = true;

  constructor(
    private readonly socket: WebSocket,
    readonly requestId: string | undefined,
  ) {
    // Errors on the wire (a message that is too large, a reset) are not internal errors. `ws` closes the socket with the
    // appropriate code.
    socket.on('error', () => undefined);
    socket.on('pong', () => {
      this.#isAlive = true;
    });
    const pinging = setInterval(() => this.#ping(), PING_INTERVAL);
    pinging.unref();
    socket.once('close', (code, reason) => {
      clearInterval(pinging);
      this.#closed(code, reason.toString());
    });
  }

  /** The negotiated subprotocol; '' if there is none. */
  get protocol(): string {
    return this.socket.protocol;
  }

  get unsentBytes(): number {
    return this.socket.bufferedAmount;
  }

  /** Messages received after the server has closed the socket are ignored: nothing would end the operations they start. */
  onMessage(receive: (message: string) => void): void {
    this.socket.on('message', (message: Buffer) => {
      if (this.socket.readyState === this.socket.OPEN) receive(message.toString());
    });
  }

  /** Registers a listener that is called once, when the socket has closed or the server begins to close it. */
  onClosed(listener: (code: number, reason: string) => void): void {
    this.#onClosed = listener;
  }

  /** Resolves when the operating system has accepted the message, or the socket is closed. */
  send(message: string): Promise<void> {
    const { socket } = this;
    return new Promise((resolve) => {
      if (socket.readyState !== socket.OPEN) {
        resolve();
        return;
      }
      socket.send(message, (error) => {
        if (socket.isPaused && socket.bufferedAmount < MAX_UNSENT) socket.resume();
        // A long message on a slow connection delays the pong, so progress counts as a sign of life too.
        if (socket.bufferedAmount > 0) this.#isAlive = true;
        // ECONNRESET, EPIPE and the like: the client is gone, and the close event ends its subscriptions.
        if (error) socket.terminate();
        resolve();
      });
      if (socket.bufferedAmount > MAX_UNSENT) socket.pause();
    });
  }

  /** Closes the socket with a code. Only the first call has an effect. */
  close(code: number, reason: string): void {
    this.socket.close(code, reason);
    // A paused socket would not read the closing handshake of the client.
    this.socket.resume();
    this.#closed(code, reason);
  }

  end(reason: EndReason): void {
    switch (reason) {
      case 'FORBIDDEN':
        this.close(CloseCode.Forbidden, 'Forbidden');
        return;
      case 'GOING_AWAY':
        this.close(GOING_AWAY, 'Going away');
        return;
    }
  }

  #closed(code: number, reason: string): void {
    const listener = this.#onClosed;
    this.#onClosed = undefined;
    listener?.(code, reason);
  }

  #ping(): void {
    if (!this.#isAlive) this.socket.terminate();
    this.#isAlive = false;
    if (this.socket.readyState === this.socket.OPEN) this.socket.ping();
  }
}
