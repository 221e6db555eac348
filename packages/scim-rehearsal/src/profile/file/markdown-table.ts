import type { Table } from './mapping-table.js';

/** The delimiter row of a table, such as `|---|:--:|`. */
const RULE = /^\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$/;

/** Reads the tables of a Markdown page, in their order. */
export function readMarkdownTables(page: string): readonly Table[] {
  const lines = page.split(/\r?\n/);
  const tables: Table[] = [];
  for (const [index, line] of lines.entries()) {
    const head = lines[index - 1] ?? '';
    if (!head.includes('|') || !line.includes('|') || !RULE.test(line)) continue;
    const end = lines.findIndex((one, at) => at > index && !one.includes('|'));
    const rows = lines.slice(index + 1, end < 0 ? lines.length : end);
    tables.push({ head: toCells(head), rows: rows.map(toCells) });
  }
  return tables;
}

function toCells(line: string): readonly string[] {
  const inner = line
    .trim()
    .replace(/^\|/, '')
    .replace(/(?<!\\)\|$/, '');
  return inner.split(/(?<!\\)\|/).map(toPlain);
}

/** Removes Markdown syntax and converts typographic quotation marks back to straight ones. */
function toPlain(cell: string): string {
  return cell
    .replaceAll(/\\(?=[[\]|*_<>"`\\])/g, '')
    .replaceAll(/`|\*\*/g, '')
    .replaceAll(/&quot;|[“”„]/g, '"')
    .trim();
}
