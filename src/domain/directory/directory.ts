import { defineEntity, p, type InferEntity } from '@mikro-orm/core';

/** A tenant: one directory of users and groups with one Tenant URL. Its slug is part of that URL and never changes. */
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

/** A stored directory. */
export type Directory = InferEntity<typeof DirectoryEntity>;

const SLUG = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * Checks the syntax of a slug, which is part of the Tenant URL: 1 to 63 lower-case letters, digits and inner hyphens.
 */
export function isSlug(text: string): boolean {
  return SLUG.test(text);
}
