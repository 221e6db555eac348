import type { GraphQLResolveInfo } from 'graphql';
import { encodeCursor } from '../../domain/event/cursor.js';
import type { FeedItem } from '../../domain/event/feed/subscription.js';
import type { Plain } from '../kernel/plain-type.js';
import { selectionOfObject } from '../kernel/selection.js';
import type { GraphContext } from '../request/context.js';
import type { DirectoryEvent } from './event.js';

/** An event as the default resolvers read it. */
export type EventNode = Plain<DirectoryEvent> & { readonly cursor: string };

/** Converts an event for the default resolvers. `user` and `group` are loaded, in their current state, when selected. */
export function toEvent(item: FeedItem): EventNode {
  const { directoryId, id, type, sequence, occurredAt, source, actor, requestId } = item;
  const event = {
    ...('payload' in item ? item.payload : {}),
    ...{ id, type, sequence, occurredAt, source, actor, requestId },
    get cursor() {
      return encodeCursor(item);
    },
  };
  if (!('payload' in item)) return event;
  if ('userId' in item.payload) {
    const { userId } = item.payload;
    return Object.assign(event, {
      user: (_args: unknown, context: GraphContext, info: GraphQLResolveInfo) => {
        context.requireScope('directory:read');
        return context.loaders(directoryId).user(userId, selectionOfObject(info));
      },
    });
  }
  const { groupId } = item.payload;
  return Object.assign(event, {
    group: (_args: unknown, context: GraphContext, info: GraphQLResolveInfo) => {
      context.requireScope('directory:read');
      return context.loaders(directoryId).group(groupId, selectionOfObject(info));
    },
  });
}
