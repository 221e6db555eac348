import { createStore } from '../../src/domain/store.js';
import type { OpenedDatabase } from '../../src/database/open-database.js';
import type { Actor } from '../../src/domain/kernel/actor.js';
import type { Command } from '../../src/domain/write/command.js';
import { DirectoryEntity } from '../../src/domain/directory/directory.js';
import { execute } from '../../src/domain/execute.js';
import type { JsonObject } from '../../src/domain/kernel/json.js';
import { parseAttributes } from '../../src/domain/attributes/attributes.js';
import { GROUP_SCHEMA, USER_SCHEMA } from '../../src/domain/schema/resource-schema.js';
import { inventCompany, type Company } from './people.js';

/** The directory to seed, the number of its users, and the seed of the generator that invents them. */
export interface SeedOptions {
  readonly directory: string;
  readonly users: number;
  readonly seed: string;
}

/** The counts of users and groups: all of the invented company, and those created by this run. */
export interface Seeded {
  readonly users: number;
  readonly groups: number;
  readonly createdUsers: number;
  readonly createdGroups: number;
}

/** The number of commands per transaction. */
const BATCH = 100;

/**
 * Creates the users and groups of an invented company in a directory, with the commands that SCIM and GraphQL execute.
 * Existing users and groups are not changed, except that missing members are added to groups.
 *
 * @returns undefined if there is no such directory
 */
export async function seedDirectory(
  database: OpenedDatabase,
  { directory: slug, users, seed }: SeedOptions,
): Promise<Seeded | undefined> {
  const { em, pool } = database;
  const store = createStore(database);
  const directory = await em.fork().findOne(DirectoryEntity, { slug });
  if (!directory) return undefined;
  const company = inventCompany(seed, users);
  const existing = async (table: 'users' | 'groups', objects: ReadonlyArray<{ id: string }>): Promise<Set<string>> => {
    const { rows } = await pool.query<{ id: string }>(
      `select id from ${table} where directory_id = $1 and id = any($2)`,
      [directory.id, objects.map(({ id }) => id)],
    );
    return new Set(rows.map(({ id }) => id));
  };
  const existingUsers = await existing('users', company.people);
  const existingGroups = await existing('groups', company.teams);

  const actor: Actor = { directoryId: directory.id, name: 'seed', source: 'CLI' };
  const commands = toCommands(company, existingUsers, existingGroups);
  for (let start = 0; start < commands.length; start += BATCH) {
    await execute(store, actor, commands.slice(start, start + BATCH));
  }
  return {
    users: company.people.length,
    groups: company.teams.length,
    createdUsers: company.people.length - existingUsers.size,
    createdGroups: company.teams.length - existingGroups.size,
  };
}

function toCommands(
  { people, teams }: Company,
  existingUsers: ReadonlySet<string>,
  existingGroups: ReadonlySet<string>,
): Command[] {
  const users = people
    .filter(({ id }) => !existingUsers.has(id))
    .map(({ id, attributes }): Command => ({
      type: 'CreateUser',
      id,
      attributes: parseAttributes(USER_SCHEMA, attributes as JsonObject),
    }));
  const groups = teams.map(({ id, displayName, memberIds }): Command =>
    existingGroups.has(id)
      ? { type: 'AddMembers', groupId: id, memberIds }
      : { type: 'CreateGroup', id, memberIds, attributes: parseAttributes(GROUP_SCHEMA, { displayName }) },
  );
  return [...users, ...groups];
}
