import type { Database } from '../../sql/database.js';
import { abortableIterator } from '../../concurrency/abortable-iterator.js';
import { notFound } from '../../kernel/precondition.js';
import { isDatabaseAway } from '../../sql/statement.js';
import { cursorAt, parseCursor, verifyCursor } from '../cursor.js';
import { DirectoryReader, PAGE_SIZE, type ReadPage } from './directory-reader.js';
import type { CommittedEvents } from '../event-batch.js';
import { findEvent, findLogBounds, readEvents, readHeads, type LogHead } from '../event-log.js';
import type { StoredEvent } from '../event.js';
import { NotifyChannel } from './notify-channel.js';
import { cursorFromAnotherHistory } from '../log-errors.js';
import { readEventsAfter, type LogPosition } from '../log-position.js';
import { readSubscription, type FeedItem, type Progress, type SubscriptionOptions } from './subscription.js';

/** Where a subscription begins: after a cursor, or at one end of what is retained. `after` wins. */
export interface FeedStart extends SubscriptionOptions {
  readonly after?: string | undefined;
  readonly from: 'LATEST' | 'EARLIEST';
}

export interface FeedOptions {
  /** Where to listen for hints of other processes; undefined polls only. */
  readonly notifyUrl?: string | undefined;
  /** How often one statement asks for the heads of all directories with subscribers, in milliseconds. */
  readonly pollEvery?: number;
  readonly onError: (error: unknown) => void;
  /** Told how long after its commit an event was read here, in seconds. */
  readonly onLag?: (seconds: number) => void;
}

/** Events in order of sequence, for as long as they are pulled; `return()` frees the subscription. */
export interface FeedSubscription extends AsyncIterableIterator<FeedItem> {
  /** The cursor after which nothing is left that has not been dealt with; undefined before the oldest retained event. */
  settledCursor(): string | undefined;
}

/** Where a subscription begins, and what follows there as far as it was read with that. */
interface Beginning {
  readonly place: LogPosition;
  readonly events: readonly StoredEvent[];
}

/** How long a subscriber waits before it tries a database again that was away, in milliseconds. */
const RETRY_AFTER = 500;

interface ActiveReader {
  readonly reader: DirectoryReader;
  subscribers: number;
}

/**
 * The live end of the event log. One reader for each directory with subscribers, woken by commits of this process, by
 * hints of others and by a poll; the log alone is the truth. An idle subscriber costs no statement.
 */
export class Feed {
  readonly #readers = new Map<string, ActiveReader>();
  readonly #hints: NotifyChannel | undefined;
  /** The ends of all subscriptions. One signal for all, joined with that of each, would cost more than the rest of one. */
  readonly #ends = new Set<AbortController>();
  #isStopped = false;
  #poll: NodeJS.Timeout | undefined;

  constructor(
    private readonly db: Database,
    private readonly options: FeedOptions,
  ) {
    this.#hints =
      options.notifyUrl === undefined
        ? undefined
        : new NotifyChannel(
            options.notifyUrl,
            (hint) => this.#readers.get(hint.directoryId)?.reader.wake(hint.sequence),
            (error) => {
              this.#lose(error);
            },
          );
  }

  async start(): Promise<void> {
    this.#schedulePoll();
    await this.#hints?.start();
  }

  /** Ends every subscription and stops listening and polling. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const end of this.#ends) end.abort();
    clearTimeout(this.#poll);
    await this.#hints?.stop();
  }

  /** Takes what this process has just committed: its own subscribers have it at once, other processes get a hint. */
  onCommit(events: CommittedEvents): void {
    const reader = this.#readers.get(events.directoryId)?.reader;
    // More than a reader takes from the log at once, it takes from the log: page by page, not all in one go.
    if (events.length <= PAGE_SIZE) reader?.offer(events.toEvents());
    else reader?.wake(events.sequence);
    this.#hints?.send(events);
  }

  /**
   * Subscribes to a directory. Nothing is missed between the log and the live feed, and nothing comes twice.
   *
   * @throws DomainError the cursor codes of `parseCursor` and `verifyPosition`, NOT_FOUND without the directory
   */
  async subscribe(directoryId: string, start: FeedStart): Promise<FeedSubscription> {
    const active = this.#acquire(directoryId, await this.#head(directoryId));
    try {
      const { place, events } = await this.#begin(directoryId, start);
      const progress: Progress = { settled: place };
      const end = new AbortController();
      if (this.#isStopped) end.abort();
      this.#ends.add(end);
      const readLog = this.#readPatiently(directoryId, end.signal);
      const items = readSubscription(active.reader, readLog, progress, events, start, end.signal);
      const close = (): void => {
        this.#ends.delete(end);
        end.abort();
        this.#release(directoryId, active);
      };
      return Object.assign(
        abortableIterator(items, (item) => item, close),
        { settledCursor: () => cursorAt(directoryId, progress.settled) },
      );
    } catch (error) {
      this.#release(directoryId, active);
      throw error;
    }
  }

  async #head(directoryId: string): Promise<LogPosition> {
    const bounds = await findLogBounds(this.db, directoryId);
    if (!bounds) throw notFound('directory', directoryId);
    return this.#placeAt(directoryId, bounds.newest);
  }

  async #begin(directoryId: string, { after, from }: FeedStart): Promise<Beginning> {
    if (after !== undefined) {
      const position = parseCursor(after, directoryId);
      await verifyCursor(this.db, directoryId, position);
      return { place: await this.#placeAt(directoryId, position.sequence), events: [] };
    }
    if (from === 'EARLIEST') {
      // The oldest events are read here and now: what is found to be the oldest may be pruned before it is read.
      const events = await readEvents(this.db, directoryId, 0, PAGE_SIZE);
      if (events[0]) return { place: { sequence: events[0].sequence - 1, id: undefined }, events };
    }
    // The bounds are read after the reader was made: it cannot miss what is committed from here on.
    const { oldest, newest } = (await findLogBounds(this.db, directoryId)) ?? { oldest: 1, newest: 0 };
    // A log that was empty may have been begun since.
    return { place: await this.#placeAt(directoryId, from === 'EARLIEST' ? oldest - 1 : newest), events: [] };
  }

  async #placeAt(directoryId: string, sequence: number): Promise<LogPosition> {
    const event = sequence > 0 ? await findEvent(this.db, directoryId, sequence) : undefined;
    return { sequence, id: event?.id };
  }

  #readLog(directoryId: string): ReadPage {
    return (after, limit) => readEventsAfter(this.db, directoryId, after, limit);
  }

  /** For a subscriber that reads the log itself: while the database is away it waits, for its place is good until then. */
  #readPatiently(directoryId: string, signal: AbortSignal): ReadPage {
    const read = this.#readLog(directoryId);
    return async (after, limit) => {
      while (!signal.aborted) {
        try {
          return await read(after, limit);
        } catch (error) {
          if (!isDatabaseAway(error)) throw error;
          this.#lose(error);
          await pause(RETRY_AFTER, signal);
        }
      }
      return [];
    };
  }

  #acquire(directoryId: string, head: LogPosition): ActiveReader {
    const known = this.#readers.get(directoryId);
    if (known && !known.reader.failed) {
      known.subscribers++;
      known.reader.wake(head.sequence);
      return known;
    }
    const { onError } = this.options;
    const onRead = (events: readonly StoredEvent[]): void => {
      const [first] = events;
      if (first) this.options.onLag?.(Math.max(0, Date.now() - first.occurredAt.getTime()) / 1000);
    };
    const active = {
      reader: new DirectoryReader(directoryId, head, this.#readLog(directoryId), onError, onRead),
      subscribers: 1,
    };
    this.#readers.set(directoryId, active);
    return active;
  }

  #release(directoryId: string, active: ActiveReader): void {
    active.subscribers--;
    if (active.subscribers === 0 && this.#readers.get(directoryId) === active) this.#readers.delete(directoryId);
  }

  #schedulePoll(): void {
    this.#poll = setTimeout(() => {
      this.#pollOnce()
        .catch((error: unknown) => {
          this.#lose(error);
        })
        .finally(() => {
          if (!this.#isStopped) this.#schedulePoll();
        });
    }, this.options.pollEvery ?? 500);
    this.#poll.unref();
  }

  async #pollOnce(): Promise<void> {
    if (this.#readers.size === 0) return;
    // The places as they are now: commits of this process may move them on while the statement runs.
    const asked = [...this.#readers].map(([directoryId, { reader }]) => ({ directoryId, reader, ...reader.place }));
    const heads = await readHeads(this.db, asked);
    for (const { directoryId, reader, sequence, id } of asked) {
      const head = heads.get(directoryId);
      if (!head) this.#abandon(directoryId, reader, notFound('directory', directoryId));
      else if (isSameHistory(head, sequence, id)) reader.wake(head.newest);
      else this.#abandon(directoryId, reader, cursorFromAnotherHistory());
      if (head?.idThere && head.idThere === id) reader.trust();
    }
  }

  /** A connection was lost, and the database behind the next one may be another. */
  #lose(error: unknown): void {
    for (const { reader } of this.#readers.values()) reader.distrust();
    this.options.onError(error);
  }

  #abandon(directoryId: string, reader: DirectoryReader, reason: Error): void {
    this.#readers.delete(directoryId);
    reader.fail(reason);
  }
}

/** Waits, or until the signal says to stop. */
function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal.addEventListener('abort', end);
  });
}

/** False where the log ends before a place, or holds another event there: it was restored under a running server. */
function isSameHistory({ newest, idThere }: LogHead, sequence: number, id: string | undefined): boolean {
  return newest >= sequence && (idThere === null || id === undefined || idThere === id);
}
