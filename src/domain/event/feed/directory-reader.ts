import { DomainError } from '../../kernel/errors.js';
import type { StoredEvent } from '../event.js';
import type { LogPosition } from '../log-position.js';

/** Reads what follows a place in the log of one directory. Throws DomainError where the place is no longer in it. */
export type ReadPage = (after: LogPosition, limit: number) => Promise<StoredEvent[]>;

/** How many recent events a directory keeps in memory for its subscribers. */
const RING_SIZE = 1_024;
/** How many subscribers are woken before others of this process have their turn. */
const WAKE_AT_ONCE = 100;
/** How many events one statement reads. */
export const PAGE_SIZE = 500;

/**
 * The one reader of a directory's log in this process: it keeps the recent events and wakes whoever waits for more.
 * Its head moves over the log without a gap, by pages, or by events that a commit of this process hands it directly.
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
    /** The place up to which events have been read, or passed over because nobody here asked for them. */
    public place: LogPosition,
    private readonly read: ReadPage,
    private readonly onError: (error: unknown) => void,
    private readonly onRead: (events: readonly StoredEvent[]) => void,
  ) {
    this.#wanted = place.sequence;
  }

  get head(): number {
    return this.place.sequence;
  }

  /**
   * The database may be another than before: its connections were lost, as they are when it is restored. Events that are
   * handed in count again once the log has been read from the place on.
   */
  distrust(): void {
    this.#trusted = false;
  }

  /** The place was found in the log. */
  trust(): void {
    this.#trusted = true;
  }

  /** The log reaches at least this sequence: read up to it. */
  wake(sequence: number): void {
    this.#wanted = Math.max(this.#wanted, sequence);
    if (this.#wanted > this.head) this.#reading ??= this.#readOn();
  }

  /** Takes events that this process has just committed; where one of another process came between, the log is read. */
  offer(events: readonly StoredEvent[]): void {
    const last = events.at(-1)?.sequence ?? 0;
    if (events[0]?.sequence === this.head + 1 && !this.#reading && this.#trusted) this.#append(events);
    else if (last > this.head) this.wake(last);
  }

  /** The kept events after a sequence; undefined when they are no longer kept and the log must be asked. */
  recentAfter(sequence: number): readonly StoredEvent[] | undefined {
    if (sequence >= this.head) return [];
    const first = this.#recent[0]?.sequence;
    return first === undefined || sequence + 1 < first ? undefined : this.#recent.slice(sequence + 1 - first);
  }

  /**
   * Waits for events after `sequence`.
   *
   * @param patience how long, in milliseconds; for ever when left out
   * @returns false when that time went by; true when there may be events, or the signal says to stop
   * @throws the error with which the log has failed
   */
  async more(sequence: number, signal: AbortSignal, patience?: number): Promise<boolean> {
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
      const timer = patience === undefined ? undefined : setTimeout(() => leave(false), patience).unref();
      this.#waiting.add(come);
      signal.addEventListener('abort', come);
    });
    this.#refuseWhenFailed();
    return inTime;
  }

  /** Ends every subscription with an error: the log is no longer the one they were reading. */
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
        const events = await this.read(this.place, PAGE_SIZE);
        const gap = events.findIndex((event, index) => event.sequence !== this.head + 1 + index);
        if (gap >= 0) throw new Error(`The log of directory ${this.directoryId} has a gap after ${this.head + gap}`);
        this.#trusted = true;
        this.#append(events);
        // A hint ran ahead of what this connection sees; the next hint or poll comes back to it.
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
    this.place = { sequence: last.sequence, id: last.id };
    this.#wanted = Math.max(this.#wanted, this.head);
    this.onRead(events);
    this.#wakeAll();
  }

  /** By the hundred: thousands of subscribers of one directory must not keep every request of the process waiting. */
  #wakeAll(waiting = [...this.#waiting]): void {
    for (const done of waiting.slice(0, WAKE_AT_ONCE)) done();
    const later = waiting.slice(WAKE_AT_ONCE);
    if (later.length > 0) setImmediate(() => this.#wakeAll(later));
  }
}
