import { defineEntity, p, type InferEntity } from '@mikro-orm/core';
import type { SchemaDeclaration } from '../schema/attribute.js';

/** A schema that a directory has registered: an extension, or what a resource type of its own consists of. */
export const SchemaEntity = defineEntity({
  name: 'Schema',
  tableName: 'schemas',
  primaryKeys: ['directoryId', 'urnKey'],
  properties: {
    directoryId: p.uuid().primary(),
    /** The URN in lower case: URNs are the same in any case. */
    urnKey: p.text().collation('C').primary(),
    /** `User`, `Group`, or the name of the registered resource type that has the schema. */
    resourceType: p.text(),
    /** Whether every new resource of the type must have values of it. */
    required: p.boolean(),
    definition: p.json().$type<SchemaDeclaration>(),
    /** Another one after each change, so that whoever writes values knows that it read the schema as it is. */
    revision: p.uuid(),
    createdAt: p.datetime(3),
    updatedAt: p.datetime(3),
  },
});

export type RegisteredSchema = InferEntity<typeof SchemaEntity>;
