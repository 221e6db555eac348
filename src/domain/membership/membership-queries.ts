import type { EntityManager } from '@mikro-orm/postgresql';
import { prepared, query } from '../statement.js';
import type { MemberType } from './membership.js';

/** A member as a group's representation shows it. */
export interface Member {
  readonly groupId: string;
  readonly id: string;
  readonly type: MemberType;
  readonly displayName: string | null;
}

const MEMBERS = prepared(`
  select m.group_id as "groupId", m.member_id as id, case when m.user_id is null then 'Group' else 'User' end as type,
    coalesce(u.display_name, n.display_name) as "displayName"
  from memberships m
  left join users u on u.directory_id = m.directory_id and u.id = m.user_id
  left join groups n on n.directory_id = m.directory_id and n.id = m.nested_group_id
  where m.directory_id = $1 and m.group_id = any($2::uuid[])
  order by m.group_id, m.member_id`);

/** Reads the direct members of groups, all in one statement, by group and id. */
export async function listMembers(
  em: EntityManager,
  directoryId: string,
  groupIds: readonly string[],
): Promise<Map<string, Member[]>> {
  const members = new Map<string, Member[]>(groupIds.map((id) => [id, []]));
  if (groupIds.length === 0) return members;
  for (const member of await query<Member>(em, MEMBERS, [directoryId, groupIds])) {
    members.get(member.groupId)?.push(member);
  }
  return members;
}
