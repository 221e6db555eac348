import { idOf, match, post, remove, toGroupBody, toUserBody } from '../session/entra-requests.js';
import type { Collection } from '../session/expected-state.js';
import { isOurs } from '../session/ownership.js';
import type { Values } from '../../profile/personas.js';
import { matchingRows } from '../../profile/profile.js';
import { GaveUp } from '../session/run-errors.js';
import type { Session } from '../session/session.js';

/** Matches by the mapping's attributes, and creates what was not found. @throws GaveUp after it was told */
export async function createObject(session: Session, collection: Collection, values: Values): Promise<string> {
  const isUser = collection === '/Users';
  await makeRoom(session, collection, values);
  const body = isUser ? toUserBody(session, values) : toGroupBody(session, values);
  const answer = await post(session, collection, body);
  const step = isUser ? 'create user' : 'create group';
  session.accept(answer, isUser ? 'create-user-refused' : 'create-group-refused', step, [200, 201]);
  const id = idOf(answer.body);
  if (id !== undefined) return id;
  session.tell('created-without-id', answer, step, 'the created object with its id', 'no id');
  throw new GaveUp();
}

/**
 * What is found and has a name of this rehearsal is left over from an earlier one of the same seed, and is removed. Entra would
 * adopt anything else; the rehearsal leaves that alone, and its own object out.
 *
 * @throws GaveUp after it was told
 */
async function makeRoom(session: Session, collection: Collection, values: Values): Promise<void> {
  const isUser = collection === '/Users';
  const { found, answer } = await match(session, collection, values);
  if (!found.every((one) => isOurs(session.people, collection, one))) {
    const paths = matchingRows(isUser ? session.profile.users : session.profile.groups).map(({ path }) => path);
    const expected = `nobody but the rehearsal’s own has its ${paths.join(' or ')}`;
    const seen = `${found.length} found, not all of them the rehearsal’s`;
    session.tell('already-there', answer, isUser ? 'match user' : 'match group', expected, seen);
    throw new GaveUp();
  }
  for (const id of found.map(idOf).filter((one) => one !== undefined)) {
    session.accept(
      await remove(session, collection, id, 'check'),
      'delete-refused',
      'remove what an earlier rehearsal left',
    );
  }
}
