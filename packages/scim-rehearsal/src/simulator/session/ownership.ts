import { isObject, type Json } from '../../client/json.js';
import type { Collection } from './expected-state.js';
import type { Personas } from '../../profile/personas.js';

/** The attribute that holds the name which the rehearsal gives. */
export const NAMES = { '/Users': 'userName', '/Groups': 'displayName' } as const satisfies Record<Collection, string>;

/** What every name that the rehearsal gives begins with: its mark, and what ends the mark. */
export function namePrefixOf({ namePrefix }: Personas, collection: Collection): string {
  return collection === '/Users' ? `${namePrefix}-` : `${namePrefix} `;
}

/** True for what bears the rehearsal's mark: nothing else at the endpoint is its to delete. */
export function isOwn(personas: Personas, collection: Collection, resource: Json): boolean {
  const name = isObject(resource) ? resource[NAMES[collection]] : undefined;
  return typeof name === 'string' && name.toLowerCase().startsWith(namePrefixOf(personas, collection));
}
