import { defineEntity, p } from '@mikro-orm/core';

/**
 * The values of attributes that a registered schema declares unique, so that the database enforces uniqueness. Values
 * are stored as SHA-256 hashes, because they may be longer than an index entry.
 */
export const UniqueValueEntity = defineEntity({
  name: 'UniqueValue',
  tableName: 'unique_values',
  primaryKeys: ['directoryId', 'attribute', 'valueHash'],
  properties: {
    directoryId: p.uuid().primary(),
    /** The attribute with its URN, in the schema's spelling. */
    attribute: p.text().collation('C').primary(),
    valueHash: p.blob().primary(),
    resourceId: p.uuid(),
  },
});
