import type { Values } from '../../client/resource-body.js';
import { idOf, type Collection } from '../../client/resource.js';
import { matchingRows } from '../../profile/profile.js';
import { post, remove, toBody } from '../session/entra-requests.js';
import { match } from '../session/matching.js';
import { isOwn } from '../session/ownership.js';
import { SkipObject } from '../session/run-errors.js';
import type { Session } from '../session/session.js';

/**
 * Searches for an object by its matching attributes and creates it.
 *
 * @returns its id
 * @throws SkipObject after reporting why it could not be created
 */
export async function createObject(session: Session, collection: Collection, values: Values): Promise<string> {
  const isUser = collection === '/Users';
  await deleteStaleMatches(session, collection, values);
  const response = await post(session, collection, toBody(session, collection, values));
  const step = isUser ? 'create user' : 'create group';
  session.accept(response, isUser ? 'create-user-refused' : 'create-group-refused', step, [200, 201]);
  const id = idOf(response.body);
  if (id !== undefined) return id;
  session.report('created-without-id', response, step, 'the created object with its id', 'no id');
  throw new SkipObject();
}

/**
 * Deletes objects that an earlier run with the same seed left behind. Entra would adopt any other object with the
 * matching value; the rehearsal leaves such an object unchanged and skips its own.
 *
 * @throws SkipObject after reporting an object that the rehearsal did not create
 */
async function deleteStaleMatches(session: Session, collection: Collection, values: Values): Promise<void> {
  const isUser = collection === '/Users';
  const { found, response } = await match(session, collection, values);
  if (!found.every((one) => isOwn(session.personas, collection, one))) {
    const paths = matchingRows(isUser ? session.profile.users : session.profile.groups).map(({ path }) => path);
    const expected = `only the rehearsal’s own objects have its ${paths.join(' or ')}`;
    const seen = `${found.length} found, not all of them the rehearsal’s own`;
    session.report('already-there', response, isUser ? 'match user' : 'match group', expected, seen);
    throw new SkipObject();
  }
  for (const id of found.map(idOf).filter((one) => one !== undefined)) {
    session.accept(await remove(session, collection, id, 'check'), 'delete-refused', 'delete a stale object');
  }
}
