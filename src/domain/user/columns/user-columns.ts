import type { AttributeDeclaration, SchemaDeclaration } from '../../schema/attribute.js';
import { CORE_USER, USER_URN } from '../../schema/core-user.js';
import { ENTERPRISE_URN, ENTERPRISE_USER } from '../../schema/enterprise-user.js';
import { selectList, type Columns } from '../../sql/select-list.js';

/** An attribute of users that has a separate column in `users`. */
interface ColumnDeclaration {
  /** The URN of the attribute's schema. */
  readonly urn: string;
  readonly attribute: string;
  readonly column: string;
  /** The property of the entity that holds the column. */
  readonly property: string;
  /** A `uuid` is the id of another user: the `value` of the complex attribute. */
  readonly type: 'text' | 'boolean' | 'uuid';
  /**
   * True for a case-insensitive attribute, whose folded form for comparisons and orders is in a second column, `…_key`.
   */
  readonly folded?: true;
  /** True if an index contains the value (or its folded form), so that its length is limited. */
  readonly indexed?: true;
  readonly notNull?: true;
  /** True if no two users of a directory have the same value. */
  readonly unique?: true;
  /** True if GraphQL can order users by it. */
  readonly ordered?: true;
  /** True if representations list it after the attributes of its schema that have no column. */
  readonly afterTree?: true;
}

/** The attributes of users that have a column, in the order of the columns in statements. Matches `UserEntity`. */
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

/** The names of properties with folded forms. */
export type FoldedProperty = `${Extract<AttributeColumn, { folded: true }>['property']}Key`;

/** Returns the expression on `users u` that comparisons and orders use. */
export function comparedColumn({ column, folded }: ColumnDeclaration): string {
  return folded ? `u.${column}_key` : `u.${column}`;
}

/** Returns the expressions that read the attributes of a schema from a `jsonb` tree. Lists are never null. */
function treeColumns({ attributes }: SchemaDeclaration, tree: string): Columns {
  const toColumn = ({ name, type, multiValued }: AttributeDeclaration): string => {
    if (multiValued) return `coalesce(${tree} -> '${name}', '[]')`;
    return `${tree} ${type === 'complex' ? '->' : '->>'} '${name}'`;
  };
  const kept = attributes.filter(({ name }) => !RELATIONS.has(name));
  return Object.fromEntries(kept.map((declaration) => [declaration.name, toColumn(declaration)]));
}

/** The attributes that are read from other rows. */
const RELATIONS = new Set(['groups', 'manager']);

/**
 * The columns of `users u` by property: attributes with a column, the tree of all other attributes, version and times.
 */
const ROW: Columns = {
  id: 'u.id',
  ...Object.fromEntries(ATTRIBUTE_COLUMNS.map(({ property, column }) => [property, `u.${column}`])),
  attributes: 'u.attributes',
  version: 'u.version',
  createdAt: 'u.created_at',
  updatedAt: 'u.updated_at',
};

/**
 * The expression for each attribute of a user, from `users u`, including those of the enterprise extension and of
 * `ROW`.
 */
export const USER_COLUMNS: Columns = {
  ...treeColumns(CORE_USER, 'u.attributes'),
  ...treeColumns(ENTERPRISE_USER, `u.attributes -> '${ENTERPRISE_URN}'`),
  ...ROW,
};

const MANAGER = `
  (select manager.display_name from users manager
   where manager.directory_id = u.directory_id and manager.id = u.manager_id) as "managerDisplayName"`;

/** The column `groups` of a `StoredUser`, which is read from the memberships. */
export const USER_GROUPS = `
  array(
    select jsonb_build_object('id', g.id, 'displayName', g.display_name)
    from memberships m join groups g on g.directory_id = m.directory_id and g.id = m.group_id
    where m.directory_id = u.directory_id and m.user_id = u.id order by g.display_name_key
  ) as groups`;

/** The columns of a `StoredUser`, from `users u`, without its groups, so that no membership is read. */
export const USER_WITHOUT_GROUPS = `${selectList(USER_COLUMNS, new Set(Object.keys(ROW)))}, ${MANAGER}`;

/** The columns of a `StoredUser`, from `users u`, with its groups. */
export const USER_WITH_GROUPS = `${USER_WITHOUT_GROUPS}, ${USER_GROUPS}`;
