import { prepared, type Statement } from '../statement.js';
import type { Transaction } from '../transaction.js';
import type { StoredUser, UserGroup } from './user-row.js';
import { USER_WITH_GROUPS, USER_WITHOUT_GROUPS } from './user-select.js';

interface Locks {
  readonly user: Statement;
  /** Of a user whose groups are told by `memberships`. */
  readonly leaver: Statement;
  readonly memberships: Statement;
}

// NO KEY UPDATE lets memberships and reports go on referring to the row.
function locks(ofUsers: string, ofMemberships: string): Locks {
  const which = 'u.directory_id = $1 and u.id = any($2::uuid[])';
  return {
    user: prepared(`select ${USER_WITH_GROUPS} from users u where ${which} for no key update of u ${ofUsers}`),
    leaver: prepared(`select ${USER_WITHOUT_GROUPS} from users u where ${which} for update of u ${ofUsers}`),
    memberships: prepared(`
      select m.user_id as "userId", g.id, g.display_name as "displayName"
      from memberships m join groups g on g.directory_id = m.directory_id and g.id = m.group_id
      where m.directory_id = $1 and m.user_id = any($2::uuid[])
      order by g.display_name_key for share of m ${ofMemberships}`),
  };
}

const WAITING = locks('', '');
const AT_ONCE = locks('skip locked', 'nowait');

/** The users that a transaction is about to change, by their ids. */
export interface UsersToLock {
  readonly ids: readonly string[];
  /** Those of them that may be deactivated: the groups of these stand still as well. */
  readonly leavers: readonly string[];
}

/**
 * Locks users and reads them, until the commit: writers of one user wait for each other here. The event of a deactivation
 * names the groups of that very moment; so the lock on a leaver waits for those who are adding it to a group, the lock on
 * its memberships for those who are removing it.
 *
 * @returns the users that are there
 */
export function lockUsers(tx: Transaction, users: UsersToLock): Promise<StoredUser[]> {
  return lock(tx, users, WAITING);
}

/**
 * The same without waiting for anybody.
 *
 * @returns the users that are there and that nobody else has locked
 * @throws an error with SQLSTATE 55P03 when somebody has locked a membership; the transaction has failed then
 */
export function lockFreeUsers(tx: Transaction, users: UsersToLock): Promise<StoredUser[]> {
  return lock(tx, users, AT_ONCE);
}

async function lock(tx: Transaction, { ids, leavers }: UsersToLock, statements: Locks): Promise<StoredUser[]> {
  const others = ids.filter((id) => !leavers.includes(id));
  const [users, leaving, memberships] = await Promise.all([
    others.length > 0 ? tx.request<StoredUser>(statements.user, [tx.directoryId, others]) : [],
    leavers.length > 0 ? tx.request<StoredUser>(statements.leaver, [tx.directoryId, leavers]) : [],
    leavers.length > 0 ? tx.request<Membership>(statements.memberships, [tx.directoryId, leavers]) : [],
  ]);
  const groupsOf = (userId: string): UserGroup[] =>
    memberships.filter((group) => group.userId === userId).map(({ id, displayName }) => ({ id, displayName }));
  return [...users, ...leaving.map((user) => ({ ...user, groups: groupsOf(user.id) }))];
}

interface Membership extends UserGroup {
  readonly userId: string;
}
