/** Where the attributes of a kind of objects lie in SQL, by their names. */
export type Columns = Readonly<Record<string, string>>;

const lists = new WeakMap<ReadonlySet<string>, Map<Columns, string>>();

/**
 * The part of a SELECT that reads some attributes, each under its name; names that are no columns are passed over. The
 * same attributes give the same text, in whatever order they are named, so that it is one prepared statement.
 *
 * @param always names that are selected whether asked for or not
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
