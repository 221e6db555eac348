/** The process at the other end of a channel: a worker for the primary, the primary for a worker. */
export interface Peer {
  send(message: object, done: (error: Error | null) => void): unknown;
  on(event: 'message', listener: (message: unknown) => void): unknown;
}

/** A message on the channel. `name` is that of the notification or request; `number` matches a response to its request. */
interface Message {
  readonly portico: 'notification' | 'request' | 'response';
  readonly name: string;
  readonly number: number;
  readonly value?: unknown;
}

type Listener = (value: unknown) => void;

/**
 * Notifications and requests between the primary and a worker. Requests time out, since the other process may have
 * exited.
 */
export class Channel {
  readonly #listeners = new Map<string, Listener>();
  readonly #handlers = new Map<string, () => Promise<unknown>>();
  readonly #pending = new Map<number, Listener>();
  #lastNumber = 0;

  constructor(private readonly peer: Peer) {
    peer.on('message', (message) => {
      if (isMessage(message)) void this.#receive(message);
    });
  }

  /** Sends a notification. */
  notify(name: string, value: unknown): void {
    this.#send({ portico: 'notification', name, number: 0, value });
  }

  /** Calls `listener` for each notification of that name. */
  onNotification(name: string, listener: Listener): void {
    this.#listeners.set(name, listener);
  }

  /**
   * Sends a request and waits for the response.
   *
   * @param timeout how long to wait, in milliseconds
   * @returns undefined if there is no response in time
   */
  async request(name: string, timeout: number): Promise<unknown> {
    const number = ++this.#lastNumber;
    return new Promise((resolve) => {
      const settle = (value: unknown): void => {
        clearTimeout(timer);
        this.#pending.delete(number);
        resolve(value);
      };
      const timer = setTimeout(settle, timeout, undefined);
      this.#pending.set(number, settle);
      this.#send({ portico: 'request', name, number });
    });
  }

  /** Responds to requests of that name with the result of `handle`, or with undefined if it fails. */
  onRequest(name: string, handle: () => Promise<unknown>): void {
    this.#handlers.set(name, handle);
  }

  async #receive({ portico, name, number, value }: Message): Promise<void> {
    if (portico === 'notification') this.#listeners.get(name)?.(value);
    else if (portico === 'response') this.#pending.get(number)?.(value);
    else {
      const result = await this.#handlers
        .get(name)?.()
        .catch(() => undefined);
      this.#send({ portico: 'response', name, number, value: result });
    }
  }

  #send(message: Message): void {
    // The other process may have exited just now, which its `exit` event reports.
    this.peer.send(message, () => undefined);
  }
}

/** Filters the messages of Portico: Node itself and libraries may use the same IPC channel. */
function isMessage(message: unknown): message is Message {
  return typeof message === 'object' && message !== null && 'portico' in message;
}
