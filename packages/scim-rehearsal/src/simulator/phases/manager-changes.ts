import { MANAGER_PATH } from '../../client/attribute-path.js';
import { hasReference, patch, readBeforeChange } from '../session/entra-requests.js';
import type { ExpectedUser } from '../session/expected-state.js';
import type { Session } from '../session/session.js';
import { hasManagers } from './initial-cycle.js';

/** What becomes of one user's manager. */
interface ManagerChange {
  readonly user: ExpectedUser;
  /** Undefined: the manager is taken away. */
  readonly manager: ExpectedUser | undefined;
}

/** Every fourth user gets another manager, and every fourth loses the one there was. */
export function toManagerChanges(session: Session): readonly ManagerChange[] {
  if (!hasManagers(session)) return [];
  const users = session.ledger.usersInOrder;
  const canRemove = !session.findings.has('manager-not-removed');
  return users.flatMap((user, index): ManagerChange[] => {
    if (typeof user.managerId !== 'string') return [];
    if (index % 4 === 3) return canRemove ? [{ user, manager: undefined }] : [];
    if (index % 4 !== 1) return [];
    // The next one, or, at the end of the list, one of the first.
    const others = [1, 2].map((distance) => users[(index + distance) % users.length]);
    const manager = others.find((one) => one && one !== user && one.id !== user.managerId);
    return manager ? [{ user, manager }] : [];
  });
}

/** Writes the changes, each after the check of the reference, as Entra does. */
export async function changeManagers(session: Session, changes: readonly ManagerChange[]): Promise<void> {
  // By the turn among the changes: the users' own numbers are all even, and would have the same dialect.
  await session.forEach([...changes.entries()], async ([turn, { user, manager }]) => {
    await readBeforeChange(session, '/Users', user.id);
    const reference = manager?.id ?? user.managerId ?? '';
    const { isThere } = await hasReference(session, '/Users', user.id, 'manager', reference);
    // The new one is there already, or the old one is not.
    if (isThere === (manager !== undefined)) return;
    user.isUncertain = true;
    const writer = session.writer(turn);
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
