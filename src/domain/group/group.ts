import { defineEntity, p, type InferEntity } from '@mikro-orm/core';
import type { Attributes } from '../attributes/attributes.js';

/** A group of a directory. Its members are stored in `memberships`, and their number is maintained here. */
export const GroupEntity = defineEntity({
  name: 'Group',
  tableName: 'groups',
  primaryKeys: ['directoryId', 'id'],
  properties: {
    directoryId: p.uuid().primary(),
    id: p.uuid().primary(),
    displayName: p.text(),
    displayNameKey: p.text().collation('C'),
    externalId: p.text().collation('C').strictNullable(),
    /** The attributes without a column (those of extensions), in the structure of SCIM. */
    attributes: p.json().$type<Attributes>(),
    /** The same attributes with case-insensitive text folded, for searches. */
    attributeKeys: p.json().$type<Attributes>(),
    memberCount: p.integer(),
    version: p.integer(),
    createdAt: p.datetime(3),
    updatedAt: p.datetime(3),
  },
  uniques: [{ name: 'groups_display_name_key', properties: ['directoryId', 'displayNameKey'] }],
  indexes: [
    { name: 'groups_external_id_index', properties: ['directoryId', 'externalId'] },
    { name: 'groups_created_at_index', properties: ['directoryId', 'createdAt', 'id'] },
  ],
});

export type Group = InferEntity<typeof GroupEntity>;
