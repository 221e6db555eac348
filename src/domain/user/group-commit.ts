import type { Attributes } from '../attributes/attributes.js';
import { BatcherPerDirectory } from '../concurrency/batcher.js';
import type { CommittedEvents } from '../event/event-batch.js';
import type { Actor } from '../kernel/actor.js';
import { fold } from '../kernel/fold.js';
import { isId } from '../kernel/id.js';
import type { ExpectedVersion } from '../kernel/precondition.js';
import { sqlState } from '../sql/statement.js';
import type { Command, CreateUser, ReplaceUser, UpdateUser } from '../write/command.js';
import { changedExtensions, holdsUnknown } from '../write/hold-schemas.js';
import { inTransaction, type Transaction, type TransactionStore } from '../write/transaction.js';
import { mayDeactivate } from './user-decisions.js';
import { lockFreeUsers } from './user-lock.js';
import { planCreate, planUpdate, recordPlan, sendPlans, type UserPlan } from './user-plan.js';
import type { StoredUser } from './user-row.js';
import { insertNewUsers, insertUsers, MAX_USERS_PER_STATEMENT, toChanged, toCreated } from './user-write.js';

/** A command about one user that may share a transaction with others. */
export interface UserWrite {
  readonly actor: Actor;
  readonly command: CreateUser | UpdateUser | ReplaceUser;
  readonly expectedVersion: ExpectedVersion | undefined;
  /**
   * Executes the command in a separate transaction. The batch calls it instead of the caller, because later commands
   * about the same user must wait for it.
   */
  readonly executeSeparately: () => Promise<UserWriteResult>;
}

/** Returns true for commands that `UserWriter` executes. */
export function isUserWrite(command: Command): command is UserWrite['command'] {
  return command.type === 'CreateUser' || command.type === 'UpdateUser' || command.type === 'ReplaceUser';
}

export interface UserWriteResult {
  readonly changed: boolean;
  /** The user as stored. */
  readonly user?: StoredUser;
  /** Undefined if nothing changed. */
  readonly committed: CommittedEvents | undefined;
}

/** The error of one command of a batch, which does not affect the others. */
class Rejection {
  constructor(readonly error: unknown) {}
}

type Result = UserWriteResult | Rejection;

/**
 * Two transactions may run concurrently. With fewer than three writers, sharing a transaction would only add waiting
 * time.
 */
const LIMITS = {
  maxConcurrentBatches: 2,
  maxBatchSize: MAX_USERS_PER_STATEMENT,
  stallTimeout: 1_000,
  queueTimeout: 10_000,
};

/**
 * Writes users with group commit: concurrent writes of users of one directory share a transaction, and with it the cost
 * of the statements, the counter update and the commit. These writes get a separate transaction within the same batch:
 * of a user that does not exist or is locked by another transaction, of a userName that changes or is taken, of a
 * manager, and of values of registered extensions.
 */
export class UserWriter {
  readonly #batchers: BatcherPerDirectory<UserWrite, Result>;

  constructor(store: TransactionStore) {
    this.#batchers = new BatcherPerDirectory((directoryId, writes) => writeAll(store, directoryId, writes), LIMITS);
  }

  /**
   * Executes one command about one user.
   *
   * @throws DomainError VERSION_CONFLICT, TOO_MANY or the errors of the decision; AcquireTimeout; the errors of
   *   `executeSeparately`
   */
  async write(write: UserWrite): Promise<UserWriteResult> {
    const id = write.command.id.toLowerCase();
    if (!isId(id)) return write.executeSeparately();
    const result = await this.#batchers.run(write.actor.directoryId, write, id);
    if (result instanceof Rejection) throw result.error;
    return result;
  }
}

/**
 * The SQLSTATEs of a deadlock, a serialization failure and an unavailable lock, after which the writes can be retried.
 */
const RETRYABLE = new Set(['40P01', '40001', '55P03']);

/**
 * The SQLSTATE classes of statements that were rejected because of their values, constraints or limits. Nothing was
 * committed in these cases. After other errors this is uncertain: the connection may have been lost during the commit.
 */
const REJECTED = /^(22|23|54)/;

/**
 * Executes writes in one transaction. If PostgreSQL rejects it, each write is executed again in a separate transaction.
 */
async function writeAll(
  store: TransactionStore,
  directoryId: string,
  writes: readonly UserWrite[],
): Promise<Array<Result | Promise<Result>>> {
  const results = await writeInOneTransaction(store, directoryId, writes);
  return writes.map(({ executeSeparately }, index) => results[index] ?? executeSeparately());
}

async function writeInOneTransaction(
  store: TransactionStore,
  directoryId: string,
  writes: readonly UserWrite[],
): Promise<Array<Result | undefined>> {
  try {
    return await inTransaction(store, directoryId, (tx) => writeIn(tx, writes));
  } catch (error) {
    const state = sqlState(error);
    // A single rejected command would be rejected again.
    const canRetry = RETRYABLE.has(state) || (REJECTED.test(state) && writes.length > 1);
    if (!canRetry) throw error;
    return [];
  }
}

/** The decision on one write; undefined if it needs a separate transaction. */
type Decision = UserPlan | Rejection | undefined;

async function writeIn(tx: Transaction, writes: readonly UserWrite[]): Promise<Array<Result | undefined>> {
  const creations = writes.map(({ command }) => decide(() => tryPlanCreate(tx, command)));
  const [users, inserted] = await Promise.all([lock(tx, writes), insert(tx, creations)]);
  const decisions = writes.map((write, index) => {
    const user = users.get(write.command.id.toLowerCase());
    if (user) return decide(() => tryPlanUpdate(tx, user, write));
    const creation = creations[index];
    return isPlan(creation) && !inserted.has(creation.id) ? undefined : creation;
  });
  sendPlans(tx, decisions.filter(isPlan));
  for (const [index, { actor }] of writes.entries()) {
    const decision = decisions[index];
    tx.actAs(actor);
    if (isPlan(decision)) recordPlan(tx, decision);
  }
  const committed = await tx.commit();
  return decisions.map((decision, index) =>
    isPlan(decision) ? toResult(decision, tx.now, committed[index]) : decision,
  );
}

async function lock(tx: Transaction, writes: readonly UserWrite[]): Promise<Map<string, StoredUser>> {
  const updates = writes.flatMap(({ command }) => (command.type === 'CreateUser' ? [] : [command]));
  const ids = updates.map(({ id }) => id.toLowerCase());
  const deactivatable = updates.filter(mayDeactivate).map(({ id }) => id.toLowerCase());
  return new Map((await lockFreeUsers(tx, { ids, deactivatable })).map((user) => [user.id, user]));
}

/**
 * Inserts the new users whose userName is free, and returns their ids. A single user is inserted without a check,
 * because a conflict affects no other write.
 */
async function insert(tx: Transaction, creations: readonly Decision[]): Promise<ReadonlySet<string>> {
  const users = creations.filter(isPlan);
  if (creations.length > 1) return insertNewUsers(tx, users);
  insertUsers(tx, users);
  return new Set(users.map(({ id }) => id));
}

/**
 * Catches the error of one command. None of its statements has been sent yet, so the transaction can continue without
 * it.
 */
function decide(plan: () => Decision): Decision {
  try {
    return plan();
  } catch (error) {
    return new Rejection(error);
  }
}

function isPlan(decision: Decision): decision is UserPlan {
  return decision !== undefined && !(decision instanceof Rejection);
}

function tryPlanCreate(tx: Transaction, command: UserWrite['command']): UserPlan | undefined {
  if (command.type !== 'CreateUser') return undefined;
  const plan = planCreate(tx, command);
  return plan.columns.managerId !== null || changesExtensions(tx, {}, plan) ? undefined : plan;
}

function tryPlanUpdate(
  tx: Transaction,
  before: StoredUser,
  { command, expectedVersion }: UserWrite,
): UserPlan | undefined {
  if (command.type === 'CreateUser' || holdsUnknown(tx.schema.user, before.attributes)) return undefined;
  const plan = planUpdate(tx, before, command, expectedVersion);
  const { userNameKey, managerId } = plan.columns;
  if (userNameKey !== fold(before.userName) || managerId !== before.managerId) return undefined;
  return changesExtensions(tx, before.attributes, plan) ? undefined : plan;
}

/**
 * Returns true if values of registered extensions change, whose schemas must be locked and whose uniqueness must be
 * checked.
 */
function changesExtensions({ schema }: Transaction, before: Attributes, { columns }: UserPlan): boolean {
  return changedExtensions(schema, schema.user, before, columns.attributes).length > 0;
}

function toResult(
  { before, id, columns, events }: UserPlan,
  now: Date,
  committed: CommittedEvents | undefined,
): UserWriteResult {
  if (!before) return { changed: true, user: toCreated(columns, id, now, null), committed };
  if (events.length === 0) return { changed: false, user: before, committed };
  return { changed: true, user: toChanged(columns, before, now, before.managerDisplayName), committed };
}
