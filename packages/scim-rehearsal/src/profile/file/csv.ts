import type { Table } from './mapping-table.js';

/**
 * The one table of a CSV file (RFC 4180), or none in a file without lines. Fields are parted by what parts the first line:
 * commas, the semicolons of some Excels, or the tabs of a table that was copied from a page.
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
      // A path that was copied without quotes around it keeps its own: emails[type eq "work"].value.
      cell += character;
    }
  }
  endCell();
  return lines;
}
