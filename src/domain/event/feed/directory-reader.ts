import { DomainError } from '../../kernel/errors.js';
import type { StoredEvent } from '../event.js';
import type { LogPosition } from '../log-position.js';

/**
 * Reads the events after a position of one directory's log. Throws DomainError if the position is no longer in the log.
 */
export type ReadPage = (after: LogPosition, limit: number) => Promise<StoredEvent[]>;

/** The number of recent events per directory that are kept in memory for subscribers. */
const RING_SIZE = 1_024;
/** The number of subscribers that are woken before control returns to the event loop. */
const WAKE_AT_ONCE = 100;
/** The number of events that one statement reads. */
export const PAGE_SIZE = 500;

/**
 * The single reader of a directory's log in this process. It keeps recent events in memory and wakes waiting
 * subscribers. Its head advances without gaps, by reading pages or by taking events that this process has committed.
 */
export class DirectoryReader {
  #recent: StoredEvent[] = [];
  #wanted: number;
  #reading: Promise<void> | undefined;
  #waiting = new Set<() => void>();
  #failure: Error | undefined;
  #trusted = true;

  constructor(
    readonly directoryId: string,
    /** The position up to which events were read, or skipped because no subscriber needed them. */
    public position: LogPosition,
    private readonly read: ReadPage,
    private readonly onError: (error: unknown) => void,
    private readonly onRead: (events: readonly StoredEvent[]) => void,
  ) {
    this.#wanted = position.sequence;
  }

  get head(): number {
    return this.position.sequence;
  }

  /**
   * Stops accepting offered events until the position has been found in the log again. After a lost connection, the
   * database may be a restored one.
   */
  distrust(): void {
    this.#trusted = false;
  }

  /** Accepts offered events again: the position was found in the log. */
  trust(): void {
    this.#trusted = true;
  }

  /** Reads the log up to at least this sequence. */
  wake(sequence: number): void {
    this.#wanted = Math.max(this.#wanted, sequence);
    if (this.#wanted > this.head) this.#reading ??= this.#readOn();
  }

  /**
   * Takes events that this process has just committed. If they do not follow the head directly, reads the log instead.
   */
  offer(events: readonly StoredEvent[]): void {
    const last = events.at(-1)?.sequence ?? 0;
    if (events[0]?.sequence === this.head + 1 && !this.#reading && this.#trusted) this.#append(events);
    else if (last > this.head) this.wake(last);
  }

  /**
   * Returns the buffered events after a sequence; undefined if they are no longer buffered and must be read from the
   * log.
   */
  recentAfter(sequence: number): readonly StoredEvent[] | undefined {
    if (sequence >= this.head) return [];
    const first = this.#recent[0]?.sequence;
    return first === undefined || sequence + 1 < first ? undefined : this.#recent.slice(sequence + 1 - first);
  }

  /**
   * Waits for events after `sequence`.
   *
   * @param timeout the timeout in milliseconds; if omitted, waits indefinitely
   * @returns false after a timeout; true when events may be available or the signal was aborted
   * @throws the error with which reading the log has failed
   */
  async more(sequence: number, signal: AbortSignal, timeout?: number): Promise<boolean> {
    this.#refuseWhenFailed();
    if (sequence < this.head || signal.aborted) return true;
    const inTime = await new Promise<boolean>((resolve) => {
      const leave = (came: boolean): void => {
        clearTimeout(timer);
        this.#waiting.delete(come);
        signal.removeEventListener('abort', come);
        resolve(came);
      };
      const come = (): void => leave(true);
      const timer = timeout === undefined ? undefined : setTimeout(() => leave(false), timeout).unref();
      this.#waiting.add(come);
      signal.addEventListener('abort', come);
    });
    this.#refuseWhenFailed();
    return inTime;
  }

  /** Ends every subscription with an error, because the log has a different history. */
  fail(error: Error): void {
    this.#failure = error;
    this.#wakeAll();
  }

  get failed(): boolean {
    return this.#failure !== undefined;
  }

  #refuseWhenFailed(): void {
    if (this.#failure) throw this.#failure;
  }

  async #readOn(): Promise<void> {
    try {
      while (this.head < this.#wanted) {
        const events = await this.read(this.position, PAGE_SIZE);
        const gap = events.findIndex((event, index) => event.sequence !== this.head + 1 + index);
        if (gap >= 0) throw new Error(`The log of directory ${this.directoryId} has a gap after ${this.head + gap}`);
        this.#trusted = true;
        this.#append(events);
        // The notification was ahead of what this connection can see; the next notification or poll reads again.
        if (events.length === 0) this.#wanted = this.head;
      }
    } catch (error) {
      this.#wanted = this.head;
      if (error instanceof DomainError) this.fail(error);
      else this.onError(error);
    } finally {
      this.#reading = undefined;
    }
  }

  #append(events: readonly StoredEvent[]): void {
    const last = events.at(-1);
    if (!last) return;
    this.#recent = this.#recent.concat(events);
    if (this.#recent.length > 2 * RING_SIZE) this.#recent = this.#recent.slice(-RING_SIZE);
    this.position = { sequence: last.sequence, id: last.id };
    this.#wanted = Math.max(this.#wanted, this.head);
    this.onRead(events);
    this.#wakeAll();
  }

  /** Wakes subscribers in batches, so that thousands of them do not block other requests of the process. */
  #wakeAll(waiting = [...this.#waiting]): void {
    for (const done of waiting.slice(0, WAKE_AT_ONCE)) done();
    const later = waiting.slice(WAKE_AT_ONCE);
    if (later.length > 0) setImmediate(() => this.#wakeAll(later));
  }
}
