import { jsonTarget } from '../search/json-target.js';
import { literal, type ColumnTarget, type SearchTable } from '../search/search-table.js';
import { uriTarget } from '../search/resource-uri.js';
import type { ResourceSchema } from '../schema/resource-schema.js';

const COLUMNS: Readonly<Record<string, ColumnTarget>> = {
  id: { kind: 'uuid', sql: 'r.id' },
  externalId: { kind: 'text', sql: 'r.external_id' },
  'meta.created': { kind: 'timestamp', sql: 'r.created_at' },
  'meta.lastModified': { kind: 'timestamp', sql: 'r.updated_at' },
  'meta.version': { kind: 'text', sql: `('W/"' || r.version || '"')` },
};

/** How searches find the attributes of `resources r`, of one type. */
export function customResourceSearch({ name, core, endpoint }: ResourceSchema): SearchTable {
  const columns: Readonly<Record<string, ColumnTarget>> = {
    ...COLUMNS,
    'meta.resourceType': { kind: 'text', sql: `${literal(name)}::text` },
    'meta.location': { ...uriTarget({ [endpoint]: 'r.id' }), notNull: true },
  };
  return {
    target(path) {
      const { urn, attribute, subAttribute } = path;
      if (urn !== core.urn) return jsonTarget(`r.attribute_keys -> ${literal(urn)}`, path);
      const key = subAttribute ? `${attribute.name}.${subAttribute.name}` : attribute.name;
      const column = Object.hasOwn(columns, key) ? columns[key] : undefined;
      return column ?? jsonTarget('r.attribute_keys', path);
    },
  };
}
