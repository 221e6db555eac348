import type { EntityManager } from '@mikro-orm/postgresql';
import { fold } from '../fold.js';
import { DirectoryGatherings } from '../gathering.js';
import { prepared, query } from '../statement.js';
import type { StoredUser } from './user-row.js';
import { USER_WITH_GROUPS, USER_WITHOUT_GROUPS } from './user-select.js';

/** What of a user is read beside its row. */
export interface UserParts {
  /** False leaves the memberships alone; `groups` is undefined then. */
  readonly groups: boolean;
}

/** Reads one user of a directory by a key that no other has. */
type Lookup = (
  em: EntityManager,
  directoryId: string,
  key: string,
  parts: UserParts,
) => Promise<StoredUser | undefined>;

/** Four at once keep PostgreSQL busy; who comes then waits for one of them, which is less than the lookup itself takes. */
const LIMITS = { apart: 4, together: 50, patience: 1_000 };

/**
 * Lookups of one directory at the same time share statements, which cost PostgreSQL and this process little more than that
 * of one. Each looks at what is there after it was asked for.
 */
function lookupBy(condition: string, keyOf: (user: StoredUser) => string): Lookup {
  const gatherings = (columns: string): DirectoryGatherings<string, StoredUser | undefined> => {
    const statement = prepared(`select ${columns} from users u where u.directory_id = $1 and ${condition}`);
    return new DirectoryGatherings(async (em, directoryId, keys) => {
      const users = await query<StoredUser>(em, statement, [directoryId, [...new Set(keys)]]);
      const byKey = new Map(users.map((user) => [keyOf(user), user]));
      return keys.map((key) => byKey.get(key));
    }, LIMITS);
  };
  const withGroups = gatherings(USER_WITH_GROUPS);
  const withoutGroups = gatherings(USER_WITHOUT_GROUPS);
  return (em, directoryId, key, { groups }) => (groups ? withGroups : withoutGroups).do(em, directoryId, key);
}

/** Reads a user by id, in lower case; undefined when the directory has none with it. */
export const findById = lookupBy('u.id = any($2::uuid[])', ({ id }) => id);

/** Reads a user by folded userName; undefined when the directory has none with it. */
export const findByUserName = lookupBy('u.user_name_key = any($2::text[])', ({ userName }) => fold(userName));
