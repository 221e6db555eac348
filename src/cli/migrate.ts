import { Command } from 'commander';
import { print } from './print.js';
import { withDatabase } from './with-database.js';

/** `portico migrate`: opening the database applies the migrations. */
export function migrateCommand(): Command {
  return new Command('migrate').description('apply migrations and exit').action(async () => {
    await withDatabase(() => Promise.resolve());
    print('The database has every migration.');
  });
}
