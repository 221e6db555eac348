import { defineEntity, p } from '@mikro-orm/core';
import type { EventSource } from '../kernel/actor.js';
import type { JsonObject } from '../kernel/json.js';

/** The event log: rows are written by `execute` in the transaction of the change, and never changed. */
export const EventEntity = defineEntity({
  name: 'Event',
  tableName: 'events',
  primaryKeys: ['directoryId', 'sequence'],
  properties: {
    directoryId: p.uuid().primary(),
    /** 1, 2, 3 … in each directory, without gaps, in commit order. */
    sequence: p.bigint('number').primary(),
    id: p.uuid(),
    type: p.text(),
    occurredAt: p.datetime(3),
    source: p.text().$type<EventSource>(),
    actor: p.text(),
    requestId: p.text().strictNullable(),
    /** What the type adds: ids, names of changed attributes; of values userName, externalId and displayName alone. */
    payload: p.json().$type<JsonObject>(),
  },
});
