const COLUMNS = `
  u.id, u.user_name as "userName", u.external_id as "externalId", u.active, u.display_name as "displayName", u.title,
  u.department, u.employee_number as "employeeNumber", u.manager_id as "managerId", u.attributes, u.version,
  u.created_at as "createdAt", u.updated_at as "updatedAt"`;

const MANAGER = `
  (select manager.display_name from users manager
   where manager.directory_id = u.directory_id and manager.id = u.manager_id) as "managerDisplayName"`;

const GROUPS = `
  coalesce((
    select jsonb_agg(jsonb_build_object('id', g.id, 'displayName', g.display_name) order by g.display_name_key)
    from memberships m join groups g on g.directory_id = m.directory_id and g.id = m.group_id
    where m.directory_id = u.directory_id and m.user_id = u.id
  ), '[]'::jsonb) as groups`;

/** The columns of a `StoredUser`, from `users u`, with its groups. */
export const USER_WITH_GROUPS = `${COLUMNS}, ${MANAGER}, ${GROUPS}`;

/** The columns of a `StoredUser`, from `users u`, without reading any membership. */
export const USER_WITHOUT_GROUPS = `${COLUMNS}, ${MANAGER}`;

/** The columns of a `StoredUser` that lie in the row itself; GraphQL loads manager and groups by loaders. */
export const USER_ROW = `${COLUMNS}, null as "managerDisplayName"`;
