import { CloseCode } from 'graphql-ws';
import type { WebSocket } from 'ws';
import type { Principal } from '../../domain/token/principal.js';
import type { EndReason, OpenConnection } from './open-connections.js';

/** Codes of RFC 6455 after which clients come back; those above 4000 are the protocol's. */
const GOING_AWAY = 1001;
export const TRY_AGAIN_LATER = 1013;

/** Above this many bytes that a client has not taken, nothing more is read from it: first it takes its answers. */
const MAX_UNSENT = 256 * 1024;
/** A client that gives no sign of life from one ping to the next is gone. Milliseconds. */
const PING_EVERY = 12_000;

/**
 * One WebSocket, with back-pressure in both directions: a message counts as sent when the operating system has taken it,
 * and a client that does not read is not read from.
 */
export class WebSocketConnection implements OpenConnection {
  /** Who has come, once that is known. */
  principal: Principal | undefined;
  #onClosed: ((code: number, reason: string) => void) | undefined;
  #isAlive = true;

  constructor(
    private readonly socket: WebSocket,
    readonly requestId: string | undefined,
  ) {
    // What goes wrong on the wire (a message that is too large, a reset) ends this socket and is nobody's fault here;
    // `ws` has closed it with the fitting code by itself.
    socket.on('error', () => undefined);
    socket.on('pong', () => {
      this.#isAlive = true;
    });
    const pinging = setInterval(() => this.#ping(), PING_EVERY);
    pinging.unref();
    socket.once('close', (code, reason) => {
      clearInterval(pinging);
      this.#closed(code, reason.toString());
    });
  }

  /** The protocol that was agreed upon; '' without one. */
  get protocol(): string {
    return this.socket.protocol;
  }

  get unsentBytes(): number {
    return this.socket.bufferedAmount;
  }

  /** What comes after it was closed from here is not looked at: nobody would end what it starts. */
  onMessage(receive: (message: string) => void): void {
    this.socket.on('message', (message: Buffer) => {
      if (this.socket.readyState === this.socket.OPEN) receive(message.toString());
    });
  }

  /** Told once, as soon as nothing can be delivered any more: when the socket has closed, or is being closed from here. */
  onClosed(listener: (code: number, reason: string) => void): void {
    this.#onClosed = listener;
  }

  /** Resolves when the operating system has taken the message, or when the socket is closed and nobody wants it. */
  send(message: string): Promise<void> {
    const { socket } = this;
    return new Promise((resolve) => {
      if (socket.readyState !== socket.OPEN) {
        resolve();
        return;
      }
      socket.send(message, (error) => {
        if (socket.isPaused && socket.bufferedAmount < MAX_UNSENT) socket.resume();
        // A long message on a slow line holds the answer to a ping up: that it goes on is a sign of life too.
        if (socket.bufferedAmount > 0) this.#isAlive = true;
        // ECONNRESET, EPIPE and the like: the client is gone, and the close event ends its subscriptions.
        if (error) socket.terminate();
        resolve();
      });
      if (socket.bufferedAmount > MAX_UNSENT) socket.pause();
    });
  }

  /** Closes it with a code; the first one counts. */
  close(code: number, reason: string): void {
    this.socket.close(code, reason);
    // Its answer to the closing is not read while it is paused.
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
