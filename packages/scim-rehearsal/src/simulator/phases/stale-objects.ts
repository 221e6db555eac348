import { idOf, toResources } from '../../client/resource.js';
import { remove, search } from '../session/entra-requests.js';
import { NAME_ATTRIBUTES, isOwn, namePrefixOf } from '../session/ownership.js';
import type { Session } from '../session/session.js';

/** The maximum number of searches. An endpoint that needs more returns the same objects repeatedly. */
const MAX_ROUNDS = 100;

/**
 * Deletes objects that an earlier run with the same seed left behind: those with the name prefix of the seed. Failures are not
 * reported, since Entra does not send the filter operator that the search needs.
 */
export async function deleteStaleObjects(session: Session): Promise<void> {
  const { personas } = session;
  for (const collection of ['/Groups', '/Users'] as const) {
    const filter = `${NAME_ATTRIBUTES[collection]} sw ${JSON.stringify(namePrefixOf(personas, collection))}`;
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const response = await search(session, collection, filter, { step: 'find stale objects', by: 'check' });
      const found = response.status === 200 ? (toResources(response.body) ?? []) : [];
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
