/** Milliseconds to wait for a slot: as long as for a connection of the pool. */
const ACQUIRE_TIMEOUT = 10_000;

/** A wait for a slot or a batch timed out. The service is busy; the same request may succeed a little later. */
export class AcquireTimeout extends Error {
  override readonly name = 'AcquireTimeout';
}

/** A counting semaphore with a first-in, first-out queue and a timeout. */
export class Semaphore {
  readonly #waiters = new Set<() => void>();

  /**
   * @param available the number of slots
   * @param timeout milliseconds that `acquire` waits
   */
  constructor(
    private available: number,
    private readonly timeout = ACQUIRE_TIMEOUT,
  ) {}

  /** Resolves once the caller holds a slot, to be returned by `release`. Throws AcquireTimeout. */
  async acquire(): Promise<void> {
    if (this.available > 0) {
      this.available--;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const wake = (): void => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        this.#waiters.delete(wake);
        reject(new AcquireTimeout('Timed out waiting for a slot'));
      }, this.timeout);
      this.#waiters.add(wake);
    });
  }

  /** Returns a slot, to the caller that has waited longest if there is one. */
  release(): void {
    const [next] = this.#waiters;
    if (next) {
      this.#waiters.delete(next);
      next();
    } else {
      this.available++;
    }
  }
}
