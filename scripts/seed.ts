/**
 * Fills a directory with invented users and groups: `npm run seed`. Works while the server runs, and without it.
 */
import 'reflect-metadata';
import { parseArgs } from 'node:util';
import { readConfig } from '../src/config.js';
import { openDatabase } from '../src/database/open-database.js';
import { seedDirectory, type SeedOptions } from './seed/seed-directory.js';

const USAGE = `Usage: npm run seed -- [options]

Fills a directory with invented users and groups: departments, offices, projects,
managers, and some users who are disabled. What exists already stays as it is.

Options:
  --directory <slug>  the directory (default: "default")
  --users <number>    how many users, 1 to 100000 (default: 1000)
  --seed <label>      which users; the same label gives the same ones (default: "people")
  --help              shows this text
`;

/** Reads the command line; undefined where it asks for help, or for something that there is not. */
function readOptions(): SeedOptions | undefined {
  const { values } = parseArgs({
    options: {
      directory: { type: 'string', default: 'default' },
      users: { type: 'string', default: '1000' },
      seed: { type: 'string', default: 'people' },
      help: { type: 'boolean', default: false },
    },
  });
  const users = /^\d{1,6}$/.test(values.users) ? Number(values.users) : 0;
  const isValid = users > 0 && users <= 100_000 && /^[a-z][a-z0-9-]{0,30}$/.test(values.seed);
  return values.help || !isValid ? undefined : { directory: values.directory, users, seed: values.seed };
}

async function run(options: SeedOptions): Promise<string> {
  const database = await openDatabase(readConfig(), () => undefined);
  try {
    const seeded = await seedDirectory(database, options);
    const { directory } = options;
    if (!seeded) return `No directory has the slug ${directory}. The first start of the server creates "default".`;
    const { users, groups, createdUsers, createdGroups } = seeded;
    return createdUsers + createdGroups === 0
      ? `The directory ${directory} already has these ${users} users and ${groups} groups.`
      : `Created ${createdUsers} of ${users} users and ${createdGroups} of ${groups} groups in the directory ${directory}.`;
  } finally {
    await database.close();
  }
}

const options = readOptions();
console.log(options ? await run(options) : USAGE);
