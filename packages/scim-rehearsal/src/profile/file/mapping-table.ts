import type { Json, JsonObject } from '../../client/json.js';
import { guessType, toSource } from './entra-source.js';

/** A table as it stands in a file, without knowing what it is about. */
export interface Table {
  readonly head: readonly string[];
  readonly rows: ReadonlyArray<readonly string[]>;
}

/** Cells that say yes in the tutorials and in the portal. */
const YES = /&check;|✓|✔|\byes\b|\btrue\b/i;

/** Where a mapping table has what. */
interface Columns {
  readonly target: number;
  readonly source: number;
  readonly type: number;
  readonly constant: number;
  readonly matching: number;
  readonly filter: number;
  /** Whether the row is of users or of groups. */
  readonly object: number;
  readonly app: number;
}

/**
 * The mappings that tables hold, in the shape of JSON: tables of gallery tutorials (`Attribute`, `Type`, `Supported for
 * filtering`), of Entra's portal and of whoever wrote it off (`Source attribute`, `Target attribute`, in either order), and of
 * a CSV file with a column for the application. Tables whose head names no target, or more than one, are none.
 *
 * @param name of the application where no column has one
 * @returns one for each application, none when no table is a mapping
 */
export function toMappings(tables: readonly Table[], name: string): readonly JsonObject[] {
  const lists = new Map<string, { users: Json[]; groups: Json[] }>();
  const mappings = tables.flatMap((table) => {
    const columns = findColumns(table.head);
    return columns ? [{ columns, rows: table.rows }] : [];
  });
  const isOfGroups = toIsOfGroups(mappings);
  const filled = new Set<string>();
  for (const [index, { columns, rows }] of mappings.entries()) {
    const isGroups = isOfGroups(index);
    // Of several tables of one kind the first is the mapping; the others tell something else of the attributes.
    const kind = isGroups ? 'groups' : 'users';
    if (columns.object < 0 && filled.has(kind)) continue;
    filled.add(kind);
    for (const cells of rows) {
      const at = (column: number) => cells[column] ?? '';
      if (at(columns.target) === '') continue;
      const app = at(columns.app) || name;
      const mapping = lists.get(app) ?? { users: [], groups: [] };
      lists.set(app, mapping);
      const isGroup = columns.object < 0 ? isGroups : /group/i.test(at(columns.object));
      const list = isGroup ? mapping.groups : mapping.users;
      list.push(toRow(columns, at, list.length));
    }
  }
  return [...lists].map(([app, mapping]) => ({ app, ...mapping }));
}

/** A table with members and without userName is of groups; where no table has members, the second one without userName. */
function toIsOfGroups(
  mappings: ReadonlyArray<{ readonly columns: Columns; readonly rows: Table['rows'] }>,
): (index: number) => boolean {
  const has = (index: number, path: string) => {
    const mapping = mappings[index];
    return mapping?.rows.some((cells) => cells[mapping.columns.target]?.toLowerCase() === path) ?? false;
  };
  const isPlain = (index: number) => has(index, 'members') && !has(index, 'username');
  const isAnyPlain = mappings.some((_mapping, index) => isPlain(index));
  return (index) => (isAnyPlain ? isPlain(index) : index === 1 && !has(index, 'username'));
}

function toRow(columns: Columns, at: (column: number) => string, index: number): Json {
  const path = at(columns.target);
  const type = at(columns.type) || guessType(path);
  const matching = at(columns.matching);
  // The portal numbers what is matched by; tables that say yes to it mean their own order.
  const order = /^[1-9]\d*$/.test(matching) ? Number(matching) : YES.test(matching) ? index + 1 : undefined;
  const constant = at(columns.constant);
  return {
    path,
    type,
    ...(constant === '' ? toSource(at(columns.source), type) : toSource(`"${constant}"`, type)),
    ...(order === undefined ? {} : { matching: order }),
    filter: YES.test(at(columns.filter)),
  };
}

/** Undefined when it is not plain which column has the targets. */
function findColumns(head: readonly string[]): Columns | undefined {
  const target = findTarget(head);
  if (target === undefined) return undefined;
  const find = (words: RegExp) => head.findIndex((one) => words.test(one));
  const sources = indexesOf(head, isSourceHead).filter((index) => index !== target);
  return {
    target,
    source: sources.length === 1 ? (sources[0] ?? -1) : -1,
    type: find(TYPE),
    constant: find(/^constant$/i),
    matching: find(MATCHING),
    filter: find(/filter/i),
    object: find(OBJECT),
    app: find(/^app(?:lication)?$/i),
  };
}

const TYPE = /^type$|\bdata ?type$/i;
const MATCHING = /^match/i;
const OBJECT = /^(?:object|resource)(?: ?type)?$/i;

/** Heads that say of themselves that the targets are beneath them. */
const TARGET = /\b(?:target|destination|customappsso)\b|\bscim (?:attribute|path|property)/i;

/** The column that is called the target, or that with attributes beside that of Entra's, or the one with all there is. */
function findTarget(head: readonly string[]): number | undefined {
  const targets = indexesOf(head, (one) => TARGET.test(one) && !/\bsource\b/i.test(one));
  if (targets.length > 0) return targets.length === 1 ? targets[0] : undefined;
  const attributes = indexesOf(head, (one) => /\battribute\b/i.test(one) && !isSourceHead(one) && !MATCHING.test(one));
  const isPlain = head.some(isSourceHead) || attributes.some((index) => /^attribute$/i.test(head[index] ?? ''));
  if (attributes.length === 1 && isPlain) return attributes[0];
  // Pages about an API have tables of paths as well: those of attributes tell their types, objects or sources too.
  const isOfPaths = head.length === 1 || head.some((one) => TYPE.test(one) || OBJECT.test(one) || isSourceHead(one));
  const paths = indexesOf(head, (one) => /^path$/i.test(one));
  return attributes.length === 0 && isOfPaths && paths.length === 1 ? paths[0] : undefined;
}

function isSourceHead(head: string): boolean {
  return /\bsource\b|\b(?:entra|aad)\b|\bazure (?:ad|active directory)\b/i.test(head);
}

function indexesOf(head: readonly string[], isMeant: (one: string) => boolean): readonly number[] {
  return head.flatMap((one, index) => (isMeant(one) ? [index] : []));
}
