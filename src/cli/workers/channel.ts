/** The process at the other end: a worker seen by its primary, or the primary seen by a worker. */
export interface Peer {
  send(message: object, done: (error: Error | null) => void): unknown;
  on(event: 'message', listener: (message: unknown) => void): unknown;
}

/** What goes over the line. `to` names what is told or asked; `number` goes with a question and with its answer. */
interface Message {
  readonly portico: 'tell' | 'ask' | 'answer';
  readonly to: string;
  readonly number: number;
  readonly value?: unknown;
}

type Listener = (value: unknown) => void;

/** What two processes of a fleet say to each other. Who has gone says nothing: nobody waits for an answer for ever. */
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

  /** Tells the other process something. */
  tell(what: string, value: unknown): void {
    this.#send({ portico: 'tell', to: what, number: 0, value });
  }

  /** Calls back with what the other process tells. */
  onTold(what: string, listener: Listener): void {
    this.#listeners.set(what, listener);
  }

  /**
   * Asks the other process.
   *
   * @param within how long an answer is waited for, in milliseconds
   * @returns the answer, or undefined when there is none in time
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

  /** Answers what the other process asks, with what `answer` gives; without an answer where that fails. */
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
    // It may have gone just now, which its exit tells better than an error here.
    this.peer.send(message, () => undefined);
  }
}

/** Others, such as the runtime, use the same line. */
function isMessage(message: unknown): message is Message {
  return typeof message === 'object' && message !== null && 'portico' in message;
}
