import { Arg, Resolver, Root, Subscription } from 'type-graphql';
import { DomainError } from '../../domain/errors.js';
import type { FeedSubscription } from '../../domain/event/feed.js';
import type { FeedItem } from '../../domain/event/subscription.js';
import type { GraphContext } from '../context.js';
import { DirectoryEventType, EventPosition } from './event-enums.js';
import { toStoredTypes } from './event-resolver.js';
import { DirectoryEvent, toEvent, UserDeprovisioned, type EventNode } from './event.js';
import type { Plain } from '../plain.js';

/** The arguments as they come, before defaults are looked at: each may be null. */
interface SubscriptionArgs {
  readonly directory?: string | null;
  readonly after?: string | null;
  readonly from?: EventPosition | null;
  readonly types?: ReadonlyArray<FeedItem['type']> | null;
  readonly checkpoints?: boolean | null;
}

/** What GraphQL executes a subscription over, event by event: the stream that every field of `Subscription` makes. */
export interface EventSource extends AsyncIterableIterator<EventNode> {
  /** The cursor after which nothing is left that has not been dealt with; undefined before the oldest retained event. */
  settledCursor(): string | undefined;
}

const DIRECTORY = 'The slug of the directory. Required with an admin token.';
const AFTER = 'Begin after this cursor; wins over `from`. An old one gives CURSOR_EXPIRED, never a silent gap.';
const FROM = 'Where to begin without a cursor.';

@Resolver()
export class EventSubscriptions {
  @Subscription(() => DirectoryEvent, {
    subscribe: ({ args, context }) => subscribe(context as GraphContext, args as SubscriptionArgs),
    description:
      'Everything that happens in a directory, in order and without a gap: first what the log holds after the place to ' +
      'begin, then what happens. Needs the scope events:read.',
  })
  directoryEvents(
    @Root() event: Plain<DirectoryEvent>,
    @Arg('directory', () => String, { nullable: true, description: DIRECTORY }) _directory?: string | null,
    @Arg('after', () => String, { nullable: true, description: AFTER }) _after?: string | null,
    @Arg('from', () => EventPosition, { nullable: true, defaultValue: EventPosition.LATEST, description: FROM })
    _from?: EventPosition | null,
    @Arg('types', () => [DirectoryEventType], { nullable: true, description: 'Only events of these types.' })
    _types?: Array<FeedItem['type']> | null,
    @Arg('checkpoints', () => Boolean, {
      nullable: true,
      defaultValue: false,
      description: 'Also yield a `Checkpoint` now and then, so that the cursor moves on while nothing is delivered.',
    })
    _checkpoints?: boolean | null,
  ): Plain<DirectoryEvent> {
    return event;
  }

  @Subscription(() => UserDeprovisioned, {
    subscribe: ({ args, context }) =>
      subscribe(context as GraphContext, { ...(args as SubscriptionArgs), types: ['USER_DEPROVISIONED'] }),
    description: 'Every user that loses access, deactivated or deleted. Needs the scope events:read.',
  })
  userDeprovisioned(
    @Root() event: Plain<UserDeprovisioned>,
    @Arg('directory', () => String, { nullable: true, description: DIRECTORY }) _directory?: string | null,
    @Arg('after', () => String, { nullable: true, description: AFTER }) _after?: string | null,
    @Arg('from', () => EventPosition, { nullable: true, defaultValue: EventPosition.LATEST, description: FROM })
    _from?: EventPosition | null,
  ): Plain<UserDeprovisioned> {
    return event;
  }
}

/**
 * The events of a subscription. Where the client resumes a stream, the place it resumes from wins over its arguments,
 * which are still those of the first time.
 *
 * Throws as `findDirectory`, `requireScope` and the feed do; NOT_FOUND for a directory that the token does not open.
 */
async function subscribe(
  context: GraphContext,
  { directory: slug, after: begin, from, types, checkpoints }: SubscriptionArgs,
): Promise<EventSource> {
  context.requireScope('events:read');
  const directory = await context.findDirectory(slug);
  if (!directory) throw new DomainError('NOT_FOUND', 'No accessible directory has this slug');
  const after = context.resumeAfter ?? begin;
  const items = await context.services.feed.subscribe(directory.id, {
    ...(typeof after === 'string' ? { after } : {}),
    from: from ?? 'LATEST',
    ...(types ? { types: toStoredTypes(types) } : {}),
    checkpoints: (checkpoints ?? false) || (types?.includes('CHECKPOINT') ?? false),
  });
  return eachWithFreshLoaders(items, context);
}

/** By hand, not as a generator: one that stands at an `await` could not be returned from, and would leak. */
function eachWithFreshLoaders(items: FeedSubscription, context: GraphContext): EventSource {
  return {
    async next() {
      const result = await items.next();
      if (result.done) return { done: true, value: undefined };
      context.renewLoaders();
      return { done: false, value: toEvent(result.value) };
    },
    async return() {
      await items.return?.();
      return { done: true, value: undefined };
    },
    settledCursor: () => items.settledCursor(),
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
