import { GROUP_COLUMNS } from '../group/group-select.js';
import type { StoredGroup } from '../group/group-row.js';
import type { ChildTable } from '../page.js';
import type { StoredUser } from '../user/user-row.js';

interface Membership {
  readonly addedAt: Date;
}

/** A group that a user is directly in. */
export type GroupOfUser = StoredGroup & Membership;

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
