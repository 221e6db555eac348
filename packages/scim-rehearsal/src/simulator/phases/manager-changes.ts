import { MANAGER_PATH } from '../../client/urns.js';
import { patch, readBeforeChange } from '../session/entra-requests.js';
import type { ExpectedUser } from '../session/expected-state.js';
import { hasReference } from '../session/matching.js';
import type { Session } from '../session/session.js';
import { hasManagers } from './initial-cycle.js';

/** A change of one user's manager. */
interface ManagerChange {
  readonly user: ExpectedUser;
  /** Undefined if the manager is removed. */
  readonly manager: ExpectedUser | undefined;
}

/** Selects the users whose manager changes (every fourth) or is removed (every fourth). */
export function toManagerChanges(session: Session): readonly ManagerChange[] {
  if (!hasManagers(session)) return [];
  const users = session.expected.usersInOrder;
  const canRemove = !session.findings.has('manager-not-removed');
  return users.flatMap((user, index): ManagerChange[] => {
    if (typeof user.managerId !== 'string') return [];
    if (index % 4 === 3) return canRemove ? [{ user, manager: undefined }] : [];
    if (index % 4 !== 1) return [];
    // One of the next two users; the list wraps around.
    const candidates = [1, 2].map((distance) => users[(index + distance) % users.length]);
    const manager = candidates.find((one) => one && one !== user && one.id !== user.managerId);
    return manager ? [{ user, manager }] : [];
  });
}

/** Writes the changes, each after checking the reference, as Entra does. */
export async function changeManagers(session: Session, changes: readonly ManagerChange[]): Promise<void> {
  // The index selects the dialect: the numbers of these users are all even and would select the same one.
  await session.forEach([...changes.entries()], async ([index, { user, manager }]) => {
    await readBeforeChange(session, '/Users', user.id);
    const reference = manager?.id ?? user.managerId ?? '';
    const { isThere } = await hasReference(session, '/Users', user.id, 'manager', reference);
    // Already set or removed.
    if (isThere === (manager !== undefined)) return;
    user.isUncertain = true;
    const writer = session.writer(index);
    const step = manager ? 'change manager' : 'remove manager';
    const operations = manager
      ? writer.toManager(MANAGER_PATH, manager.id, false)
      : writer.toManagerRemoval(MANAGER_PATH);
    const response = await patch(session, '/Users', user.id, operations, step);
    session.accept(response, manager ? 'manager-refused' : 'manager-not-removed', step);
    user.managerId = manager?.id ?? null;
    user.isUncertain = false;
  });
}
