import type { AttributeDeclaration, SchemaDeclaration } from '../schema/attribute.js';
import { CORE_USER } from '../schema/core-user.js';
import { ENTERPRISE_URN, ENTERPRISE_USER } from '../schema/enterprise-user.js';
import { selectList, type Columns } from '../sql/select-list.js';

/** Where the attributes of a user lie that are kept in the tree. Lists are never null. */
function treeColumns({ attributes }: SchemaDeclaration, tree: string): Columns {
  const toColumn = ({ name, type, multiValued }: AttributeDeclaration): string => {
    if (multiValued) return `coalesce(${tree} -> '${name}', '[]')`;
    return `${tree} ${type === 'complex' ? '->' : '->>'} '${name}'`;
  };
  const kept = attributes.filter(({ name }) => !RELATIONS.has(name));
  return Object.fromEntries(kept.map((declaration) => [declaration.name, toColumn(declaration)]));
}

/** Relations, which are read from other rows. */
const RELATIONS = new Set(['groups', 'manager']);

/** Where each attribute of a user lies, from `users u`: those of the enterprise extension too, and the tree as a whole. */
export const USER_COLUMNS: Columns = {
  ...treeColumns(CORE_USER, 'u.attributes'),
  ...treeColumns(ENTERPRISE_USER, `u.attributes -> '${ENTERPRISE_URN}'`),
  id: 'u.id',
  userName: 'u.user_name',
  externalId: 'u.external_id',
  active: 'u.active',
  displayName: 'u.display_name',
  title: 'u.title',
  department: 'u.department',
  employeeNumber: 'u.employee_number',
  managerId: 'u.manager_id',
  attributes: 'u.attributes',
  version: 'u.version',
  createdAt: 'u.created_at',
  updatedAt: 'u.updated_at',
};

/** What of a user has a column, the tree included. */
const STORED = [
  'id',
  'userName',
  'externalId',
  'active',
  'displayName',
  'title',
  'department',
  'employeeNumber',
  'managerId',
  'attributes',
  'version',
  'createdAt',
  'updatedAt',
];

const COLUMNS = selectList(USER_COLUMNS, new Set(STORED));

const MANAGER = `
  (select manager.display_name from users manager
   where manager.directory_id = u.directory_id and manager.id = u.manager_id) as "managerDisplayName"`;

/** The groups of a user, a column of `StoredUser` that reads its memberships. */
export const USER_GROUPS = `
  array(
    select jsonb_build_object('id', g.id, 'displayName', g.display_name)
    from memberships m join groups g on g.directory_id = m.directory_id and g.id = m.group_id
    where m.directory_id = u.directory_id and m.user_id = u.id order by g.display_name_key
  ) as groups`;

/** The columns of a `StoredUser`, from `users u`, with its groups. */
export const USER_WITH_GROUPS = `${COLUMNS}, ${MANAGER}, ${USER_GROUPS}`;

/** The columns of a `StoredUser`, from `users u`, without reading any membership. */
export const USER_WITHOUT_GROUPS = `${COLUMNS}, ${MANAGER}`;
