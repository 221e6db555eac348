import type { AttributeDeclaration, SchemaDeclaration } from '../../schema/attribute.js';
import { CORE_USER, USER_URN } from '../../schema/core-user.js';
import { ENTERPRISE_URN, ENTERPRISE_USER } from '../../schema/enterprise-user.js';
import { selectList, type Columns } from '../../sql/select-list.js';

/** An attribute of users that has a column of its own in `users`. */
interface ColumnDeclaration {
  /** The URN of the attribute's schema. */
  readonly urn: string;
  readonly attribute: string;
  readonly column: string;
  /** The property of the entity that holds the column. */
  readonly property: string;
  /** A `uuid` refers to another user, and the attribute is complex: the id is its `value`. */
  readonly type: 'text' | 'boolean' | 'uuid';
  /** Ignores case: a second column, `…_key`, holds the folded form that comparisons and orders use. */
  readonly folded?: true;
  /** An index holds the value (the folded one, where there is one), so its length is limited. */
  readonly indexed?: true;
  readonly notNull?: true;
  /** No two users of a directory have the same value. */
  readonly unique?: true;
  /** GraphQL can order users by it. */
  readonly ordered?: true;
  /** In representations, it follows the attributes of its schema that have no column. */
  readonly afterTree?: true;
}

/** The attributes of users that have a column, in the order in which statements name them. The entity declares the same. */
export const ATTRIBUTE_COLUMNS = [
  {
    urn: USER_URN,
    attribute: 'userName',
    column: 'user_name',
    property: 'userName',
    type: 'text',
    folded: true,
    indexed: true,
    notNull: true,
    unique: true,
    ordered: true,
  },
  {
    urn: USER_URN,
    attribute: 'externalId',
    column: 'external_id',
    property: 'externalId',
    type: 'text',
    indexed: true,
    ordered: true,
  },
  { urn: USER_URN, attribute: 'active', column: 'active', property: 'active', type: 'boolean', notNull: true },
  {
    urn: USER_URN,
    attribute: 'displayName',
    column: 'display_name',
    property: 'displayName',
    type: 'text',
    folded: true,
    indexed: true,
    ordered: true,
  },
  {
    urn: USER_URN,
    attribute: 'title',
    column: 'title',
    property: 'title',
    type: 'text',
    folded: true,
    ordered: true,
  },
  {
    urn: ENTERPRISE_URN,
    attribute: 'department',
    column: 'department',
    property: 'department',
    type: 'text',
    folded: true,
    ordered: true,
    afterTree: true,
  },
  {
    urn: ENTERPRISE_URN,
    attribute: 'employeeNumber',
    column: 'employee_number',
    property: 'employeeNumber',
    type: 'text',
    folded: true,
    indexed: true,
  },
  {
    urn: ENTERPRISE_URN,
    attribute: 'manager',
    column: 'manager_id',
    property: 'managerId',
    type: 'uuid',
    afterTree: true,
  },
] as const satisfies readonly ColumnDeclaration[];

export type AttributeColumn = (typeof ATTRIBUTE_COLUMNS)[number];

/** The properties that hold folded forms. */
export type FoldedProperty = `${Extract<AttributeColumn, { folded: true }>['property']}Key`;

/** The expression over `users u` that comparisons and orders use. */
export function comparedColumn({ column, folded }: ColumnDeclaration): string {
  return folded ? `u.${column}_key` : `u.${column}`;
}

/** The expressions that read the attributes in the tree. Lists are never null. */
function treeColumns({ attributes }: SchemaDeclaration, tree: string): Columns {
  const toColumn = ({ name, type, multiValued }: AttributeDeclaration): string => {
    if (multiValued) return `coalesce(${tree} -> '${name}', '[]')`;
    return `${tree} ${type === 'complex' ? '->' : '->>'} '${name}'`;
  };
  const kept = attributes.filter(({ name }) => !RELATIONS.has(name));
  return Object.fromEntries(kept.map((declaration) => [declaration.name, toColumn(declaration)]));
}

/** Attributes that are read from other rows. */
const RELATIONS = new Set(['groups', 'manager']);

/** The columns of `users u` by property: those of attributes, the tree of all other attributes, and the versions. */
const ROW: Columns = {
  id: 'u.id',
  ...Object.fromEntries(ATTRIBUTE_COLUMNS.map(({ property, column }) => [property, `u.${column}`])),
  attributes: 'u.attributes',
  version: 'u.version',
  createdAt: 'u.created_at',
  updatedAt: 'u.updated_at',
};

/** The expression for each attribute of a user, from `users u`, those of the enterprise extension and the row included. */
export const USER_COLUMNS: Columns = {
  ...treeColumns(CORE_USER, 'u.attributes'),
  ...treeColumns(ENTERPRISE_USER, `u.attributes -> '${ENTERPRISE_URN}'`),
  ...ROW,
};

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

/** The columns of a `StoredUser`, from `users u`, without reading any membership. */
export const USER_WITHOUT_GROUPS = `${selectList(USER_COLUMNS, new Set(Object.keys(ROW)))}, ${MANAGER}`;

/** The columns of a `StoredUser`, from `users u`, with its groups. */
export const USER_WITH_GROUPS = `${USER_WITHOUT_GROUPS}, ${USER_GROUPS}`;
