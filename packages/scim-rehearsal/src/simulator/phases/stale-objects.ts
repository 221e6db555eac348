import { idOf, search, remove, toResources } from '../session/entra-requests.js';
import { namePrefixOf, isOwn, NAMES } from '../session/ownership.js';
import type { Session } from '../session/session.js';

/** More rounds than this are not worth it: the endpoint then shows the same again and again. */
const MOST_ROUNDS = 100;

/**
 * Removes what an earlier rehearsal of the same seed left, because it was kept or broken off: what bears the seed's mark at
 * the beginning of its name. An endpoint that cannot search so is left as it is; nothing here is held against it.
 */
export async function deleteStaleObjects(session: Session): Promise<void> {
  const { personas } = session;
  for (const collection of ['/Groups', '/Users'] as const) {
    const filter = `${NAMES[collection]} sw ${JSON.stringify(namePrefixOf(personas, collection))}`;
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const response = await search(session, collection, filter, { step: 'look for leftovers', by: 'check' });
      const found = response.status === 200 ? (toResources(response.body) ?? []) : [];
      // What has no id cannot be named, and DELETE without one would name the whole collection.
      const ids = found
        .filter((one) => isOwn(personas, collection, one))
        .map(idOf)
        .filter((id) => id !== undefined);
      let removed = 0;
      for (const id of ids) if ((await remove(session, collection, id, 'check')).status < 300) removed++;
      if (removed === 0) break;
    }
  }
}
