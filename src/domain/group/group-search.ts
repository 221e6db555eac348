import { jsonTarget, literal, type ColumnTarget, type ElementSource, type SearchTable } from '../expression-sql.js';
import { isId } from '../id.js';
import { GROUP_URN } from '../schema/core-group.js';

const COLUMNS: Readonly<Record<string, ColumnTarget>> = {
  [`${GROUP_URN}:id`]: { kind: 'uuid', sql: 'g.id', notNull: true },
  [`${GROUP_URN}:displayName`]: { kind: 'text', sql: 'g.display_name_key', notNull: true, short: true },
  [`${GROUP_URN}:externalId`]: { kind: 'text', sql: 'g.external_id', short: true },
  [`${GROUP_URN}:meta.created`]: { kind: 'timestamp', sql: 'g.created_at', notNull: true },
  [`${GROUP_URN}:meta.lastModified`]: { kind: 'timestamp', sql: 'g.updated_at', notNull: true },
  [`${GROUP_URN}:meta.resourceType`]: { kind: 'text', sql: `'Group'::text` },
  [`${GROUP_URN}:meta.version`]: { kind: 'text', sql: `('W/"' || g.version || '"')` },
};

const MEMBER_COLUMNS: Readonly<Record<string, ColumnTarget>> = {
  value: { kind: 'uuid', sql: 'm.member_id' },
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
    if (subAttribute && subAttribute.name !== 'value') return undefined;
    if (!isId(value) || value !== value.toLowerCase()) return 'false';
    const member = `${parameters.add(value)}::uuid`;
    return `g.id in (
      select m.group_id from memberships m where m.directory_id = ${parameters.directory} and m.user_id = ${member}
      union all
      select m.group_id from memberships m where m.directory_id = ${parameters.directory} and m.nested_group_id = ${member})`;
  },
};
