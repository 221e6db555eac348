import { defineEntity, p } from '@mikro-orm/core';

/** The idempotency keys of the last day: which request came with a key, and which object it left. */
export const IdempotencyKeyEntity = defineEntity({
  name: 'IdempotencyKey',
  tableName: 'idempotency_keys',
  primaryKeys: ['directoryId', 'actor', 'key'],
  indexes: [{ name: 'idempotency_keys_created_at_index', properties: ['createdAt'] }],
  properties: {
    /** The directory that the token belongs to, and so never another one for the same token; nil for admins. */
    directoryId: p.uuid().primary(),
    /** Who sent it, as events name them: `token:<id>` or `admin`. */
    actor: p.text().collation('C').primary(),
    key: p.text().collation('C').primary(),
    /** SHA-256 of the mutation and its input. */
    requestHash: p.blob(),
    /** What the mutation made, changed or removed: an id, a URN or a name. */
    objectId: p.text(),
    createdAt: p.datetime(3),
  },
});
