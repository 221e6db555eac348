import { equalsId } from './compile-comparison.js';
import { literal, type ColumnTarget } from './search-table.js';

/**
 * Returns the target for the URI of a resource, relative to the base URL of its directory: an endpoint followed by an
 * id. Equality is translated to a comparison of ids, so that their index is used.
 *
 * @param columns the column of the id for each endpoint; exactly one of them has a value in a row
 */
export function uriTarget(columns: Readonly<Record<string, string>>): ColumnTarget {
  const uris = Object.entries(columns).map(([endpoint, id]) => `${literal(`${endpoint}/`)} || ${id}::text`);
  return {
    kind: 'text',
    sql: `coalesce(${uris.join(', ')})`,
    short: true,
    presence: `coalesce(${Object.values(columns).join(', ')})`,
    equals(uri, parameters) {
      const { endpoint, id } = splitUri(uri);
      const column = Object.hasOwn(columns, endpoint) ? columns[endpoint] : undefined;
      return column === undefined ? 'false' : equalsId(column, id, parameters);
    },
  };
}

/** Splits a relative URI into endpoint and id. Any other text is split at its last slash. */
export function splitUri(uri: string): { readonly endpoint: string; readonly id: string } {
  const slash = uri.lastIndexOf('/');
  return { endpoint: uri.slice(0, Math.max(0, slash)), id: uri.slice(slash + 1) };
}
