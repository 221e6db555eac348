import { defineEntity, p } from '@mikro-orm/core';

/** The idempotency keys of the last 24 hours, each with its request and the id of the affected object. */
export const IdempotencyKeyEntity = defineEntity({
  name: 'IdempotencyKey',
  tableName: 'idempotency_keys',
  primaryKeys: ['directoryId', 'actor', 'key'],
  indexes: [{ name: 'idempotency_keys_created_at_index', properties: ['createdAt'] }],
  properties: {
    /** The directory of the token, which never changes for a token; the nil UUID for admins. */
    directoryId: p.uuid().primary(),
    /** The sender of the request, as named in events: `token:<id>` or `admin`. */
    actor: p.text().collation('C').primary(),
    key: p.text().collation('C').primary(),
    /** SHA-256 of the mutation and its input. */
    requestHash: p.blob(),
    /** The object that the mutation created, changed or deleted: an id, a URN or a name. */
    objectId: p.text(),
    createdAt: p.datetime(3),
  },
});
