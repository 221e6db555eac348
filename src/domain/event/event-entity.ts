import { defineEntity, p } from '@mikro-orm/core';
import type { EventSource } from '../kernel/actor.js';
import type { JsonObject } from '../kernel/json.js';

/** The event log. `execute` inserts rows in the transaction of the change; they are never updated. */
export const EventEntity = defineEntity({
  name: 'Event',
  tableName: 'events',
  primaryKeys: ['directoryId', 'sequence'],
  properties: {
    directoryId: p.uuid().primary(),
    /** The position in the directory's log: 1, 2, 3 … without gaps, in commit order. */
    sequence: p.bigint('number').primary(),
    id: p.uuid(),
    type: p.text(),
    occurredAt: p.datetime(3),
    source: p.text().$type<EventSource>(),
    actor: p.text(),
    requestId: p.text().strictNullable(),
    /**
     * The data of the event type: ids, names of changed attributes, and as values only userName, externalId and
     * displayName.
     */
    payload: p.json().$type<JsonObject>(),
  },
});
