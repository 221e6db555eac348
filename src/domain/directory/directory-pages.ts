import type { Database } from '../sql/database.js';
import { toPage, type Page } from '../search/keyset-pagination.js';
import { prepared, query } from '../sql/statement.js';
import type { Directory } from './directory.js';

const COLUMNS = 'id, slug, name, created_at as "createdAt", updated_at as "updatedAt"';
const FIRST = prepared(`select ${COLUMNS} from directories order by id limit $1`);
const AFTER = prepared(`select ${COLUMNS} from directories where id > $2 order by id limit $1`);
const EXISTS_UP_TO = prepared('select 1 from directories where id <= $1 limit 1');
const COUNT = prepared('select count(*) as total from directories');

/** Reads a page of all directories in the order of their creation. */
export async function readDirectories(db: Database, size: number, after?: string): Promise<Page<Directory>> {
  const rows = await (after === undefined
    ? query<Directory>(db, FIRST, [size + 1])
    : query<Directory>(db, AFTER, [size + 1, after]));
  return toPage(rows, { size, backward: false });
}

/** Returns whether a directory with this id or a lower one exists. */
export async function existsDirectoryUpTo(db: Database, id: string): Promise<boolean> {
  return (await query(db, EXISTS_UP_TO, [id])).length > 0;
}

/** Counts all directories. The table is small enough for a full count. */
export async function countDirectories(db: Database): Promise<number> {
  const [row] = await query<{ total: string }>(db, COUNT, []);
  return Number(row?.total ?? 0);
}
