import { GROUP_COLUMNS } from '../group/group-select.js';
import type { StoredGroup } from '../group/group-row.js';
import type { ChildTable } from '../page.js';
import type { StoredUser } from '../user/user-row.js';

interface Membership {
  readonly addedAt: Date;
}

/** A group that a user is in: `addedAt` is null where it is only through another group. */
export type GroupOfUser = StoredGroup & { readonly addedAt: Date | null };

/** A direct member of a group: a user or a group, told apart by `userName`. */
export type MemberOfGroup = (
  (StoredUser & { readonly userName: string }) | (StoredGroup & { readonly userName: null })
) &
  Membership;

/** The groups that users are directly in, ordered by the id of the group. */
export const GROUPS_OF_USER: ChildTable = {
  from: 'memberships m',
  directory: 'm.directory_id',
  parent: 'm.user_id',
  key: 'm.group_id',
  join: 'join groups g on g.directory_id = m.directory_id and g.id = m.group_id',
  columns: `${GROUP_COLUMNS}, m.added_at as "addedAt"`,
};

/** The groups that users are in, directly or through groups that are members of groups, ordered by the id of the group. */
export const ALL_GROUPS_OF_USER: ChildTable = {
  from: `(
    with recursive reached (group_id) as (
      select group_id from memberships where directory_id = $1::uuid and user_id = parent.id
      union
      select outer_group.group_id from reached
      join memberships outer_group
        on outer_group.directory_id = $1::uuid and outer_group.nested_group_id = reached.group_id
    )
    select $1::uuid as directory_id, parent.id as user_id, group_id from reached
  ) m`,
  directory: 'm.directory_id',
  parent: 'm.user_id',
  key: 'm.group_id',
  join: `
    join groups g on g.directory_id = m.directory_id and g.id = m.group_id
    left join memberships direct
      on direct.directory_id = m.directory_id and direct.group_id = m.group_id and direct.member_id = m.user_id`,
  columns: `${GROUP_COLUMNS}, direct.added_at as "addedAt"`,
};

/** The direct members of groups, ordered by id: rows of both kinds in one statement, so that none is needed for types. */
export const MEMBERS_OF_GROUP: ChildTable = {
  from: 'memberships m',
  directory: 'm.directory_id',
  parent: 'm.group_id',
  key: 'm.member_id',
  join: `
    left join users u on u.directory_id = m.directory_id and u.id = m.user_id
    left join groups n on n.directory_id = m.directory_id and n.id = m.nested_group_id`,
  columns: `
    m.member_id as id, m.added_at as "addedAt", u.user_name as "userName", u.active, u.title, u.department,
    u.employee_number as "employeeNumber", u.manager_id as "managerId", n.member_count as "memberCount",
    coalesce(u.external_id, n.external_id) as "externalId", coalesce(u.display_name, n.display_name) as "displayName",
    coalesce(u.attributes, n.attributes) as attributes, coalesce(u.version, n.version) as version,
    coalesce(u.created_at, n.created_at) as "createdAt", coalesce(u.updated_at, n.updated_at) as "updatedAt"`,
};
