/** How long anybody waits for a turn, in milliseconds: as long as for a connection of the pool. */
const WAIT_FOR = 10_000;

/** A turn did not come in time: everything is in use, and the same request may succeed a little later. */
export class TurnTimeout extends Error {
  override readonly name = 'TurnTimeout';
}

/** Turns that only so many may have at once; the others wait, first come, first served. */
export class Turns {
  readonly #waiting = new Set<() => void>();

  constructor(
    private free: number,
    private readonly waitFor = WAIT_FOR,
  ) {}

  /** Resolves when it is the caller's turn, who gives it back by `give`. Throws TurnTimeout when it does not come. */
  async take(): Promise<void> {
    if (this.free > 0) {
      this.free--;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const called = (): void => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        this.#waiting.delete(called);
        reject(new TurnTimeout('No turn came in time'));
      }, this.waitFor);
      this.#waiting.add(called);
    });
  }

  give(): void {
    const [next] = this.#waiting;
    if (next) {
      this.#waiting.delete(next);
      next();
    } else {
      this.free++;
    }
  }
}
