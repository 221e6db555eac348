/** Fills a directory with invented users and groups: `npm run seed`. The server may be running. */
import 'reflect-metadata';
import { parseArgs } from 'node:util';
import { readConfig } from '../src/config.js';
import { openDatabase } from '../src/database/open-database.js';
import { seedDirectory, type SeedOptions } from './seed/seed-directory.js';

const USAGE = `Usage: npm run seed -- [options]

Fills a directory with invented users and groups: departments, offices, projects,
managers, and some disabled users. Existing users and groups are not changed.

Options:
  --directory <slug>  the directory (default: "default")
  --users <number>    the number of users, 1 to 100000 (default: 1000)
  --seed <label>      selects the invented users; the same label yields the same users (default: "people")
  --help              shows this text
`;

/** Parses the command line; undefined if it requests help or is invalid. */
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
