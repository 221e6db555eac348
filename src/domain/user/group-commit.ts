import type { Actor } from '../kernel/actor.js';
import type { Command, CreateUser, ReplaceUser, UpdateUser } from '../write/command.js';
import type { CommittedEvents } from '../event/event-batch.js';
import { fold } from '../kernel/fold.js';
import { BatcherPerDirectory } from '../concurrency/batcher.js';
import { isId } from '../kernel/id.js';
import { assertVersion, type ExpectedVersion } from '../kernel/precondition.js';
import { assertResourceSize } from '../attributes/resource-size.js';
import type { Attributes } from '../attributes/attributes.js';
import { changedExtensions, holdsUnknown } from '../write/extension-values.js';
import { sqlState } from '../sql/statement.js';
import { inTransaction, type Transaction, type TransactionStore } from '../write/transaction.js';
import { updateEmailIndex, type EmailChange } from './email-index.js';
import { createUser, decideUserUpdate, mayDeactivate, type UserChange } from './user-decisions.js';
import { lockFreeUsers } from './user-lock.js';
import { toEmailKeys, toUserAttributes, type StoredUser } from './user-row.js';
import {
  insertNewUsers,
  insertUsers,
  MAX_USERS_PER_STATEMENT,
  toChanged,
  toCreated,
  updateUsers,
} from './user-write.js';

/** A command about one user, which may be written together with others. */
export interface UserWrite {
  readonly actor: Actor;
  readonly command: CreateUser | UpdateUser | ReplaceUser;
  readonly expectedVersion: ExpectedVersion | undefined;
  /** Executes it in a transaction of its own, where it cannot be written with others. */
  readonly alone: () => Promise<UserWriteResult>;
}

/** Whether a command is one of those. */
export function isUserWrite(command: Command): command is UserWrite['command'] {
  return command.type === 'CreateUser' || command.type === 'UpdateUser' || command.type === 'ReplaceUser';
}

/** What a write left behind; `committed` is undefined where nothing changed, `user` only where there is none. */
export interface UserWriteResult {
  readonly changed: boolean;
  readonly user?: StoredUser;
  readonly committed: CommittedEvents | undefined;
}

/** What one command is refused for, and no other. */
class Rejection {
  constructor(readonly error: unknown) {}
}

type Result = UserWriteResult | Rejection;

/** Two may write apart: where there are no more, sharing would only make the one wait for the commit of the other. */
const LIMITS = {
  maxConcurrentBatches: 2,
  maxBatchSize: MAX_USERS_PER_STATEMENT,
  stallTimeout: 1_000,
  queueTimeout: 10_000,
};

/**
 * Writes users with group commit: writes of users of one directory at the same time share a transaction, so its statements,
 * the directory's counter and the commit are paid for once. Writes that need a transaction of their own get one in the
 * same batch: a user that does not exist or is locked by someone else, a userName that changes or is taken, a manager,
 * values of registered extensions.
 */
export class UserWriter {
  readonly #batchers: BatcherPerDirectory<UserWrite, Result>;

  constructor(store: TransactionStore) {
    this.#batchers = new BatcherPerDirectory((directoryId, writes) => writeAll(store, directoryId, writes), LIMITS);
  }

  /**
   * Executes one command about one user.
   *
   * @throws as `alone` does; DomainError VERSION_CONFLICT, TOO_MANY or as the decision does; AcquireTimeout
   */
  async write(write: UserWrite): Promise<UserWriteResult> {
    const id = write.command.id.toLowerCase();
    if (!isId(id)) return write.alone();
    const result = await this.#batchers.run(write.actor.directoryId, write, id);
    if (result instanceof Rejection) throw result.error;
    return result;
  }
}

/** Deadlock detected, serialization failure, lock not available: somebody else was first. */
const OTHERS_FIRST = new Set(['40P01', '40001', '55P03']);

/**
 * SQLSTATE classes of a statement that was refused for what it holds: values, constraints, limits. Nothing was committed
 * then. Of other errors that is not certain: a server may fail, or a pooler lose it, under the commit itself.
 */
const REFUSED = /^(22|23|54)/;

/** Does them in one transaction. Where PostgreSQL refuses it, each gets another chance with one of its own. */
async function writeAll(
  store: TransactionStore,
  directoryId: string,
  writes: readonly UserWrite[],
): Promise<Array<Result | Promise<Result>>> {
  const results = await tryInOneTransaction(store, directoryId, writes);
  return writes.map(({ alone }, index) => results[index] ?? alone());
}

async function tryInOneTransaction(
  store: TransactionStore,
  directoryId: string,
  writes: readonly UserWrite[],
): Promise<Array<Result | undefined>> {
  try {
    return await inTransaction(store, directoryId, (tx) => writeIn(tx, writes));
  } catch (error) {
    const state = sqlState(error);
    // What one alone is refused for, it would be refused for again.
    const isWorthARetry = OTHERS_FIRST.has(state) || (REFUSED.test(state) && writes.length > 1);
    if (!isWorthARetry) throw error;
    return [];
  }
}

/** What becomes of one user. */
interface Change extends UserChange {
  readonly id: string;
  /** Undefined for a new one. */
  readonly before: StoredUser | undefined;
  readonly emails: EmailChange;
}

/** Undefined for what needs a transaction of its own. */
type Decision = Change | Rejection | undefined;

async function writeIn(tx: Transaction, writes: readonly UserWrite[]): Promise<Array<Result | undefined>> {
  const creations = writes.map(({ command }) => decided(() => create(tx, command)));
  const [users, inserted] = await Promise.all([lock(tx, writes), insert(tx, creations)]);
  const decisions = writes.map((write, index) => {
    const user = users.get(write.command.id.toLowerCase());
    if (user) return decided(() => update(tx, user, write));
    const creation = creations[index];
    return isChange(creation) && !inserted.has(creation.id) ? undefined : creation;
  });
  const changes = decisions.filter(isChange).filter(({ events }) => events.length > 0);
  const updates = changes.filter(({ before }) => before);
  updateUsers(tx, updates);
  updateEmailIndex(tx, ...changes.map(({ emails }) => emails));
  for (const [index, { actor }] of writes.entries()) {
    const decision = decisions[index];
    tx.actAs(actor);
    if (isChange(decision)) for (const event of decision.events) tx.record(event, { users: decision.before ? 0 : 1 });
  }
  const committed = await tx.commit();
  return decisions.map((decision, index) =>
    isChange(decision) ? toWritten(decision, tx.now, committed[index]) : decision,
  );
}

async function lock(tx: Transaction, writes: readonly UserWrite[]): Promise<Map<string, StoredUser>> {
  const updates = writes.flatMap(({ command }) => (command.type === 'CreateUser' ? [] : [command]));
  const ids = updates.map(({ id }) => id.toLowerCase());
  const leavers = updates.filter(mayDeactivate).map(({ id }) => id.toLowerCase());
  return new Map((await lockFreeUsers(tx, { ids, leavers })).map((user) => [user.id, user]));
}

/** Inserts those of several whose userName nobody has. One alone needs no wait for that: where it has, all of it fails. */
async function insert(tx: Transaction, creations: readonly Decision[]): Promise<ReadonlySet<string>> {
  const users = creations.filter(isChange);
  const isAlone = creations.length === 1;
  if (!isAlone) return insertNewUsers(tx, users);
  insertUsers(tx, users);
  return new Set(users.map(({ id }) => id));
}

/** Decides. What goes wrong is one command's, and not the transaction's: nothing of it has been sent yet. */
function decided(decision: () => Decision): Decision {
  try {
    return decision();
  } catch (error) {
    return new Rejection(error);
  }
}

function isChange(decision: Decision): decision is Change {
  return decision !== undefined && !(decision instanceof Rejection);
}

function create(tx: Transaction, command: UserWrite['command']): Decision {
  if (command.type !== 'CreateUser') return undefined;
  const { id, attributes } = command;
  const change = createUser(tx.schema.user, id, attributes);
  assertResourceSize(tx.maxResourceBytes, attributes);
  if (change.columns.managerId !== null || hasOthersValues(tx, {}, change)) return undefined;
  return { ...change, id, before: undefined, emails: toEmailChange(id, {}, change) };
}

function update(tx: Transaction, before: StoredUser, { command, expectedVersion }: UserWrite): Decision {
  if (command.type === 'CreateUser') return undefined;
  assertVersion(before.version, expectedVersion);
  if (holdsUnknown(tx.schema.user, before.attributes)) return undefined;
  const change = decideUserUpdate(tx.schema.user, before, command);
  const { userNameKey, managerId } = change.columns;
  if (userNameKey !== fold(before.userName) || managerId !== before.managerId) return undefined;
  if (hasOthersValues(tx, before.attributes, change)) return undefined;
  if (change.events.length > 0) {
    assertResourceSize(
      tx.maxResourceBytes,
      toUserAttributes({ ...before, ...change.columns }),
      toUserAttributes(before),
    );
  }
  return { ...change, id: before.id, before, emails: toEmailChange(before.id, before.attributes, change) };
}

/** Whether values of registered extensions change, whose schema must be held and whose uniqueness is others' affair too. */
function hasOthersValues({ schema }: Transaction, before: Attributes, { columns }: UserChange): boolean {
  return changedExtensions(schema, schema.user, before, columns.attributes).length > 0;
}

function toEmailChange(userId: string, before: Attributes, { columns }: UserChange): EmailChange {
  return { userId, before: toEmailKeys(before), after: toEmailKeys(columns.attributes) };
}

function toWritten(
  { before, id, columns, events }: Change,
  now: Date,
  committed: CommittedEvents | undefined,
): UserWriteResult {
  if (!before) return { changed: true, user: toCreated(columns, id, now, null), committed };
  if (events.length === 0) return { changed: false, user: before, committed };
  return { changed: true, user: toChanged(columns, before, now, before.managerDisplayName), committed };
}
