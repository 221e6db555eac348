import type { DirectoryReader, ReadPage } from './directory-reader.js';
import { PAGE_SIZE } from './directory-reader.js';
import type { DomainEventType, StoredEvent } from './event.js';
import type { Place } from './place.js';

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

/**
 * One subscriber: pulls events in order, from the log until it has caught up, then from the reader's memory, and from
 * the log again when it falls behind. It holds at most one page, so the pace is the consumer's.
 */
export async function* readSubscription(
  reader: DirectoryReader,
  readLog: ReadPage,
  start: Place,
  { types, checkpoints }: SubscriptionOptions,
  signal: AbortSignal,
): AsyncGenerator<FeedItem, void, undefined> {
  const wanted = types && new Set<string>(types);
  let place = start;
  let told = start.sequence;
  while (!signal.aborted) {
    const events = reader.recentAfter(place.sequence) ?? (await readLog(place, PAGE_SIZE));
    for (const event of events) {
      if (event.sequence !== place.sequence + 1) throw new Error(`Event ${place.sequence + 1} is missing from the log`);
      place = event;
      if (wanted && !wanted.has(event.type)) continue;
      told = event.sequence;
      yield event;
      if (isAborted(signal)) return;
    }
    if (events.length > 0) continue;
    if (checkpoints && told < place.sequence) {
      told = place.sequence;
      yield checkpoint(reader.directoryId, place);
      continue;
    }
    const patience = checkpoints ? AbortSignal.any([signal, AbortSignal.timeout(CHECKPOINT_EVERY)]) : signal;
    await reader.more(place.sequence, patience);
    if (patience.aborted && !isAborted(signal)) yield checkpoint(reader.directoryId, place);
  }
}

// A function, because the flow analysis does not know that a signal changes while the generator stands at a yield.
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}

function checkpoint(directoryId: string, { sequence, id = directoryId }: Place): Checkpoint {
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
