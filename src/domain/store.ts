import { MAX_RESOURCE_BYTES } from './attributes/resource-size.js';
import type { CommittedEvents } from './event/event-batch.js';
import { DirectorySchemas } from './schema-registry/directory-schemas.js';
import type { Database } from './sql/database.js';
import { UserWriter } from './user/group-commit.js';
import { UserLookups, type UserStore } from './user/user-lookup.js';
import type { Command } from './write/command.js';
import type { TransactionStore } from './write/transaction.js';

/** Callbacks for executed commands, used by the feed and the metrics. */
export interface CommandObserver {
  /** Called after every commit that wrote events. */
  readonly onCommit?: (events: CommittedEvents) => void;
  /** Called after every call of `execute` with its first command, the outcome, and the duration in seconds. */
  readonly onExecuted?: (
    command: Command['type'],
    outcome: 'changed' | 'unchanged' | 'failed',
    seconds: number,
  ) => void;
}

/** The dependencies of commands and queries: the database, and the caches, batchers and limits of this process. */
export interface Store extends TransactionStore, UserStore {
  readonly userWriter: UserWriter;
  readonly observer: CommandObserver;
}

export interface StoreOptions {
  /** The limit of `assertResourceSize`; by default MAX_RESOURCE_BYTES. */
  readonly maxResourceBytes?: number;
  readonly observer?: CommandObserver;
}

/**
 * Creates the store of a database. A process creates one: its caches and batchers are effective only if they are
 * shared.
 */
export function createStore(
  { pool, em, snapshotSlots }: Database,
  { maxResourceBytes = MAX_RESOURCE_BYTES, observer = {} }: StoreOptions = {},
): Store {
  const database: Database = { pool, em, snapshotSlots };
  const base: TransactionStore = { ...database, schemas: new DirectorySchemas(database), maxResourceBytes };
  return { ...base, userLookups: new UserLookups(database), userWriter: new UserWriter(base), observer };
}
