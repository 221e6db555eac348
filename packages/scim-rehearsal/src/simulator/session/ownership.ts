import { isObject, type Json } from '../../client/json.js';
import type { Collection } from '../../client/resource.js';
import type { Personas } from '../../profile/personas.js';

/** The attribute that contains the name of a resource. */
export const NAME_ATTRIBUTES = {
  '/Users': 'userName',
  '/Groups': 'displayName',
} as const satisfies Record<Collection, string>;

/** The start of every name in the run, including the separator that ends the prefix. */
export function namePrefixOf({ namePrefix }: Personas, collection: Collection): string {
  return collection === '/Users' ? `${namePrefix}-` : `${namePrefix} `;
}

/** True for resources with the name prefix of the run. No others are ever deleted. */
export function isOwn(personas: Personas, collection: Collection, resource: Json): boolean {
  const name = isObject(resource) ? resource[NAME_ATTRIBUTES[collection]] : undefined;
  return typeof name === 'string' && name.toLowerCase().startsWith(namePrefixOf(personas, collection));
}
