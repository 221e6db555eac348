import { equalsId } from './compile-comparison.js';
import { literal, type ColumnTarget } from './search-table.js';

/**
 * Where SQL finds the URI of a resource, relative to where the directory is served: an endpoint and the id behind it.
 * Equality asks for the id, so that its index is used.
 *
 * @param columns by endpoint, the column of the id; just one of them has a value
 */
export function uriTarget(columns: Readonly<Record<string, string>>): ColumnTarget {
  const uris = Object.entries(columns).map(([endpoint, id]) => `${literal(`${endpoint}/`)} || ${id}::text`);
  return {
    kind: 'text',
    sql: `coalesce(${uris.join(', ')})`,
    short: true,
    presence: `coalesce(${Object.values(columns).join(', ')})`,
    equals(uri, parameters) {
      const { endpoint, id } = cutUri(uri);
      const column = Object.hasOwn(columns, endpoint) ? columns[endpoint] : undefined;
      return column === undefined ? 'false' : equalsId(column, id, parameters);
    },
  };
}

/** The endpoint and the id of a relative URI; of any other text, what stands before and behind its last slash. */
export function cutUri(uri: string): { readonly endpoint: string; readonly id: string } {
  const slash = uri.lastIndexOf('/');
  return { endpoint: uri.slice(0, Math.max(0, slash)), id: uri.slice(slash + 1) };
}
