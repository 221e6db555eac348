import type { Json } from './json.js';

/** A row of a Markdown table, without the line beneath its head. */
const TABLE_ROW = /^\s*\|(.+?)\|?\s*$/;

/** Cells that say yes in the tutorials. */
const YES = /&check;|✓|✔|yes|true/i;

/**
 * The mapping tables of a Markdown page as gallery tutorials have them: `|Attribute|Type|Supported for filtering|`. The
 * first one is that of users, the second that of groups; tables without such a head are none.
 *
 * @param file the page's name, which the application is called by
 */
export function readTutorialTables(page: string, file: string): Json {
  const tables: Json[][] = [];
  let rows: Json[] | undefined;
  for (const line of page.split(/\r?\n/)) {
    const cells = TABLE_ROW.exec(line)?.[1]
      ?.split('|')
      .map((cell) => cell.trim().replaceAll('`', ''));
    if (!cells) rows = undefined;
    else if (/^attribute$/i.test(cells[0] ?? '')) tables.push((rows = []));
    else if (rows && !/^[-:\s]+$/.test(cells[0] ?? '')) {
      const [path = '', type = 'String', filter = ''] = cells;
      rows.push({ path, type, filter: YES.test(filter) });
    }
  }
  const [users = [], groups = []] = tables;
  const title = /^#\s+(?:Tutorial: )?Configure (.+?) for automatic/m.exec(page)?.[1];
  return { app: title ?? file, users, groups };
}
