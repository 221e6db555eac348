/** An event as a subscriber receives it. */
export interface Delivery {
  readonly id: string;
  readonly sequence: number;
  readonly cursor: string;
}

/** The log as all subscribers have seen it. The first one to reach a sequence determines its event. */
export class CommonLog {
  readonly #ids: string[] = [];

  /** Whether all subscribers have seen this event at its sequence. */
  agrees({ sequence, id }: Delivery): boolean {
    this.#ids[sequence] ??= id;
    return this.#ids[sequence] === id;
  }

  get ids(): readonly string[] {
    return this.#ids;
  }
}

/**
 * The position of one subscriber in the log. Its stored cursor may be older, so events can arrive again; they are recognised by
 * their sequence.
 */
export class SubscriberPosition {
  last = 0;
  cursor: string | undefined;
  duplicates = 0;
  readonly faults: string[] = [];

  constructor(private readonly log: CommonLog) {}

  take(delivery: Delivery): void {
    const { sequence } = delivery;
    if (!this.log.agrees(delivery)) this.faults.push(`another event at ${sequence}`);
    if (sequence <= this.last) {
      this.duplicates++;
      return;
    }
    if (sequence !== this.last + 1) this.faults.push(`${sequence} after ${this.last}`);
    this.last = sequence;
  }
}
