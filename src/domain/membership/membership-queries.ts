import type { Database } from '../sql/database.js';
import type { StoredGroup } from '../group/group-row.js';
import { GROUP_SELECT_LIST } from '../group/group-select.js';
import { prepared, query } from '../sql/statement.js';
import type { MemberType } from '../event/event.js';

/** A member as a group's representation shows it. */
export interface Member {
  readonly id: string;
  readonly type: MemberType;
  readonly displayName: string | null;
}

/** A group and its members, as of one moment. */
export interface GroupWithMembers {
  readonly group: StoredGroup;
  /** By id; undefined where there are more than `FEW_MEMBERS`. */
  readonly members: readonly Member[] | undefined;
}

/** Up to so many members are read together with their group. To take more at once would keep everybody else waiting. */
export const FEW_MEMBERS = 1_000;

/** As JSON has it: id, whether it is a group, displayName. */
export type MemberTuple = readonly [id: string, isGroup: boolean, displayName: string | null];

export function toMember([id, isGroup, displayName]: MemberTuple): Member {
  return { id, type: isGroup ? 'Group' : 'User', displayName };
}

/**
 * The members in `m` as one value of tuples: the driver takes several times as long for as many rows. Names are looked up
 * one by one, for a join would be planned for a group of unknown size.
 */
export const MEMBER_TUPLES = `
  json_agg(json_build_array(m.member_id, m.user_id is null, case
    when m.user_id is null
    then (select n.display_name from groups n where n.directory_id = $1 and n.id = m.nested_group_id)
    else (select u.display_name from users u where u.directory_id = $1 and u.id = m.user_id)
  end) order by m.member_id)`;

/** `$3`: the largest group whose members are read. */
export const GROUPS_WITH_MEMBERS = prepared(`
  select ${GROUP_SELECT_LIST}, case when g.member_count <= $3 then (
    select coalesce(${MEMBER_TUPLES}, '[]') from memberships m where m.directory_id = $1 and m.group_id = g.id
  ) end as members
  from groups g where g.directory_id = $1 and g.id = any($2::uuid[])`);

/** A row of `GROUPS_WITH_MEMBERS`. */
export type GroupWithTuples = StoredGroup & { readonly members: readonly MemberTuple[] | null };

/** Reads groups by id, each with its members where it has few, in one statement and in no particular order. */
export async function findGroupsWithMembers(
  db: Database,
  directoryId: string,
  ids: readonly string[],
): Promise<GroupWithMembers[]> {
  if (ids.length === 0) return [];
  const rows = await query<GroupWithTuples>(db, GROUPS_WITH_MEMBERS, [directoryId, ids, FEW_MEMBERS]);
  return rows.map(({ members, ...group }) => ({ group, members: members?.map(toMember) }));
}
