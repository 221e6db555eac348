import type { Database } from '../sql/database.js';
import type { StoredGroup } from '../group/group-row.js';
import { GROUP_SELECT_LIST } from '../group/group-select.js';
import { prepared, query } from '../sql/statement.js';
import type { MemberType } from '../event/event.js';

/** A member as represented in a group. */
export interface Member {
  readonly id: string;
  readonly type: MemberType;
  readonly displayName: string | null;
}

/** A group with its members, both from one snapshot. */
export interface GroupWithMembers {
  readonly group: StoredGroup;
  /** The members ordered by id; undefined for more than `FEW_MEMBERS`. */
  readonly members: readonly Member[] | undefined;
}

/** The largest number of members that are read together with their group. A larger batch would block other requests. */
export const FEW_MEMBERS = 1_000;

/** A member as a JSON tuple: id, whether it is a group, displayName. */
export type MemberTuple = readonly [id: string, isGroup: boolean, displayName: string | null];

/** Converts a JSON tuple to a member. */
export function toMember([id, isGroup, displayName]: MemberTuple): Member {
  return { id, type: isGroup ? 'Group' : 'User', displayName };
}

/**
 * Aggregates the members in `m` to one JSON value: the driver takes several times as long to parse as many rows. Names
 * are looked up one by one, because the planner cannot estimate the size of the group for a join.
 */
export const MEMBER_TUPLES = `
  json_agg(json_build_array(m.member_id, m.user_id is null, case
    when m.user_id is null
    then (select n.display_name from groups n where n.directory_id = $1 and n.id = m.nested_group_id)
    else (select u.display_name from users u where u.directory_id = $1 and u.id = m.user_id)
  end) order by m.member_id)`;

/** Reads groups with their members, for groups of at most `$3` members. */
export const GROUPS_WITH_MEMBERS = prepared(`
  select ${GROUP_SELECT_LIST}, case when g.member_count <= $3 then (
    select coalesce(${MEMBER_TUPLES}, '[]') from memberships m where m.directory_id = $1 and m.group_id = g.id
  ) end as members
  from groups g where g.directory_id = $1 and g.id = any($2::uuid[])`);

/** A row of `GROUPS_WITH_MEMBERS`. */
export type GroupWithTuples = StoredGroup & { readonly members: readonly MemberTuple[] | null };

/** Reads groups by id in one statement, each with its members if it has few. The order is undefined. */
export async function findGroupsWithMembers(
  db: Database,
  directoryId: string,
  ids: readonly string[],
): Promise<GroupWithMembers[]> {
  if (ids.length === 0) return [];
  const rows = await query<GroupWithTuples>(db, GROUPS_WITH_MEMBERS, [directoryId, ids, FEW_MEMBERS]);
  return rows.map(({ members, ...group }) => ({ group, members: members?.map(toMember) }));
}
