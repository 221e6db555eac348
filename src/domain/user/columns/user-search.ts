import { jsonTarget } from '../../search/json-target.js';
import {
  literal,
  type ColumnTarget,
  type ElementSource,
  type Parameters,
  type SearchTable,
} from '../../search/search-table.js';
import { uriTarget } from '../../search/resource-uri.js';
import type { AttributePath } from '../../schema/attribute.js';
import { USER_URN } from '../../schema/core-user.js';
import { ENTERPRISE_URN } from '../../schema/enterprise-user.js';
import { GROUP_SCHEMA, USER_SCHEMA } from '../../schema/resource-schema.js';
import { ATTRIBUTE_COLUMNS, comparedColumn, type AttributeColumn } from './user-columns.js';

/** How searches find an attribute that has a column. */
function toTarget(column: AttributeColumn): ColumnTarget {
  return {
    kind: column.type,
    sql: comparedColumn(column),
    ...('notNull' in column && { notNull: true }),
    ...('indexed' in column && { short: true }),
    ...('unique' in column && { unique: true }),
  };
}

const COLUMNS: Readonly<Record<string, ColumnTarget>> = {
  ...Object.fromEntries(ATTRIBUTE_COLUMNS.map((column) => [`${column.urn}:${column.attribute}`, toTarget(column)])),
  [`${USER_URN}:id`]: { kind: 'uuid', sql: 'u.id', notNull: true, unique: true },
  [`${USER_URN}:meta.created`]: { kind: 'timestamp', sql: 'u.created_at', notNull: true },
  [`${USER_URN}:meta.lastModified`]: { kind: 'timestamp', sql: 'u.updated_at', notNull: true },
  [`${USER_URN}:meta.resourceType`]: { kind: 'text', sql: `'User'::text` },
  [`${USER_URN}:meta.location`]: { ...uriTarget({ [USER_SCHEMA.endpoint]: 'u.id' }), notNull: true },
  [`${USER_URN}:meta.version`]: { kind: 'text', sql: `('W/"' || u.version || '"')` },
  [`${ENTERPRISE_URN}:manager.value`]: { kind: 'uuid', sql: 'u.manager_id' },
  [`${ENTERPRISE_URN}:manager.$ref`]: uriTarget({ [USER_SCHEMA.endpoint]: 'u.manager_id' }),
  [`${ENTERPRISE_URN}:manager.displayName`]: {
    kind: 'text',
    sql: `(select manager.display_name_key from users manager
      where manager.directory_id = u.directory_id and manager.id = u.manager_id)`,
  },
};

const GROUP_COLUMNS: Readonly<Record<string, ColumnTarget>> = {
  value: { kind: 'uuid', sql: 'm.group_id' },
  $ref: uriTarget({ [GROUP_SCHEMA.endpoint]: 'm.group_id' }),
  type: { kind: 'text', sql: `'direct'::text` },
  display: {
    kind: 'text',
    sql: `(select g.display_name_key from groups g where g.directory_id = m.directory_id and g.id = m.group_id)`,
  },
};

const GROUPS: ElementSource = {
  from: 'memberships m',
  condition: 'm.directory_id = u.directory_id and m.user_id = u.id',
  column: ({ subAttribute }) => GROUP_COLUMNS[subAttribute?.name ?? 'value'] ?? { kind: 'text', sql: 'null::text' },
};

/** How searches find the attributes of `users u`. */
export const USER_SEARCH: SearchTable = {
  target(path) {
    const { urn, attribute, subAttribute } = path;
    if (urn === USER_URN && attribute.name === 'groups') return GROUPS;
    const column = COLUMNS[`${urn}:${attribute.name}${subAttribute ? `.${subAttribute.name}` : ''}`];
    if (column) return column;
    return jsonTarget(urn === USER_URN ? 'u.attribute_keys' : `u.attribute_keys -> ${literal(urn)}`, path);
  },

  // As an array: the planner expects few ids in it and looks them up, whatever else the search asks for.
  valueIndex(path: AttributePath, value: string, parameters: Parameters) {
    if (!isEmailAddress(path)) return undefined;
    const test = `e.email_key = ${parameters.add(value)}::text collate "C"`;
    return `u.id = any(array(${usersWithEmail(test, parameters)}))`;
  },

  // As a set: half of all users may have a matching address.
  valueTable(path, parameters) {
    if (!isEmailAddress(path)) return undefined;
    return { column: 'e.email_key', holding: (test) => `u.id in (${usersWithEmail(test, parameters)})` };
  },
};

function isEmailAddress({ urn, attribute, subAttribute }: AttributePath): boolean {
  return urn === USER_URN && attribute.name === 'emails' && (subAttribute?.name ?? 'value') === 'value';
}

function usersWithEmail(test: string, { directory }: Parameters): string {
  return `select e.user_id from user_emails e where e.directory_id = ${directory} and ${test}`;
}
