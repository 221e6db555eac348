import { jsonTarget } from '../search/json-target.js';
import {
  literal,
  type ColumnTarget,
  type ElementSource,
  type Parameters,
  type SearchTable,
} from '../search/search-table.js';
import { isId } from '../kernel/id.js';
import { cutUri, uriTarget } from '../search/resource-uri.js';
import { GROUP_URN } from '../schema/core-group.js';
import { GROUP_SCHEMA, USER_SCHEMA } from '../schema/resource-schema.js';

const COLUMNS: Readonly<Record<string, ColumnTarget>> = {
  [`${GROUP_URN}:id`]: { kind: 'uuid', sql: 'g.id', notNull: true, unique: true },
  [`${GROUP_URN}:displayName`]: { kind: 'text', sql: 'g.display_name_key', notNull: true, short: true, unique: true },
  [`${GROUP_URN}:externalId`]: { kind: 'text', sql: 'g.external_id', short: true },
  [`${GROUP_URN}:meta.created`]: { kind: 'timestamp', sql: 'g.created_at', notNull: true },
  [`${GROUP_URN}:meta.lastModified`]: { kind: 'timestamp', sql: 'g.updated_at', notNull: true },
  [`${GROUP_URN}:meta.resourceType`]: { kind: 'text', sql: `'Group'::text` },
  [`${GROUP_URN}:meta.location`]: { ...uriTarget({ [GROUP_SCHEMA.endpoint]: 'g.id' }), notNull: true },
  [`${GROUP_URN}:meta.version`]: { kind: 'text', sql: `('W/"' || g.version || '"')` },
};

const MEMBER_COLUMNS: Readonly<Record<string, ColumnTarget>> = {
  value: { kind: 'uuid', sql: 'm.member_id' },
  $ref: uriTarget({ [USER_SCHEMA.endpoint]: 'm.user_id', [GROUP_SCHEMA.endpoint]: 'm.nested_group_id' }),
  type: { kind: 'text', sql: `case when m.user_id is null then 'group' else 'user' end` },
  display: {
    kind: 'text',
    sql: `coalesce(
      (select u.display_name_key from users u where u.directory_id = m.directory_id and u.id = m.user_id),
      (select n.display_name_key from groups n where n.directory_id = m.directory_id and n.id = m.nested_group_id))`,
  },
};

const MEMBERS: ElementSource = {
  from: 'memberships m',
  condition: 'm.directory_id = g.directory_id and m.group_id = g.id',
  column: ({ subAttribute }) => MEMBER_COLUMNS[subAttribute?.name ?? 'value'] ?? { kind: 'text', sql: 'null::text' },
};

/** How searches find the attributes of `groups g`. */
export const GROUP_SEARCH: SearchTable = {
  target(path) {
    const { urn, attribute, subAttribute } = path;
    if (urn === GROUP_URN && attribute.name === 'members') return MEMBERS;
    const column = COLUMNS[`${urn}:${attribute.name}${subAttribute ? `.${subAttribute.name}` : ''}`];
    if (column) return column;
    return jsonTarget(urn === GROUP_URN ? 'g.attribute_keys' : `g.attribute_keys -> ${literal(urn)}`, path);
  },

  // By the reverse indexes: the groups of one member, not the members of every group.
  valueIndex({ urn, attribute, subAttribute }, value, parameters) {
    if (urn !== GROUP_URN || attribute.name !== 'members') return undefined;
    switch (subAttribute?.name) {
      case undefined:
      case 'value':
        return groupsWith(['user_id', 'nested_group_id'], value, parameters);
      case '$ref': {
        const { endpoint, id } = cutUri(value);
        if (endpoint === USER_SCHEMA.endpoint) return groupsWith(['user_id'], id, parameters);
        return endpoint === GROUP_SCHEMA.endpoint ? groupsWith(['nested_group_id'], id, parameters) : 'false';
      }
      default:
        return undefined;
    }
  },
};

/** The groups with a member whose id stands in one of the columns. */
function groupsWith(columns: readonly string[], id: string, parameters: Parameters): string {
  if (!isId(id) || id !== id.toLowerCase()) return 'false';
  const member = `${parameters.add(id)}::uuid`;
  const selects = columns.map(
    (column) =>
      `select m.group_id from memberships m where m.directory_id = ${parameters.directory} and m.${column} = ${member}`,
  );
  return `g.id in (${selects.join(' union all ')})`;
}
