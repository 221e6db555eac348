import { print } from '../terminal/print.js';
import { withDatabase } from './with-database.js';

/** `portico migrate`: opening the database applies the migrations. */
export async function migrate(): Promise<void> {
  await withDatabase(() => Promise.resolve());
  print('The database has every migration.');
}
