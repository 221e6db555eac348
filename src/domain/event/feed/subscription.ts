import type { DirectoryReader, ReadPage } from './directory-reader.js';
import { PAGE_SIZE } from './directory-reader.js';
import type { DomainEventType, StoredEvent } from '../event.js';
import type { LogPosition } from '../log-position.js';

/** An unstored event that only moves the cursor of a reader for whom nothing has happened. */
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

export type FeedItem = StoredEvent | Checkpoint;

export interface SubscriptionOptions {
  readonly types?: readonly DomainEventType[] | undefined;
  readonly checkpoints?: boolean | undefined;
}

/** An idle reader that asked for checkpoints gets one this often, in milliseconds. */
const CHECKPOINT_EVERY = 15_000;

/** How far a subscriber has come. */
export interface Progress {
  /** What came up to here is dealt with: it was passed over, or handed out and the next was asked for since. */
  settled: LogPosition;
}

/**
 * One subscriber: pulls events in order, from the log until it has caught up, then from the reader's memory, and from
 * the log again when it falls behind. It holds at most one page, so the pace is the consumer's.
 *
 * @param progress where to begin; kept up from then on
 * @param first what follows there, where that has been read already
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
  let told = progress.settled.sequence;
  for (let events = first; !signal.aborted;) {
    for (const event of events) {
      const next = progress.settled.sequence + 1;
      if (event.sequence !== next) throw new Error(`Event ${next} is missing from the log`);
      if (!wanted || wanted.has(event.type)) {
        told = event.sequence;
        yield event;
      }
      progress.settled = event;
      if (isAborted(signal)) return;
    }
    events = reader.recentAfter(progress.settled.sequence) ?? (await readLog(progress.settled, PAGE_SIZE));
    if (events.length > 0) continue;
    if (checkpoints && told < progress.settled.sequence) {
      told = progress.settled.sequence;
      yield checkpoint(reader.directoryId, progress.settled);
      continue;
    }
    const inTime = await reader.more(progress.settled.sequence, signal, checkpoints ? CHECKPOINT_EVERY : undefined);
    if (!inTime) yield checkpoint(reader.directoryId, progress.settled);
  }
}

// A function, because the flow analysis does not know that a signal changes while the generator stands at a yield.
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
