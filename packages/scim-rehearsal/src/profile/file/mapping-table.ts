import type { Json, JsonObject } from '../../client/json.js';
import { guessType, toSource } from './entra-source.js';

/** A table in a file. */
export interface Table {
  readonly head: readonly string[];
  readonly rows: ReadonlyArray<readonly string[]>;
}

/** Cells that mean yes in Microsoft's tutorials and in the portal. */
const YES = /&check;|✓|✔|\byes\b|\btrue\b/i;

/** The columns of a mapping table, by their indexes; -1 if absent. */
interface Columns {
  readonly target: number;
  readonly source: number;
  readonly type: number;
  readonly constant: number;
  readonly matching: number;
  readonly filter: number;
  /** Whether the row belongs to users or groups. */
  readonly object: number;
  readonly app: number;
}

/**
 * Converts mapping tables to the JSON format: tables of gallery tutorials (`Attribute`, `Type`, `Supported for filtering`), of
 * Entra's portal (`Source attribute`, `Target attribute`, in either order), and CSV files with a column for the application.
 * Tables whose header names no target column, or more than one, are ignored.
 *
 * @param name of the application, if no column contains it
 * @returns one mapping for each application
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
    // The first table of each kind is the mapping; further ones describe the attributes.
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

/** A table belongs to groups if it contains members but not userName; if none contains members, the second one does. */
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
  // The portal shows the precedence as a number; for a plain yes, the order of the rows determines it.
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

/** @returns undefined when the target column is not unambiguous */
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

/** Headers that name the target column. */
const TARGET = /\b(?:target|destination|customappsso)\b|\bscim (?:attribute|path|property)/i;

/** The column named as the target, or the attribute column next to the one of Entra, or the only attribute column. */
function findTarget(head: readonly string[]): number | undefined {
  const targets = indexesOf(head, (one) => TARGET.test(one) && !/\bsource\b/i.test(one));
  if (targets.length > 0) return targets.length === 1 ? targets[0] : undefined;
  const attributes = indexesOf(head, (one) => /\battribute\b/i.test(one) && !isSourceHead(one) && !MATCHING.test(one));
  const isPlain = head.some(isSourceHead) || attributes.some((index) => /^attribute$/i.test(head[index] ?? ''));
  if (attributes.length === 1 && isPlain) return attributes[0];
  // API documentation has tables of paths as well. Those of attributes also have types, objects or sources.
  const isAttributeTable =
    head.length === 1 || head.some((one) => TYPE.test(one) || OBJECT.test(one) || isSourceHead(one));
  const paths = indexesOf(head, (one) => /^path$/i.test(one));
  return attributes.length === 0 && isAttributeTable && paths.length === 1 ? paths[0] : undefined;
}

function isSourceHead(head: string): boolean {
  return /\bsource\b|\b(?:entra|aad)\b|\bazure (?:ad|active directory)\b/i.test(head);
}

function indexesOf(head: readonly string[], isMeant: (one: string) => boolean): readonly number[] {
  return head.flatMap((one, index) => (isMeant(one) ? [index] : []));
}
