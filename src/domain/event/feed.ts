import type { EntityManager } from '@mikro-orm/postgresql';
import { DomainError } from '../errors.js';
import { notFound } from '../precondition.js';
import { parseCursor, verifyPosition } from './cursor.js';
import { DirectoryReader } from './directory-reader.js';
import { findEvent, findLogBounds, readEvents, readHeads } from './event-log.js';
import type { StoredEvent } from './event.js';
import { Hints } from './hints.js';
import { readSubscription, type FeedItem, type Place, type SubscriptionOptions } from './subscription.js';

/** Where a subscription begins: after a cursor, or at one end of what is retained. `after` wins. */
export interface FeedStart extends SubscriptionOptions {
  readonly after?: string | undefined;
  readonly from: 'LATEST' | 'EARLIEST';
}

export interface FeedOptions {
  /** Where to listen for hints of other processes; undefined polls only. */
  readonly hintsUrl?: string | undefined;
  /** How often one statement asks for the heads of all directories with subscribers, in milliseconds. */
  readonly pollEvery?: number;
  readonly onError: (error: unknown) => void;
  /** Told how long after its commit an event was read here, in seconds. */
  readonly onLag?: (seconds: number) => void;
}

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
  readonly #hints: Hints | undefined;
  readonly #closing = new AbortController();
  #poll: NodeJS.Timeout | undefined;

  constructor(
    private readonly em: EntityManager,
    private readonly options: FeedOptions,
  ) {
    this.#hints =
      options.hintsUrl === undefined
        ? undefined
        : new Hints(
            options.hintsUrl,
            (hint) => this.#readers.get(hint.directoryId)?.reader.wake(hint.sequence),
            options.onError,
          );
  }

  async start(): Promise<void> {
    this.#schedulePoll();
    await this.#hints?.start();
  }

  /** Ends every subscription and stops listening and polling. */
  async stop(): Promise<void> {
    this.#closing.abort();
    clearTimeout(this.#poll);
    await this.#hints?.stop();
  }

  /** Takes what this process has just committed: its own subscribers have it at once, other processes get a hint. */
  committed(events: readonly StoredEvent[]): void {
    const last = events.at(-1);
    if (!last) return;
    this.#readers.get(last.directoryId)?.reader.offer(events);
    this.#hints?.send(last);
  }

  /**
   * Subscribes to a directory. Nothing is missed between the log and the live feed, and nothing comes twice.
   *
   * @returns events in order of sequence, for as long as they are pulled; `return()` frees the subscription
   * @throws DomainError the cursor codes of `parseCursor` and `verifyPosition`, NOT_FOUND without the directory
   */
  async subscribe(directoryId: string, start: FeedStart): Promise<AsyncIterableIterator<FeedItem>> {
    const active = this.#acquire(directoryId, await this.#bounds(directoryId));
    try {
      const place = await this.#place(directoryId, start);
      const ended = new AbortController();
      const signal = AbortSignal.any([ended.signal, this.#closing.signal]);
      const items = readSubscription(active.reader, this.#readLog(directoryId), place, start, signal);
      return closing(items, () => {
        ended.abort();
        this.#release(directoryId, active);
      });
    } catch (error) {
      this.#release(directoryId, active);
      throw error;
    }
  }

  async #bounds(directoryId: string): Promise<number> {
    const bounds = await findLogBounds(this.em, directoryId);
    if (!bounds) throw notFound('directory', directoryId);
    return bounds.newest;
  }

  async #place(directoryId: string, { after, from }: FeedStart): Promise<Place> {
    if (after !== undefined) {
      const position = parseCursor(after, directoryId);
      await verifyPosition(this.em, directoryId, position);
      return this.#placeAt(directoryId, position.sequence);
    }
    // The bounds are read after the reader was made: it cannot miss what is committed from here on.
    const bounds = (await findLogBounds(this.em, directoryId)) ?? { oldest: 0, newest: 0 };
    return this.#placeAt(directoryId, from === 'EARLIEST' ? Math.max(bounds.oldest - 1, 0) : bounds.newest);
  }

  async #placeAt(directoryId: string, sequence: number): Promise<Place> {
    const event = sequence > 0 ? await findEvent(this.em, directoryId, sequence) : undefined;
    return { sequence, id: event?.id ?? directoryId };
  }

  #readLog(directoryId: string): (after: number, limit: number) => Promise<StoredEvent[]> {
    return (after, limit) => readEvents(this.em, directoryId, after, limit);
  }

  #acquire(directoryId: string, head: number): ActiveReader {
    const known = this.#readers.get(directoryId);
    if (known) {
      known.subscribers++;
      known.reader.wake(head);
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
        .catch(this.options.onError)
        .finally(() => {
          if (!this.#closing.signal.aborted) this.#schedulePoll();
        });
    }, this.options.pollEvery ?? 500);
    this.#poll.unref();
  }

  async #pollOnce(): Promise<void> {
    if (this.#readers.size === 0) return;
    const asked = [...this.#readers].map(([directoryId, { reader }]) => ({ directoryId, reader, head: reader.head }));
    const heads = await readHeads(
      this.em,
      asked.map(({ directoryId }) => directoryId),
    );
    for (const { directoryId, reader, head } of asked) {
      const newest = heads.get(directoryId);
      if (newest !== undefined && newest >= head) reader.wake(newest);
      else this.#abandon(directoryId, reader, newest);
    }
  }

  /** The directory is gone, or its log ends before what was read: a restore under a running server. */
  #abandon(directoryId: string, reader: DirectoryReader, newest: number | undefined): void {
    this.#readers.delete(directoryId);
    reader.fail(
      newest === undefined
        ? notFound('directory', directoryId)
        : new DomainError(
            'CURSOR_FROM_ANOTHER_HISTORY',
            'The log was replaced by another history; read the directory anew',
          ),
    );
  }
}

/**
 * A generator that stands at an `await` cannot be returned from outside; this one can, because `close` first ends what
 * it waits for. `close` runs once, however the iteration ends.
 */
function closing(items: AsyncGenerator<FeedItem, void, undefined>, close: () => void): AsyncIterableIterator<FeedItem> {
  let open = true;
  const closeOnce = (): void => {
    if (open) close();
    open = false;
  };
  return {
    async next() {
      try {
        const result = await items.next();
        if (result.done) closeOnce();
        return result;
      } catch (error) {
        closeOnce();
        throw error;
      }
    },
    async return() {
      closeOnce();
      await items.return();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
