import { prepared, type Statement } from '../sql/statement.js';
import type { Transaction } from '../write/transaction.js';
import type { StoredUser, UserGroup } from './user-row.js';
import { USER_WITH_GROUPS, USER_WITHOUT_GROUPS } from './columns/user-columns.js';

interface Locks {
  readonly user: Statement;
  /** For users that may be deactivated, whose groups the statement `memberships` reads. */
  readonly leaver: Statement;
  readonly memberships: Statement;
}

// NO KEY UPDATE does not block memberships and reports that refer to the row.
function locks(ofLocked: '' | 'skip locked'): Locks {
  const which = 'u.directory_id = $1 and u.id = any($2::uuid[])';
  return {
    user: prepared(`select ${USER_WITH_GROUPS} from users u where ${which} for no key update of u ${ofLocked}`),
    leaver: prepared(`select ${USER_WITHOUT_GROUPS} from users u where ${which} for update of u ${ofLocked}`),
    memberships: prepared(`
      with locked as (
        select group_id, user_id from memberships
        where directory_id = $1 and user_id = any($2::uuid[]) for share ${ofLocked}
      )
      select m.user_id as "userId", g.id, g.display_name as "displayName", locked.group_id is not null as "isLocked"
      from memberships m join groups g on g.directory_id = m.directory_id and g.id = m.group_id
      left join locked on locked.group_id = m.group_id and locked.user_id = m.user_id
      where m.directory_id = $1 and m.user_id = any($2::uuid[]) order by g.display_name_key`),
  };
}

const WAIT = locks('');
const SKIP_LOCKED = locks('skip locked');

/** The ids of the users that a transaction is about to change. */
export interface UsersToLock {
  readonly ids: readonly string[];
  /** The users that may be deactivated; their memberships are locked as well. */
  readonly deactivatable: readonly string[];
}

/**
 * Locks users until the commit and reads them, so that writers of one user wait for each other. The event of a
 * deactivation lists the groups at that moment. Therefore the lock on such a user waits for transactions that add it to
 * a group, and the lock on its memberships for those that remove it.
 *
 * @returns the users that exist
 */
export async function lockUsers(tx: Transaction, users: UsersToLock): Promise<StoredUser[]> {
  const { others, deactivatable, memberships } = await lock(tx, users, WAIT);
  // Memberships still unlocked after waiting were deleted in the meantime.
  return [...others, ...deactivatable.map((user) => withGroups(user, memberships.filter(isLocked)))];
}

/**
 * Locks and reads users without waiting.
 *
 * @returns the existing users that no other transaction has locked, nor any membership of theirs
 */
export async function lockFreeUsers(tx: Transaction, users: UsersToLock): Promise<StoredUser[]> {
  const { others, deactivatable, memberships } = await lock(tx, users, SKIP_LOCKED);
  const busy = new Set(memberships.filter((one) => !isLocked(one)).map(({ userId }) => userId));
  return [...others, ...deactivatable.filter(({ id }) => !busy.has(id)).map((user) => withGroups(user, memberships))];
}

interface Membership extends UserGroup {
  readonly userId: string;
  readonly isLocked: boolean;
}

async function lock(
  tx: Transaction,
  { ids, deactivatable }: UsersToLock,
  statements: Locks,
): Promise<Record<'others' | 'deactivatable', StoredUser[]> & { readonly memberships: Membership[] }> {
  const others = ids.filter((id) => !deactivatable.includes(id));
  const [users, leaving, memberships] = await Promise.all([
    others.length > 0 ? tx.request<StoredUser>(statements.user, [tx.directoryId, others]) : [],
    deactivatable.length > 0 ? tx.request<StoredUser>(statements.leaver, [tx.directoryId, deactivatable]) : [],
    deactivatable.length > 0 ? tx.request<Membership>(statements.memberships, [tx.directoryId, deactivatable]) : [],
  ]);
  return { others: users, deactivatable: leaving, memberships };
}

function isLocked(membership: Membership): boolean {
  return membership.isLocked;
}

function withGroups(user: StoredUser, memberships: readonly Membership[]): StoredUser {
  const groups = memberships.filter(({ userId }) => userId === user.id);
  return { ...user, groups: groups.map(({ id, displayName }) => ({ id, displayName })) };
}
