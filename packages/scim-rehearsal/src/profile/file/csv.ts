import type { Table } from './mapping-table.js';

/**
 * Reads the table of a CSV file (RFC 4180); an empty file has none. The separator is determined from the first line: a comma, a
 * semicolon as in some versions of Excel, or a tab as in a table copied from a web page.
 */
export function readCsv(text: string): readonly Table[] {
  const first = text.trimStart().split('\n', 1)[0] ?? '';
  const separator = ['\t', ';', ','].find((one) => first.includes(one)) ?? ',';
  const [head, ...rows] = toLines(text, separator).filter((cells) => cells.some((cell) => cell !== ''));
  return head ? [{ head, rows }] : [];
}

function toLines(text: string, separator: string): readonly string[][] {
  const lines: string[][] = [[]];
  let cell = '';
  let isQuoted = false;
  const endCell = () => {
    lines.at(-1)?.push(cell.trim());
    cell = '';
  };
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? '';
    if (isQuoted && character === '"' && text[at + 1] === '"') {
      cell += '"';
      at++;
    } else if (isQuoted ? character === '"' : character === '"' && cell.trim() === '') {
      isQuoted = !isQuoted;
    } else if (!isQuoted && character === separator) {
      endCell();
    } else if (!isQuoted && character === '\n') {
      endCell();
      lines.push([]);
    } else {
      // An unquoted path keeps its own quotation marks: emails[type eq "work"].value.
      cell += character;
    }
  }
  endCell();
  return lines;
}
