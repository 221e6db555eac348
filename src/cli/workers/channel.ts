/** The process at the other end of a channel: a worker for the primary, the primary for a worker. */
export interface Peer {
  send(message: object, done: (error: Error | null) => void): unknown;
  on(event: 'message', listener: (message: unknown) => void): unknown;
}

/** A message on the channel. `to` names the notification or request; `number` matches a response to its request. */
interface Message {
  readonly portico: 'tell' | 'ask' | 'answer';
  readonly to: string;
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
  readonly #answerers = new Map<string, () => Promise<unknown>>();
  readonly #asked = new Map<number, Listener>();
  #questions = 0;

  constructor(private readonly peer: Peer) {
    peer.on('message', (message) => {
      if (isMessage(message)) void this.#take(message);
    });
  }

  /** Sends a notification. */
  tell(what: string, value: unknown): void {
    this.#send({ portico: 'tell', to: what, number: 0, value });
  }

  /** Calls `listener` for each notification of that name. */
  onTold(what: string, listener: Listener): void {
    this.#listeners.set(what, listener);
  }

  /**
   * Sends a request and waits for the response.
   *
   * @param within how long to wait, in milliseconds
   * @returns undefined if there is no response in time
   */
  async ask(what: string, within: number): Promise<unknown> {
    const number = ++this.#questions;
    return new Promise((resolve) => {
      const settle = (value: unknown): void => {
        clearTimeout(late);
        this.#asked.delete(number);
        resolve(value);
      };
      const late = setTimeout(settle, within, undefined);
      this.#asked.set(number, settle);
      this.#send({ portico: 'ask', to: what, number });
    });
  }

  /** Responds to requests of that name with the result of `answer`, or with undefined if it fails. */
  onAsked(what: string, answer: () => Promise<unknown>): void {
    this.#answerers.set(what, answer);
  }

  async #take({ portico, to, number, value }: Message): Promise<void> {
    if (portico === 'tell') this.#listeners.get(to)?.(value);
    else if (portico === 'answer') this.#asked.get(number)?.(value);
    else {
      const answer = await this.#answerers
        .get(to)?.()
        .catch(() => undefined);
      this.#send({ portico: 'answer', to, number, value: answer });
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
