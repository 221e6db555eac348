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

/** The types of events that lie in the log; undefined for all. Checkpoints are not among them. */
export function toStoredTypes(
  types: ReadonlyArray<FeedItem['type']> | null | undefined,
): readonly DomainEventType[] | undefined {
  return types?.filter((type) => type !== 'CHECKPOINT');
}

@Resolver(() => Directory)
export class DirectoryEventsResolver {
  @FieldResolver(() => DirectoryEventConnection, {
    description: 'The event log, from the oldest retained event on. Needs the scope events:read.',
  })
  async events(
    @Root() { id: directoryId }: Directory,
    @Ctx() context: GraphContext,
    @Arg('first', () => Int, { description: 'How many to return, 1 to 100.' }) first: number,
    @Arg('after', () => String, {
      nullable: true,
      description: 'Return what comes after this cursor, that of an event, an edge or `eventCursor`.',
    })
    after?: string | null,
    @Arg('types', () => [DirectoryEventType], { nullable: true, description: 'Only events of these types.' })
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
    // The place for `hasPreviousPage` is the sequence above; positions by id are for the other lists.
    const from = position ? { ...bounds, after: { value: '', id: '' } } : bounds;
    return new Connection(from, source, { toNode: toEvent, toCursor: encodeCursor });
  }

  @FieldResolver(() => String, {
    description:
      'The head of the log. Read it before the first page of users, then subscribe after it: nothing is missed between.',
  })
  eventCursor(@Root() { id }: Directory, @Ctx() context: GraphContext): Promise<string> {
    context.requireScope('events:read');
    return headCursor(context.store, id);
  }
}
