import { match, idOf } from '../session/entra-requests.js';
import type { Session } from '../session/session.js';
import { createObject } from './create-object.js';
import { addMembers } from './initial-cycle.js';
import { changeUser, toChanges } from './incremental-cycle.js';
import { testConnection } from './test-connection.js';

/** A group on demand has at most so many members. */
const MOST_MEMBERS = 5;

/**
 * Provision on demand: Test Connection, then one user that is matched and changed, one that is created, and one group with
 * a few members. The flag on the tenant URL does not reach it: it writes the default dialect where that is played.
 */
export async function provisionOnDemand(session: Session): Promise<void> {
  await testConnection(session);
  const [user] = session.ledger.usersInOrder.filter(({ isUncertain }) => !isUncertain);
  if (user && !session.unsupported.has('patch')) {
    await session.attempt(async () => {
      const { found } = await match(session, '/Users', user.values);
      if (!found.some((one) => idOf(one) === user.id)) return;
      // Number 0 writes the first of the dialects in play.
      const changes = toChanges(session, user.values, session.personas.user(user.n, 3), false);
      const onDemand = { ...user, n: 0 };
      await changeUser(session, onDemand, changes);
      user.values = onDemand.values;
      user.isUncertain = onDemand.isUncertain;
    });
  }
  await session.attempt(async () => {
    const n = session.nextProbeNumber();
    const values = session.personas.user(n);
    const id = await createObject(session, '/Users', values);
    session.ledger.users.set(id, { n, id, values, active: true, isUncertain: false });
  });
  if (session.profile.groups.length === 0 || session.unsupported.has('groups')) return;
  await session.attempt(async () => {
    const n = session.nextProbeNumber();
    const values = session.personas.group(n);
    const id = await createObject(session, '/Groups', values);
    const group = { n: 0, id, values, members: new Set<string>(), isUncertain: false };
    session.ledger.groups.set(id, group);
    const members = session.ledger.usersInOrder.slice(-MOST_MEMBERS).map(({ id: user }) => user);
    if (!session.unsupported.has('add-members')) await addMembers(session, group, members);
  });
}
