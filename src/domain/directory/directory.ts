import { defineEntity, p, type InferEntity } from '@mikro-orm/core';

/** A tenant: one directory of users and groups, with one Tenant URL. Its slug is part of that URL and never changes. */
export const DirectoryEntity = defineEntity({
  name: 'Directory',
  tableName: 'directories',
  properties: {
    id: p.uuid().primary(),
    slug: p.text().collation('C').unique('directories_slug_key'),
    name: p.text(),
    createdAt: p.datetime(3),
    updatedAt: p.datetime(3),
  },
});

export type Directory = InferEntity<typeof DirectoryEntity>;
