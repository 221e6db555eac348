import type { Values } from '../../client/resource-body.js';
import { idOf, type Collection } from '../../client/resource.js';
import { read, remove } from '../session/entra-requests.js';
import { canSearch, match } from '../session/matching.js';
import type { Session } from '../session/session.js';

/**
 * Deletes a user or group and checks that it is gone.
 *
 * @param values contains the values of its matching attributes
 */
export async function probeDelete(session: Session, collection: Collection, id: string, values: Values): Promise<void> {
  const step = collection === '/Users' ? 'delete user' : 'delete group';
  session.unsupported.add('delete');
  const response = await remove(session, collection, id);
  session.accept(response, 'delete-refused', step, [200, 202, 204]);
  const later = await read(session, collection, id);
  if (later.status < 300) {
    session.report('deleted-still-there', later, step, '404', `${later.status}, it can still be read`);
  } else if (canSearch(session, collection)) {
    const { found, response: search } = await match(session, collection, values, 'check');
    if (found.some((one) => idOf(one) === id)) {
      session.report('deleted-still-there', search, step, 'not found by a search', 'found by a search');
    }
  }
  if (!session.findings.has('deleted-still-there')) {
    session.unsupported.delete('delete');
    session.isDeleteVerified = true;
    session.created.remove(collection, id);
  }
}
