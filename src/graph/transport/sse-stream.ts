import type { ServerResponse } from 'node:http';
import type { FormattedExecutionResult } from 'graphql';
import type { EndReason, OpenConnection } from './open-connections.js';

/** Shorter than what proxies wait for a silent connection, in milliseconds. */
const HEARTBEAT_EVERY = 15_000;
/** How long a client shall wait before it comes back, in milliseconds. */
const RETRY_AFTER = 1_000;
/** How long a client that does not read may take for the end of its stream. */
const CLOSE_TIMEOUT = 2_000;

const HEADERS = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'no-store',
  // nginx would keep events back until there are many.
  'X-Accel-Buffering': 'no',
};

/**
 * A stream of server-sent events (HTML, "Server-sent events") with the events `next` and `complete` of graphql-sse. What
 * ends without `complete` is to be taken up again: the last `id` that came is the place.
 */
export class SseStream implements OpenConnection {
  #isOpen = true;
  #heartbeat: NodeJS.Timeout | undefined;
  #cut: NodeJS.Timeout | undefined;
  #onClosed: (() => void) | undefined;
  #onDrained: () => void = () => undefined;
  #resumeAfter: () => string | undefined = () => undefined;
  /** The cursor that the client has learned last. */
  #told: string | undefined;

  constructor(private readonly response: ServerResponse) {
    response.on('drain', () => this.#onDrained());
    response.once('close', () => {
      this.#close();
      clearTimeout(this.#cut);
    });
  }

  /** Whether anything can still be delivered. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  get unsentBytes(): number {
    return this.response.writableLength;
  }

  /** Told once, as soon as nothing can be delivered any more. */
  onClosed(listener: () => void): void {
    if (this.#isOpen) this.#onClosed = listener;
    else listener();
  }

  /**
   * Begins to answer.
   *
   * @param resumeAfter tells the cursor from which a client could go on that has got all that was written. The client
   *   learns it at once and with heartbeats, so that one that is cut off misses nothing even where nothing came.
   */
  open(resumeAfter?: () => string | undefined): void {
    if (!this.#isOpen) return;
    if (resumeAfter) this.#resumeAfter = resumeAfter;
    this.response.writeHead(200, HEADERS);
    this.#beat(`retry: ${RETRY_AFTER}`);
    this.#heartbeat = setInterval(() => {
      // To a client that does not read even this would pile up.
      if (!this.response.writableNeedDrain) this.#beat(':');
    }, HEARTBEAT_EVERY);
    this.#heartbeat.unref();
  }

  /** Sends a result. Resolves when the client can take the next, or when nobody wants it any more. */
  async next(result: FormattedExecutionResult, cursor?: string): Promise<void> {
    this.#told = cursor ?? this.#told;
    const id = cursor === undefined ? '' : `id: ${cursor}\n`;
    if (this.#write(`event: next\n${id}data: ${JSON.stringify(result)}\n\n`)) return;
    await new Promise<void>((resolve) => {
      this.#onDrained = resolve;
    });
  }

  /** Ends the stream for good. */
  complete(): void {
    // Without data, even if it is empty, an EventSource would not see the event.
    this.#write('event: complete\ndata:\n\n');
    this.#end();
  }

  end(_reason?: EndReason): void {
    this.#end();
  }

  #end(): void {
    if (!this.#isOpen) return;
    this.#close();
    if (!this.response.headersSent) {
      this.response.destroy();
      return;
    }
    this.response.end();
    this.#cut = setTimeout(() => this.response.destroy(), CLOSE_TIMEOUT);
  }

  /** Writes a line that is no event, and with it the place from which to go on where that has changed. */
  #beat(line: string): void {
    const cursor = this.#resumeAfter();
    const id = cursor === undefined || cursor === this.#told ? '' : `id: ${cursor}\n`;
    this.#told = cursor;
    this.#write(`${line}\n${id}\n`);
  }

  /** False where the client should first take what there is. */
  #write(text: string): boolean {
    return !this.#isOpen || this.response.write(text);
  }

  #close(): void {
    this.#isOpen = false;
    clearInterval(this.#heartbeat);
    this.#onDrained();
    const listener = this.#onClosed;
    this.#onClosed = undefined;
    listener?.();
  }
}
