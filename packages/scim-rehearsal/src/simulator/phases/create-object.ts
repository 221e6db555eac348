import { idOf, match, post, remove, toGroupBody, toUserBody } from '../session/entra-requests.js';
import type { Collection } from '../session/expected-state.js';
import { isOwn } from '../session/ownership.js';
import type { Values } from '../../profile/personas.js';
import { matchingRows } from '../../profile/profile.js';
import { SkipObject } from '../session/run-errors.js';
import type { Session } from '../session/session.js';

/** Matches by the mapping's attributes, and creates what was not found. @throws SkipObject after it was told */
export async function createObject(session: Session, collection: Collection, values: Values): Promise<string> {
  const isUser = collection === '/Users';
  await removeDuplicates(session, collection, values);
  const body = isUser ? toUserBody(session, values) : toGroupBody(session, values);
  const response = await post(session, collection, body);
  const step = isUser ? 'create user' : 'create group';
  session.accept(response, isUser ? 'create-user-refused' : 'create-group-refused', step, [200, 201]);
  const id = idOf(response.body);
  if (id !== undefined) return id;
  session.report('created-without-id', response, step, 'the created object with its id', 'no id');
  throw new SkipObject();
}

/**
 * What is found and has a name of this rehearsal is left over from an earlier one of the same seed, and is removed. Entra would
 * adopt anything else; the rehearsal leaves that alone, and its own object out.
 *
 * @throws SkipObject after it was told
 */
async function removeDuplicates(session: Session, collection: Collection, values: Values): Promise<void> {
  const isUser = collection === '/Users';
  const { found, response } = await match(session, collection, values);
  if (!found.every((one) => isOwn(session.personas, collection, one))) {
    const paths = matchingRows(isUser ? session.profile.users : session.profile.groups).map(({ path }) => path);
    const expected = `nobody but the rehearsal’s own has its ${paths.join(' or ')}`;
    const seen = `${found.length} found, not all of them the rehearsal’s`;
    session.report('already-there', response, isUser ? 'match user' : 'match group', expected, seen);
    throw new SkipObject();
  }
  for (const id of found.map(idOf).filter((one) => one !== undefined)) {
    session.accept(
      await remove(session, collection, id, 'check'),
      'delete-refused',
      'remove what an earlier rehearsal left',
    );
  }
}
