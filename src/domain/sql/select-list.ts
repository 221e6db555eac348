/** The SQL expressions of attributes, by attribute name. */
export type Columns = Readonly<Record<string, string>>;

const lists = new WeakMap<ReadonlySet<string>, Map<Columns, string>>();

/**
 * Builds the select list for some attributes, each under its name; names without a column are ignored. The same
 * attributes yield the same text in any order of names, so that they share one prepared statement.
 *
 * @param always names that are selected even if not requested
 */
export function selectList(columns: Columns, names: ReadonlySet<string>, always: readonly string[] = []): string {
  const known = lists.get(names) ?? new Map<Columns, string>();
  lists.set(names, known);
  let list = known.get(columns);
  if (list === undefined) {
    list = Object.entries(columns)
      .filter(([name]) => names.has(name) || always.includes(name))
      .map(([name, sql]) => `${sql} as "${name}"`)
      .join(', ');
    known.set(columns, list);
  }
  return list;
}
