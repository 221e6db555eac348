import { defineEntity, p, type InferEntity } from '@mikro-orm/core';
import type { Attributes } from '../attributes/attributes.js';

/** A group of a directory. Its members lie in `memberships`, and their number is kept up here. */
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
    /** The attributes without a column: those of extensions, in SCIM's shape. */
    attributes: p.json().$type<Attributes>(),
    /** The same tree with its case-insensitive text folded. */
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
