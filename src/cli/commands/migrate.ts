import { print } from '../terminal/print.js';
import { withDatabase } from './with-database.js';

/** Runs `portico migrate`. Opening the database applies the migrations. */
export async function migrate(): Promise<void> {
  await withDatabase(() => Promise.resolve());
  print('The database schema is up to date.');
}
