import type { Database } from '../../sql/database.js';
import { abortableIterator } from '../../concurrency/abortable-iterator.js';
import { notFound } from '../../kernel/precondition.js';
import { withDeadline } from '../../concurrency/deadline.js';
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

/** The start of a subscription: a cursor, or one end of the retained log. `after` takes precedence. */
export interface FeedStart extends SubscriptionOptions {
  readonly after?: string | undefined;
  readonly from: 'LATEST' | 'EARLIEST';
}

/** Options of a `Feed`. */
export interface FeedOptions {
  /** The URL of the database for the notify channel; if undefined, the feed only polls. */
  readonly notifyUrl?: string | undefined;
  /** The interval of the poll for the heads of all directories with subscribers, in milliseconds. */
  readonly pollEvery?: number;
  /** The timeout of a poll, in milliseconds. */
  readonly pollDeadline?: number;
  readonly onError: (error: unknown) => void;
  /** Called with the delay between the commit of an event and its reading here, in seconds. */
  readonly onLag?: (seconds: number) => void;
}

/** Events in order of sequence, for as long as the consumer pulls; `return()` ends the subscription. */
export interface FeedSubscription extends AsyncIterableIterator<FeedItem> {
  /** Returns the cursor up to which every event was processed; undefined before the oldest retained event. */
  settledCursor(): string | undefined;
}

/** The starting position of a subscription, with the events after it if they were read at the same time. */
interface StartingPoint {
  readonly position: LogPosition;
  readonly events: readonly StoredEvent[];
}

/** The delay before a subscriber retries after the database was unavailable, in milliseconds. */
const RETRY_DELAY = 500;

/** The timeout of a poll, in milliseconds. The next poll takes another connection. */
const POLL_DEADLINE = 5_000;

interface ActiveReader {
  readonly reader: DirectoryReader;
  subscribers: number;
}

/**
 * Delivers the events of the log to subscribers as they are committed. Each directory with subscribers has one reader,
 * which is woken by commits of this process, by the notify channel and by a poll. Only the log itself is authoritative.
 * An idle subscriber costs no statement.
 */
export class Feed {
  readonly #readers = new Map<string, ActiveReader>();
  readonly #notifyChannel: NotifyChannel | undefined;
  /**
   * The abort controllers of all subscriptions. Combining one shared signal with each subscription's own would cost
   * more than the rest of a subscription.
   */
  readonly #abortControllers = new Set<AbortController>();
  #isStopped = false;
  #poll: NodeJS.Timeout | undefined;

  constructor(
    private readonly db: Database,
    private readonly options: FeedOptions,
  ) {
    this.#notifyChannel =
      options.notifyUrl === undefined
        ? undefined
        : new NotifyChannel(
            options.notifyUrl,
            ({ directoryId, sequence }) => this.#readers.get(directoryId)?.reader.wake(sequence),
            (error) => {
              this.#reportConnectionLoss(error);
            },
          );
  }

  async start(): Promise<void> {
    this.#schedulePoll();
    await this.#notifyChannel?.start();
  }

  /** Ends every subscription and stops listening and polling. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const controller of this.#abortControllers) controller.abort();
    clearTimeout(this.#poll);
    await this.#notifyChannel?.stop();
  }

  /** Passes the events of a commit to local subscribers directly, and notifies other processes. */
  onCommit(events: CommittedEvents): void {
    const reader = this.#readers.get(events.directoryId)?.reader;
    // Beyond one page, the reader reads the log page by page, to avoid building all events at once.
    if (events.length <= PAGE_SIZE) reader?.offer(events.toEvents());
    else reader?.wake(events.sequence);
    this.#notifyChannel?.send(events);
  }

  /**
   * Subscribes to a directory. The transition from the log to the live feed neither loses nor repeats an event.
   *
   * @throws DomainError the cursor codes of `parseCursor` and `verifyCursor`, NOT_FOUND for an unknown directory
   */
  async subscribe(directoryId: string, start: FeedStart): Promise<FeedSubscription> {
    const active = this.#acquire(directoryId, await this.#head(directoryId));
    try {
      const { position, events } = await this.#findStart(directoryId, start);
      const progress: Progress = { settled: position };
      const controller = new AbortController();
      if (this.#isStopped) controller.abort();
      this.#abortControllers.add(controller);
      const readLog = this.#readWithRetry(directoryId, controller.signal);
      const items = readSubscription(active.reader, readLog, progress, events, start, controller.signal);
      const close = (): void => {
        this.#abortControllers.delete(controller);
        controller.abort();
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
    return this.#positionAt(directoryId, bounds.newest);
  }

  async #findStart(directoryId: string, { after, from }: FeedStart): Promise<StartingPoint> {
    if (after !== undefined) {
      const cursor = parseCursor(after, directoryId);
      await verifyCursor(this.db, directoryId, cursor);
      return { position: await this.#positionAt(directoryId, cursor.sequence), events: [] };
    }
    if (from === 'EARLIEST') {
      // The oldest events are read here, because they might be pruned between finding their sequence and reading them.
      const events = await readEvents(this.db, directoryId, 0, PAGE_SIZE);
      if (events[0]) return { position: { sequence: events[0].sequence - 1, id: undefined }, events };
    }
    // The bounds are read after the reader was created, so that it misses no later commit.
    const { oldest, newest } = (await findLogBounds(this.db, directoryId)) ?? { oldest: 1, newest: 0 };
    // An empty log may have received events since.
    return { position: await this.#positionAt(directoryId, from === 'EARLIEST' ? oldest - 1 : newest), events: [] };
  }

  async #positionAt(directoryId: string, sequence: number): Promise<LogPosition> {
    const event = sequence > 0 ? await findEvent(this.db, directoryId, sequence) : undefined;
    return { sequence, id: event?.id };
  }

  #readLog(directoryId: string): ReadPage {
    return (after, limit) => readEventsAfter(this.db, directoryId, after, limit);
  }

  /** Reads the log for one subscriber, and retries while the database is unavailable: the position remains valid. */
  #readWithRetry(directoryId: string, signal: AbortSignal): ReadPage {
    const read = this.#readLog(directoryId);
    return async (after, limit) => {
      while (!signal.aborted) {
        try {
          return await read(after, limit);
        } catch (error) {
          if (!isDatabaseAway(error)) throw error;
          this.#reportConnectionLoss(error);
          await pause(RETRY_DELAY, signal);
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
          this.#reportConnectionLoss(error);
        })
        .finally(() => {
          if (!this.#isStopped) this.#schedulePoll();
        });
    }, this.options.pollEvery ?? 500);
    this.#poll.unref();
  }

  async #pollOnce(): Promise<void> {
    if (this.#readers.size === 0) return;
    // Positions are captured here, because commits of this process may advance them while the statement runs.
    const polled = [...this.#readers].map(([directoryId, { reader }]) => ({ directoryId, reader, ...reader.position }));
    const heads = await withDeadline(
      readHeads(this.db, polled),
      this.options.pollDeadline ?? POLL_DEADLINE,
      'Polling the event log',
    );
    for (const { directoryId, reader, sequence, id } of polled) {
      const head = heads.get(directoryId);
      if (!head) this.#failReader(directoryId, reader, notFound('directory', directoryId));
      else if (isSameHistory(head, sequence, id)) reader.wake(head.newest);
      else this.#failReader(directoryId, reader, cursorFromAnotherHistory());
      if (head?.idThere && head.idThere === id) reader.trust();
    }
  }

  /** Reports a lost connection. The next connection may reach a restored database, so offered events are distrusted. */
  #reportConnectionLoss(error: unknown): void {
    for (const { reader } of this.#readers.values()) reader.distrust();
    this.options.onError(error);
  }

  #failReader(directoryId: string, reader: DirectoryReader, reason: Error): void {
    this.#readers.delete(directoryId);
    reader.fail(reason);
  }
}

/** Resolves after a delay or when the signal is aborted. */
function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const finish = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', finish);
      resolve();
    };
    const timer = setTimeout(finish, milliseconds);
    signal.addEventListener('abort', finish);
  });
}

/**
 * Returns false if the log ends before the position or has a different event there: the database was restored while the
 * server was running.
 */
function isSameHistory({ newest, idThere }: LogHead, sequence: number, id: string | undefined): boolean {
  return newest >= sequence && (idThere === null || id === undefined || idThere === id);
}
