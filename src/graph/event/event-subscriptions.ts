import { Arg, Resolver, Root, Subscription } from 'type-graphql';
import { abortableIterator } from '../../domain/concurrency/abortable-iterator.js';
import { DomainError } from '../../domain/kernel/errors.js';
import type { FeedSubscription } from '../../domain/event/feed/feed.js';
import type { FeedItem } from '../../domain/event/feed/subscription.js';
import type { GraphContext } from '../request/context.js';
import { EventPosition } from './event-enums.js';
import { toEvent, type EventNode } from './event-node.js';
import { toStoredTypes } from './event-resolver.js';
import { DirectoryEvent, DirectoryEventType, EVENT_OBJECTS } from './event.js';
import type { Plain } from '../kernel/plain-type.js';

/** The arguments as sent: each may be null, and defaults are not yet applied to null. */
interface SubscriptionArgs {
  readonly directory?: string | null;
  readonly after?: string | null;
  readonly from?: EventPosition | null;
  readonly types?: ReadonlyArray<FeedItem['type']> | null;
  readonly checkpoints?: boolean | null;
}

/** The source event stream of a subscription. Every field of `Subscription` returns one. */
export interface EventStream extends AsyncIterableIterator<EventNode> {
  /** The cursor up to which every event was processed; undefined before the oldest retained event. */
  settledCursor(): string | undefined;
}

const DIRECTORY =
  'The slug of the directory. Required with an admin token; defaults to the directory of any other token.';
const AFTER =
  'Starts after this cursor, and takes precedence over `from`. Fails with CURSOR_EXPIRED if events after it were pruned.';
const FROM = 'The position to start at without a cursor.';

@Resolver()
export class EventSubscriptions {
  @Subscription(() => DirectoryEvent, {
    subscribe: ({ args, context }) => subscribe(context as GraphContext, args as SubscriptionArgs),
    description:
      'Delivers the events of a directory in order and without gaps: first those in the log after the starting position, ' +
      'then new ones as they occur. Requires the scope `events:read`.',
  })
  directoryEvents(
    @Root() event: Plain<DirectoryEvent>,
    @Arg('directory', () => String, { nullable: true, description: DIRECTORY }) _directory?: string | null,
    @Arg('after', () => String, { nullable: true, description: AFTER }) _after?: string | null,
    @Arg('from', () => EventPosition, { nullable: true, defaultValue: EventPosition.LATEST, description: FROM })
    _from?: EventPosition | null,
    @Arg('types', () => [DirectoryEventType], {
      nullable: true,
      description: 'Filters the events by type. Omit it to receive all of them.',
    })
    _types?: Array<FeedItem['type']> | null,
    @Arg('checkpoints', () => Boolean, {
      nullable: true,
      defaultValue: false,
      description:
        'Whether to deliver a `Checkpoint` from time to time, which advances the cursor while no event is delivered.',
    })
    _checkpoints?: boolean | null,
  ): Plain<DirectoryEvent> {
    return event;
  }

  @Subscription(() => EVENT_OBJECTS.USER_DEPROVISIONED, {
    subscribe: ({ args, context }) =>
      subscribe(context as GraphContext, { ...(args as SubscriptionArgs), types: ['USER_DEPROVISIONED'] }),
    description:
      'Delivers an event for each user that loses access by being deactivated or deleted. Requires the scope `events:read`.',
  })
  userDeprovisioned(
    @Root() event: Plain<DirectoryEvent>,
    @Arg('directory', () => String, { nullable: true, description: DIRECTORY }) _directory?: string | null,
    @Arg('after', () => String, { nullable: true, description: AFTER }) _after?: string | null,
    @Arg('from', () => EventPosition, { nullable: true, defaultValue: EventPosition.LATEST, description: FROM })
    _from?: EventPosition | null,
  ): Plain<DirectoryEvent> {
    return event;
  }
}

/**
 * Subscribes to the events of a directory. When a client resumes a stream, the position it resumes from takes precedence
 * over its arguments, which are still those of the original request.
 *
 * Throws like `findDirectory`, `requireScope` and `Feed.subscribe`, and NOT_FOUND for a directory that the token does not
 * grant access to.
 */
async function subscribe(
  context: GraphContext,
  { directory: slug, after: cursor, from, types, checkpoints }: SubscriptionArgs,
): Promise<EventStream> {
  context.requireScope('events:read');
  const directory = await context.findDirectory(slug);
  if (!directory) throw new DomainError('NOT_FOUND', 'No accessible directory has this slug');
  const after = context.resumeAfter ?? cursor;
  const items = await context.services.feed.subscribe(directory.id, {
    ...(typeof after === 'string' ? { after } : {}),
    from: from ?? 'LATEST',
    ...(types ? { types: toStoredTypes(types) } : {}),
    checkpoints: (checkpoints ?? false) || (types?.includes('CHECKPOINT') ?? false),
  });
  return eachWithFreshLoaders(items, context);
}

/** Converts the items of a feed to event nodes, each resolved with loaders of its own. */
function eachWithFreshLoaders(items: FeedSubscription, context: GraphContext): EventStream {
  const events = abortableIterator(items, (item) => {
    context.renewLoaders();
    return toEvent(item);
  });
  return Object.assign(events, { settledCursor: () => items.settledCursor() });
}
