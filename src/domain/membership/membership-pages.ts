import { GROUP_COLUMNS } from '../group/group-select.js';
import type { SelectedGroup } from '../group/group-queries.js';
import type { ChildTable } from '../search/keyset-pagination.js';
import { selectList, type Columns } from '../sql/select-list.js';
import type { SelectedUser } from '../user/user-queries.js';
import { USER_COLUMNS } from '../user/columns/user-columns.js';

/** A direct member of a group: a user, or a group with the `userName` null. */
export type MemberOfGroup = (SelectedUser | (SelectedGroup & { readonly userName: null })) & {
  readonly addedAt: Date;
};

/** The groups of which users are direct members, ordered by the id of the group. */
const DIRECT = {
  from: 'memberships m',
  join: 'join groups g on g.directory_id = m.directory_id and g.id = m.group_id',
  columns: { ...GROUP_COLUMNS, addedAt: 'm.added_at' },
};

/** The groups of which users are direct or transitive members. */
const TRANSITIVE = {
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
  join: `
    join groups g on g.directory_id = m.directory_id and g.id = m.group_id
    left join memberships direct
      on direct.directory_id = m.directory_id and direct.group_id = m.group_id and direct.member_id = m.user_id`,
  columns: { ...GROUP_COLUMNS, addedAt: 'direct.added_at' },
};

/** Selects the groups of users, ordered by the id of the group, with the named attributes only. */
export function selectGroupsOfUser(names: ReadonlySet<string>, { transitive }: { transitive: boolean }): ChildTable {
  const { from, join, columns } = transitive ? TRANSITIVE : DIRECT;
  return {
    from,
    join,
    directory: 'm.directory_id',
    parent: 'm.user_id',
    key: 'm.group_id',
    columns: selectList(columns, names, ['id']),
  };
}

/** The columns of a member, from the user `u` or the group `n`. Columns that only the other type has are null. */
const MEMBER_COLUMNS: Columns = {
  ...USER_COLUMNS,
  ...Object.fromEntries(
    Object.entries(GROUP_COLUMNS).map(([name, sql]) => {
      const ofGroup = sql.replace(/^g\./, 'n.');
      const ofUser = USER_COLUMNS[name];
      return [name, ofUser === undefined ? ofGroup : `coalesce(${ofUser}, ${ofGroup})`];
    }),
  ),
  id: 'm.member_id',
  addedAt: 'm.added_at',
};

/**
 * Selects the direct members of groups, ordered by id, with the named attributes only. Users and groups are rows of one
 * statement, so no second statement is needed to resolve types.
 */
export function selectMembers(names: ReadonlySet<string>): ChildTable {
  return {
    from: 'memberships m',
    directory: 'm.directory_id',
    parent: 'm.group_id',
    key: 'm.member_id',
    join: `
      left join users u on u.directory_id = m.directory_id and u.id = m.user_id
      left join groups n on n.directory_id = m.directory_id and n.id = m.nested_group_id`,
    columns: selectList(MEMBER_COLUMNS, names, ['id', 'userName']),
  };
}
