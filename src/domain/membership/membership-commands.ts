import type { AddMembers, RemoveMembers, ReplaceMembers } from '../command.js';
import { DomainError } from '../errors.js';
import type { GroupStates } from '../group/group-state.js';
import { isId } from '../id.js';
import type { ExpectedVersion } from '../precondition.js';
import { prepared } from '../statement.js';
import type { Transaction } from '../transaction.js';
import type { MemberType } from './membership.js';

// The delta and nothing else: who the ids are, who is a member already, and the new rows, whatever the group's size.
const ADD = prepared(`
  with candidate as (
    select distinct id from unnest($3::uuid[]) as id
  ), found as (
    select candidate.id, u.id as user_id, g.id as nested_group_id
    from candidate
    left join users u on u.directory_id = $1 and u.id = candidate.id
    left join groups g on g.directory_id = $1 and g.id = candidate.id
  ), added as (
    insert into memberships (directory_id, group_id, member_id, user_id, nested_group_id, added_at)
    select $1, $2, id, user_id, nested_group_id, $4 from found
    where user_id is not null or nested_group_id is not null
    order by id
    on conflict do nothing
    returning member_id
  )
  select found.id, found.user_id is not null as "isUser", found.nested_group_id is not null as "isGroup",
    added.member_id is not null as added
  from found left join added on added.member_id = found.id
  where added.member_id is not null or coalesce(found.user_id, found.nested_group_id) is null
  order by found.id`);

const REMOVE = prepared(`
  delete from memberships where directory_id = $1 and group_id = $2 and member_id = any($3::uuid[])
  returning member_id as id, user_id is not null as "isUser"`);

const REMOVE_OTHERS = prepared(`
  delete from memberships where directory_id = $1 and group_id = $2 and not (member_id = any($3::uuid[]))
  returning member_id as id, user_id is not null as "isUser"`);

const LOCK_NESTING = prepared('select id from directories where id = $1 for no key update');

// UNION, not UNION ALL: each group is visited once, so that even a cycle could not make it run for ever.
const FIND_CYCLE = prepared(`
  with recursive below (id) as (
    select unnest($3::uuid[])
    union
    select m.nested_group_id from memberships m join below on m.group_id = below.id
    where m.directory_id = $1 and m.nested_group_id is not null
  )
  select id from below where id = $2`);

interface Removed {
  readonly id: string;
  readonly isUser: boolean;
}

interface Added extends Removed {
  readonly isGroup: boolean;
  readonly added: boolean;
}

/**
 * Changes the members of a group: one event for each member really added or removed.
 *
 * @throws DomainError NOT_FOUND (the group), VERSION_CONFLICT, INVALID_REFERENCE (an id that is neither user nor group),
 *   MEMBERSHIP_CYCLE
 */
export async function executeMembers(
  tx: Transaction,
  groups: GroupStates,
  command: AddMembers | RemoveMembers | ReplaceMembers,
  expectedVersion: ExpectedVersion | undefined,
): Promise<void> {
  // Events carry the id as it is stored, not in the case in which it was sent.
  const { id } = await groups.lock(command.groupId, expectedVersion);
  switch (command.type) {
    case 'AddMembers':
      return addMembers(tx, groups, id, command.memberIds);
    case 'RemoveMembers':
      return removeMembers(tx, groups, id, REMOVE, command.memberIds);
    case 'ReplaceMembers':
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
  const rows = await tx.rows<Added>(ADD, [tx.directoryId, groupId, memberIds, tx.now]);
  const unknown = rows.find((row) => !row.added);
  if (unknown) throw unknownMember(unknown.id);
  const nested = rows.filter((row) => row.isGroup).map((row) => row.id);
  if (nested.length > 0) await refuseCycle(tx, groupId, nested);
  if (rows.length > 0) groups.count(groupId, rows.length);
  for (const row of rows) {
    tx.record({ type: 'MEMBERSHIP_ADDED', payload: { groupId, memberId: row.id, memberType: memberType(row) } });
  }
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
  const rows = await tx.rows<Removed>(statement, [tx.directoryId, groupId, ids]);
  if (rows.length > 0) groups.count(groupId, -rows.length);
  for (const row of rows) {
    tx.record({ type: 'MEMBERSHIP_REMOVED', payload: { groupId, memberId: row.id, memberType: memberType(row) } });
  }
}

/**
 * Two nestings at once could close a cycle that neither sees alone. So nesting locks the directory's row before it looks
 * (this transaction's own rows are written already, but nobody else's are hidden any more): the second one waits for
 * the first to commit and then finds the way back. The lock does not hinder writers of users, whose foreign keys only
 * need the directory's key to stay.
 */
async function refuseCycle(tx: Transaction, groupId: string, nested: readonly string[]): Promise<void> {
  tx.send(LOCK_NESTING, [tx.directoryId]);
  const cycle = await tx.rows(FIND_CYCLE, [tx.directoryId, groupId, nested]);
  if (cycle.length > 0) throw new DomainError('MEMBERSHIP_CYCLE', 'A group cannot contain itself', 'members');
}

function memberType(row: Removed): MemberType {
  return row.isUser ? 'User' : 'Group';
}

function unknownMember(id: string): DomainError {
  return new DomainError('INVALID_REFERENCE', `No user or group has the id ${JSON.stringify(id)}`, 'members');
}
