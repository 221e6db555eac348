import { defineEntity, p, type InferEntity } from '@mikro-orm/core';
import type { SchemaDeclaration } from '../schema/attribute.js';

/** A schema that a directory has registered: an extension, or the core schema of a registered resource type. */
export const SchemaEntity = defineEntity({
  name: 'Schema',
  tableName: 'schemas',
  primaryKeys: ['directoryId', 'urnKey'],
  properties: {
    directoryId: p.uuid().primary(),
    /** The URN in lower case, because URNs are case-insensitive. */
    urnKey: p.text().collation('C').primary(),
    /** `User`, `Group`, or the name of the registered resource type to which the schema belongs. */
    resourceType: p.text(),
    /** Requires every new resource of the type to have values of the schema. */
    required: p.boolean(),
    definition: p.json().$type<SchemaDeclaration>(),
    /** Regenerated on every change, so that writers can detect that their cached schema is outdated. */
    revision: p.uuid(),
    createdAt: p.datetime(3),
    updatedAt: p.datetime(3),
  },
});

/** A stored schema. */
export type RegisteredSchema = InferEntity<typeof SchemaEntity>;
