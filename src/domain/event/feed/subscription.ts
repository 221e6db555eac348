import type { DirectoryReader, ReadPage } from './directory-reader.js';
import { PAGE_SIZE } from './directory-reader.js';
import type { DomainEventType, StoredEvent } from '../event.js';
import type { LogPosition } from '../log-position.js';

/** An item that is not stored and only advances the cursor of a reader that has received no event for a while. */
export interface Checkpoint {
  readonly type: 'CHECKPOINT';
  readonly directoryId: string;
  readonly sequence: number;
  readonly id: string;
  readonly occurredAt: Date;
  readonly source: 'SYSTEM';
  readonly actor: string;
  readonly requestId: null;
}

/** An item of a subscription. */
export type FeedItem = StoredEvent | Checkpoint;

/** Options of a subscription: the event types to deliver, and whether to deliver checkpoints. */
export interface SubscriptionOptions {
  readonly types?: readonly DomainEventType[] | undefined;
  readonly checkpoints?: boolean | undefined;
}

/** The interval of checkpoints for an idle reader, in milliseconds. */
const CHECKPOINT_EVERY = 15_000;

/** The progress of a subscriber. */
export interface Progress {
  /**
   * The position up to which events were processed: skipped, or delivered and followed by a request for the next one.
   */
  settled: LogPosition;
}

/**
 * Delivers events to one subscriber in order: from the log until it has caught up, then from the reader's memory, and
 * from the log again when it falls behind. It holds at most one page, so the consumer determines the pace.
 *
 * @param progress the starting position; updated during the iteration
 * @param first the events after it, if already read
 */
export async function* readSubscription(
  reader: DirectoryReader,
  readLog: ReadPage,
  progress: Progress,
  first: readonly StoredEvent[],
  { types, checkpoints }: SubscriptionOptions,
  signal: AbortSignal,
): AsyncGenerator<FeedItem, void, undefined> {
  const wanted = types && new Set<string>(types);
  let reported = progress.settled.sequence;
  for (let events = first; !signal.aborted;) {
    for (const event of events) {
      const next = progress.settled.sequence + 1;
      if (event.sequence !== next) throw new Error(`Event ${next} is missing from the log`);
      if (!wanted || wanted.has(event.type)) {
        reported = event.sequence;
        yield event;
      }
      progress.settled = event;
      if (isAborted(signal)) return;
    }
    events = reader.recentAfter(progress.settled.sequence) ?? (await readLog(progress.settled, PAGE_SIZE));
    if (events.length > 0) continue;
    if (checkpoints && reported < progress.settled.sequence) {
      reported = progress.settled.sequence;
      yield checkpoint(reader.directoryId, progress.settled);
      continue;
    }
    const inTime = await reader.more(progress.settled.sequence, signal, checkpoints ? CHECKPOINT_EVERY : undefined);
    if (!inTime) yield checkpoint(reader.directoryId, progress.settled);
  }
}

// A separate function, because control flow analysis assumes that a signal does not change while the generator is
// suspended at a yield.
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}

function checkpoint(directoryId: string, { sequence, id = directoryId }: LogPosition): Checkpoint {
  return {
    type: 'CHECKPOINT',
    directoryId,
    sequence,
    id,
    occurredAt: new Date(),
    source: 'SYSTEM',
    actor: 'portico',
    requestId: null,
  };
}
