import { defineEntity, p } from '@mikro-orm/core';

/**
 * The values of attributes that a registered schema declares unique, so that the database decides and no reader has to.
 * A value is kept as its SHA-256: it may be longer than an index entry.
 */
export const UniqueValueEntity = defineEntity({
  name: 'UniqueValue',
  tableName: 'unique_values',
  primaryKeys: ['directoryId', 'attribute', 'valueHash'],
  properties: {
    directoryId: p.uuid().primary(),
    /** The attribute with its URN, as the schema spells it. */
    attribute: p.text().collation('C').primary(),
    valueHash: p.blob().primary(),
    resourceId: p.uuid(),
  },
});
