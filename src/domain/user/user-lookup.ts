import { fold } from '../kernel/fold.js';
import { BatcherPerDirectory } from '../concurrency/batcher.js';
import type { Database } from '../sql/database.js';
import { prepared, query, type Statement } from '../sql/statement.js';
import type { StoredUser } from './user-row.js';
import { USER_WITH_GROUPS, USER_WITHOUT_GROUPS } from './columns/user-columns.js';

/** The parts of a user to read in addition to its row. */
export interface UserParts {
  /** When false, no membership is read, and `groups` is undefined. */
  readonly groups: boolean;
}

/** Four at once keep PostgreSQL busy; further lookups queue for less time than a lookup itself takes. */
const LIMITS = { maxConcurrentBatches: 4, maxBatchSize: 50, stallTimeout: 1_000, queueTimeout: 10_000 };

/** Statements that read the users of a directory that match a list of keys, with their groups or without. */
function usersBy(condition: string): Record<'withGroups' | 'withoutGroups', Statement> {
  const select = (columns: string): Statement =>
    prepared(`select ${columns} from users u where u.directory_id = $1 and ${condition}`);
  return { withGroups: select(USER_WITH_GROUPS), withoutGroups: select(USER_WITHOUT_GROUPS) };
}

/** Reads the users of a directory that have one of the ids. */
export const USERS_BY_ID = usersBy('u.id = any($2::uuid[])');
const USERS_BY_USER_NAME = usersBy('u.user_name_key = any($2::text[])');

/** Reads one user of a directory by a unique key. */
type Lookup = (directoryId: string, key: string, parts: UserParts) => Promise<StoredUser | undefined>;

/**
 * Looks up single users. Lookups of one directory at the same time share statements, which cost PostgreSQL and this process
 * little more than one of them. Each sees what was committed before it was called.
 */
export class UserLookups {
  /** Reads a user by id, in lower case; undefined when the directory does not have it. */
  readonly byId: Lookup;
  /** Reads a user by folded userName; undefined when the directory does not have it. */
  readonly byUserName: Lookup;

  constructor(db: Database) {
    this.byId = lookupBy(db, USERS_BY_ID, ({ id }) => id);
    this.byUserName = lookupBy(db, USERS_BY_USER_NAME, ({ userName }) => fold(userName));
  }
}

/** The database and the batchers that look up users. */
export interface UserStore extends Database {
  readonly userLookups: UserLookups;
}

function lookupBy(db: Database, statements: ReturnType<typeof usersBy>, keyOf: (user: StoredUser) => string): Lookup {
  const batched = (statement: Statement): BatcherPerDirectory<string, StoredUser | undefined> =>
    new BatcherPerDirectory(async (directoryId, keys) => {
      const users = await query<StoredUser>(db, statement, [directoryId, [...new Set(keys)]]);
      const byKey = new Map(users.map((user) => [keyOf(user), user]));
      return keys.map((key) => byKey.get(key));
    }, LIMITS);
  const withGroups = batched(statements.withGroups);
  const withoutGroups = batched(statements.withoutGroups);
  return (directoryId, key, { groups }) => (groups ? withGroups : withoutGroups).run(directoryId, key);
}
