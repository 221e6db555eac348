import { Arg, Ctx, FieldResolver, Int, Resolver, Root } from 'type-graphql';
import { encodeCursor, headCursor, parseCursor } from '../../domain/event/cursor.js';
import { countEvents, existsEventUpTo, readEventPage } from '../../domain/event/event-pages.js';
import type { DomainEventType } from '../../domain/event/event.js';
import type { FeedItem } from '../../domain/event/feed/subscription.js';
import { Connection, toBounds, type ConnectionSource } from '../relay/connection.js';
import type { GraphContext } from '../request/context.js';
import { Directory } from '../directory/directory.js';
import { toEvent } from './event-node.js';
import { DirectoryEventConnection, DirectoryEventType } from './event.js';

/** The types that are stored in the log, that is, without checkpoints. Undefined selects all of them. */
export function toStoredTypes(
  types: ReadonlyArray<FeedItem['type']> | null | undefined,
): readonly DomainEventType[] | undefined {
  return types?.filter((type) => type !== 'CHECKPOINT');
}

@Resolver(() => Directory)
export class DirectoryEventsResolver {
  @FieldResolver(() => DirectoryEventConnection, {
    description: 'The event log, starting at the oldest retained event. Requires the scope `events:read`.',
  })
  async events(
    @Root() { id: directoryId }: Directory,
    @Ctx() context: GraphContext,
    @Arg('first', () => Int, { description: 'The number of events to return, 1 to 100.' }) first: number,
    @Arg('after', () => String, {
      nullable: true,
      description: 'Returns the events after this cursor, which may be that of an event or an edge, or `eventCursor`.',
    })
    after?: string | null,
    @Arg('types', () => [DirectoryEventType], {
      nullable: true,
      description: 'Filters the events by type. Omit it to return all of them.',
    })
    types?: Array<FeedItem['type']> | null,
  ): Promise<ConnectionSource> {
    context.requireScope('events:read');
    const { store } = context;
    const bounds = toBounds('events', { first }, { list: 'events', directoryId });
    const stored = toStoredTypes(types);
    const position = typeof after === 'string' ? parseCursor(after, directoryId) : undefined;
    const source = {
      read: () => readEventPage(store, directoryId, position, bounds.size, stored),
      existsBeyond: () => existsEventUpTo(store, directoryId, position?.sequence ?? 0, stored),
      count: () => countEvents(store, directoryId, stored),
    };
    // `hasPreviousPage` needs only the presence of a position; `existsBeyond` above uses the sequence.
    const from = position ? { ...bounds, after: { value: '', id: '' } } : bounds;
    return new Connection(from, source, { toNode: toEvent, toCursor: encodeCursor });
  }

  @FieldResolver(() => String, {
    description:
      'The cursor of the newest event. To mirror a directory, read it before the first page of users and subscribe after ' +
      'it, so that no change is missed. Requires the scope `events:read`.',
  })
  eventCursor(@Root() { id }: Directory, @Ctx() context: GraphContext): Promise<string> {
    context.requireScope('events:read');
    return headCursor(context.store, id);
  }
}
