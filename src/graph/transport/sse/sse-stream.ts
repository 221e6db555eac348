import type { ServerResponse } from 'node:http';
import type { FormattedExecutionResult } from 'graphql';
import type { EndReason, OpenConnection } from '../open-connections.js';

/** The interval of heartbeats, in milliseconds. It is shorter than the idle timeouts of proxies. */
const HEARTBEAT_INTERVAL = 15_000;
/** How long a client should wait before it reconnects, in milliseconds. */
const RETRY_AFTER = 1_000;
/** How long a client may take to read the end of its stream, in milliseconds. */
const CLOSE_TIMEOUT = 2_000;

const HEADERS = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'no-store',
  // Keeps nginx from buffering events.
  'X-Accel-Buffering': 'no',
};

/**
 * A stream of server-sent events (HTML, "Server-sent events") with the events `next` and `complete` of graphql-sse. A client
 * resumes a stream that ends without `complete` after the last `id` it received.
 */
export class SseStream implements OpenConnection {
  #isOpen = true;
  #heartbeat: NodeJS.Timeout | undefined;
  #closeTimeout: NodeJS.Timeout | undefined;
  #onClosed: (() => void) | undefined;
  #onDrained: () => void = () => undefined;
  #resumeAfter: () => string | undefined = () => undefined;
  /** The last cursor sent to the client. */
  #sentCursor: string | undefined;

  constructor(private readonly response: ServerResponse) {
    response.on('drain', () => this.#onDrained());
    response.once('close', () => {
      this.#close();
      clearTimeout(this.#closeTimeout);
    });
  }

  /** Whether anything can still be delivered. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  get unsentBytes(): number {
    return this.response.writableLength;
  }

  /** Registers a listener that is called once, when nothing can be delivered any more. */
  onClosed(listener: () => void): void {
    if (this.#isOpen) this.#onClosed = listener;
    else listener();
  }

  /**
   * Sends the headers and starts the heartbeat.
   *
   * @param resumeAfter returns the cursor from which a client that has received everything written so far can resume. It is
   *   sent at once and with heartbeats, so that a client that is cut off can resume even if it received no event.
   */
  open(resumeAfter?: () => string | undefined): void {
    if (!this.#isOpen) return;
    if (resumeAfter) this.#resumeAfter = resumeAfter;
    this.response.writeHead(200, HEADERS);
    this.#beat(`retry: ${RETRY_AFTER}`);
    this.#heartbeat = setInterval(() => {
      // For a client that does not read, even heartbeats would pile up.
      if (!this.response.writableNeedDrain) this.#beat(':');
    }, HEARTBEAT_INTERVAL);
    this.#heartbeat.unref();
  }

  /** Sends a result. Resolves when the client can take the next one, or the stream is closed. */
  async next(result: FormattedExecutionResult, cursor?: string): Promise<void> {
    this.#sentCursor = cursor ?? this.#sentCursor;
    const id = cursor === undefined ? '' : `id: ${cursor}\n`;
    if (this.#write(`event: next\n${id}data: ${JSON.stringify(result)}\n\n`)) return;
    await new Promise<void>((resolve) => {
      this.#onDrained = resolve;
    });
  }

  /** Ends the stream with `complete`, after which the client does not resume. */
  complete(): void {
    // An EventSource does not dispatch an event without a data field, even an empty one.
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
    this.#closeTimeout = setTimeout(() => this.response.destroy(), CLOSE_TIMEOUT);
  }

  /** Writes a line that is not an event, along with the cursor to resume from if it has changed. */
  #beat(line: string): void {
    const cursor = this.#resumeAfter();
    const id = cursor === undefined || cursor === this.#sentCursor ? '' : `id: ${cursor}\n`;
    this.#sentCursor = cursor;
    this.#write(`${line}\n${id}\n`);
  }

  /** False if the client should read what is buffered before more is written. */
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
