import { idOf } from '../../client/resource.js';
import { match } from '../session/matching.js';
import type { Session } from '../session/session.js';
import { createObject } from './create-object.js';
import { changeUser, toChanges } from './incremental-cycle.js';
import { addMembers } from './initial-cycle.js';
import { testConnection } from './test-connection.js';

/** The maximum number of members of a group that is provisioned on demand. */
const MAX_MEMBERS = 5;

/**
 * Provisions on demand: Test Connection, then one user that is matched and changed, one that is created, and one group with a
 * few members. Since the flag on the Tenant URL does not affect it, it uses the default dialect if the run includes it.
 */
export async function provisionOnDemand(session: Session): Promise<void> {
  await testConnection(session);
  const [user] = session.expected.usersInOrder.filter(({ isUncertain }) => !isUncertain);
  if (user && !session.unsupported.has('patch')) {
    await session.attempt(async () => {
      const { found } = await match(session, '/Users', user.values);
      if (!found.some((one) => idOf(one) === user.id)) return;
      // Number 0 selects the first dialect of the run.
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
    session.expected.users.set(id, { n, id, values, active: true, isUncertain: false });
  });
  if (session.profile.groups.length === 0 || session.unsupported.has('groups')) return;
  await session.attempt(async () => {
    const n = session.nextProbeNumber();
    const values = session.personas.group(n);
    const id = await createObject(session, '/Groups', values);
    const group = { n: 0, id, values, members: new Set<string>(), isUncertain: false };
    session.expected.groups.set(id, group);
    const members = session.expected.usersInOrder.slice(-MAX_MEMBERS).map(({ id: user }) => user);
    if (!session.unsupported.has('add-members')) await addMembers(session, group, members);
  });
}
