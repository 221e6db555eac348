import type { AddMembers, RemoveMembers, ReplaceMembers } from '../write/command.js';
import { DomainError } from '../kernel/errors.js';
import type { MemberEvents } from '../event/event-batch.js';
import type { GroupStates } from '../group/group-state.js';
import { isId } from '../kernel/id.js';
import type { ExpectedVersion } from '../kernel/precondition.js';
import { prepared } from '../sql/statement.js';
import type { Transaction } from '../write/transaction.js';

// A statement returns the ids of changed members in the text form that the next one takes, without parsing them here: a
// small request can change a hundred thousand members.
const CHANGED = `
  (array_agg(member_id order by member_id) filter (where user_id is not null))::text as users,
  count(user_id)::int as "userCount",
  (array_agg(member_id order by member_id) filter (where user_id is null))::text as groups,
  (count(*) - count(user_id))::int as "groupCount"`;

// Reads and writes only the delta, whatever the size of the group: it resolves the ids, skips existing members and
// inserts the new rows.
const ADD = prepared(`
  with found as (
    select candidate.id,
      (select u.id from users u where u.directory_id = $1 and u.id = candidate.id) as user_id,
      (select g.id from groups g where g.directory_id = $1 and g.id = candidate.id) as nested_group_id
    from (select distinct id from unnest($3::uuid[]) as id) candidate
  ), added as (
    insert into memberships (directory_id, group_id, member_id, user_id, nested_group_id, added_at)
    select $1, $2, id, user_id, nested_group_id, $4 from found
    where user_id is not null or nested_group_id is not null
    order by id
    on conflict do nothing
    returning member_id, user_id
  )
  select ${CHANGED},
    (select id from found where user_id is null and nested_group_id is null order by id limit 1) as unknown
  from added`);

const REMOVE = prepared(`
  with removed as (
    delete from memberships where directory_id = $1 and group_id = $2 and member_id = any($3::uuid[])
    returning member_id, user_id
  )
  select ${CHANGED} from removed`);

// NOT IN instead of a join: the list is hashed regardless of the planner's estimate of its length.
const REMOVE_OTHERS = prepared(`
  with removed as (
    delete from memberships where directory_id = $1 and group_id = $2 and member_id not in (select unnest($3::uuid[]))
    returning member_id, user_id
  )
  select ${CHANGED} from removed`);

const LOCK_NESTING = prepared('select id from directories where id = $1 for no key update');

// Searches upwards through the index on nested groups; downwards it would read all members of large groups. UNION
// instead of UNION ALL visits each group once and terminates even if a cycle exists.
const FIND_CYCLE = prepared(`
  with recursive above (id) as (
    select $2::uuid
    union
    select m.group_id from memberships m join above on m.nested_group_id = above.id
    where m.directory_id = $1 and m.nested_group_id is not null
  )
  select id from above where id = any($3::uuid[]) limit 1`);

/** The members that were added or removed. The ids of each type are a PostgreSQL array, or null if empty. */
interface ChangedMembers {
  readonly users: string | null;
  readonly userCount: number;
  readonly groups: string | null;
  readonly groupCount: number;
}

interface AddedMembers extends ChangedMembers {
  /** An id that is neither a user nor a group. */
  readonly unknown: string | null;
}

/**
 * Changes the members of a group, with one event for each member that was actually added or removed.
 *
 * @throws DomainError NOT_FOUND (the group), VERSION_CONFLICT, INVALID_REFERENCE (an id that is neither user nor
 *   group), MEMBERSHIP_CYCLE
 */
export async function executeMembers(
  tx: Transaction,
  groups: GroupStates,
  command: AddMembers | RemoveMembers | ReplaceMembers,
  expectedVersion: ExpectedVersion | undefined,
): Promise<void> {
  // Events contain the id as stored, not in the case in which it was sent.
  const { id, memberCount } = await groups.lock(command.groupId, expectedVersion);
  switch (command.type) {
    case 'AddMembers':
      return addMembers(tx, groups, id, command.memberIds);
    case 'RemoveMembers':
      return removeMembers(tx, groups, id, REMOVE, command.memberIds);
    case 'ReplaceMembers':
      tx.expectRows(memberCount);
      await removeMembers(tx, groups, id, REMOVE_OTHERS, command.memberIds);
      return addMembers(tx, groups, id, command.memberIds);
  }
}

/** Adds members to a group that this transaction has locked or just created. Throws as `executeMembers` does. */
export async function addMembers(
  tx: Transaction,
  groups: GroupStates,
  groupId: string,
  memberIds: readonly string[],
): Promise<void> {
  if (memberIds.length === 0) return;
  const malformed = memberIds.find((id) => !isId(id));
  if (malformed !== undefined) throw unknownMember(malformed);
  tx.expectRows(memberIds.length);
  const [added] = await tx.rows<AddedMembers>(ADD, [tx.directoryId, groupId, toArray(memberIds), tx.now]);
  if (added?.unknown) throw unknownMember(added.unknown);
  if (added?.groups) await refuseCycle(tx, groupId, added.groups);
  record(tx, groups, 'MEMBERSHIP_ADDED', groupId, added);
}

async function removeMembers(
  tx: Transaction,
  groups: GroupStates,
  groupId: string,
  statement: typeof REMOVE,
  memberIds: readonly string[],
): Promise<void> {
  const ids = memberIds.filter(isId);
  if (statement === REMOVE && ids.length === 0) return;
  tx.expectRows(ids.length);
  const [removed] = await tx.rows<ChangedMembers>(statement, [tx.directoryId, groupId, toArray(ids)]);
  record(tx, groups, 'MEMBERSHIP_REMOVED', groupId, removed);
}

/** Updates the member count of a group and records an event for each changed member. */
function record(
  tx: Transaction,
  states: GroupStates,
  type: MemberEvents['type'],
  groupId: string,
  changed: ChangedMembers | undefined,
): void {
  if (!changed) return;
  const { users, userCount, groups, groupCount } = changed;
  if (users) tx.recordOfMembers({ type, groupId, memberType: 'User', memberIds: users, count: userCount });
  if (groups) tx.recordOfMembers({ type, groupId, memberType: 'Group', memberIds: groups, count: groupCount });
  const count = userCount + groupCount;
  if (count > 0) states.count(groupId, type === 'MEMBERSHIP_ADDED' ? count : -count);
}

/** Formats ids as a PostgreSQL array literal. The driver would check each id for quotes, which ids cannot contain. */
function toArray(ids: readonly string[]): string {
  return `{${ids.join(',')}}`;
}

/**
 * Checks that no membership cycle exists. Two concurrent nestings could close a cycle that neither sees, so nesting
 * locks the directory's row before the check: the second transaction waits for the first to commit, and then sees its
 * rows. The lock does not block writers of users, whose foreign keys only require the directory's key to remain.
 */
async function refuseCycle(tx: Transaction, groupId: string, nested: string): Promise<void> {
  tx.send(LOCK_NESTING, [tx.directoryId]);
  const cycle = await tx.rows(FIND_CYCLE, [tx.directoryId, groupId, nested]);
  if (cycle.length > 0)
    throw new DomainError(
      'MEMBERSHIP_CYCLE',
      'A group must not contain itself, directly or through other groups',
      'members',
    );
}

function unknownMember(id: string): DomainError {
  return new DomainError('INVALID_REFERENCE', `No user or group has the id ${JSON.stringify(id)}`, 'members');
}
