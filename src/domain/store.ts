import { MAX_RESOURCE_BYTES } from './attributes/resource-size.js';
import type { CommittedEvents } from './event/event-batch.js';
import { DirectorySchemas } from './schema-registry/directory-schemas.js';
import type { Database } from './sql/database.js';
import { UserWriter } from './user/group-commit.js';
import { UserLookups, type UserStore } from './user/user-lookup.js';
import type { Command } from './write/command.js';
import type { TransactionStore } from './write/transaction.js';

/** Callbacks about executed commands: the feed wakes its readers with them, and metrics count them. */
export interface CommandObserver {
  /** Called after every commit that wrote events. */
  readonly onCommit?: (events: CommittedEvents) => void;
  /** Called after every call of `execute` with its first command, how it ended, and its duration in seconds. */
  readonly onExecuted?: (
    command: Command['type'],
    outcome: 'changed' | 'unchanged' | 'failed',
    seconds: number,
  ) => void;
}

/** Everything that commands and queries run on: the database, and the state that this process keeps about it. */
export interface Store extends TransactionStore, UserStore {
  readonly userWriter: UserWriter;
  readonly observer: CommandObserver;
}

export interface StoreOptions {
  /** The limit of `assertResourceSize`; MAX_RESOURCE_BYTES unless given. */
  readonly maxResourceBytes?: number;
  readonly observer?: CommandObserver;
}

/** Makes the store of a database. One per process: the caches and the batches in it only help if they are shared. */
export function createStore(
  { pool, em, snapshotSlots }: Database,
  { maxResourceBytes = MAX_RESOURCE_BYTES, observer = {} }: StoreOptions = {},
): Store {
  const database: Database = { pool, em, snapshotSlots };
  const base: TransactionStore = { ...database, schemas: new DirectorySchemas(database), maxResourceBytes };
  return { ...base, userLookups: new UserLookups(database), userWriter: new UserWriter(base), observer };
}
