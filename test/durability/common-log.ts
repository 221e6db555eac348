/** What one subscriber is given of an event. */
export interface Delivery {
  readonly id: string;
  readonly sequence: number;
  readonly cursor: string;
}

/** What all subscribers together have seen: whoever is first at a sequence says which event is there. */
export class CommonLog {
  readonly #ids: string[] = [];

  /** Whether this event is the one that everybody has at its sequence. */
  agrees({ sequence, id }: Delivery): boolean {
    this.#ids[sequence] ??= id;
    return this.#ids[sequence] === id;
  }

  get ids(): readonly string[] {
    return this.#ids;
  }
}

/**
 * One subscriber's own place in the log. It has persisted its cursor some time ago; what comes again after a crash is
 * known by its id.
 */
export class Place {
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
