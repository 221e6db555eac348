import type { EntityManager } from '@mikro-orm/postgresql';
import type { Actor } from '../actor.js';
import type { Command, CreateUser, ReplaceUser, UpdateUser } from '../command.js';
import { DomainError } from '../errors.js';
import type { CommittedEvents } from '../event/event-batch.js';
import { DirectoryGatherings } from '../gathering.js';
import { isId } from '../id.js';
import { requireVersion, type ExpectedVersion } from '../precondition.js';
import { requireRoom } from '../resource-size.js';
import type { Attributes } from '../schema/attributes.js';
import { changedExtensions } from '../schema/extension-values.js';
import { isDatabaseAway, sqlState } from '../statement.js';
import { inTransaction, type Transaction } from '../transaction.js';
import { keepEmails, type EmailChange } from './keep-emails.js';
import { createUser, decide, mayDeactivate, type UserChange } from './user-decisions.js';
import { lockFreeUsers } from './user-lock.js';
import { toEmailKeys, toUserAttributes, type StoredUser } from './user-row.js';
import { insertNewUsers, insertUsers, MAX_WRITTEN, toStored, updateUsers } from './user-write.js';

/** A command about one user, which may be written together with others. */
export interface UserWrite {
  readonly actor: Actor;
  readonly command: CreateUser | UpdateUser | ReplaceUser;
  readonly expectedVersion: ExpectedVersion | undefined;
}

/** Whether a command is one of those. */
export function isUserWrite(command: Command): command is UserWrite['command'] {
  return command.type === 'CreateUser' || command.type === 'UpdateUser' || command.type === 'ReplaceUser';
}

/** What a write left behind; `committed` is undefined where nothing changed. */
export interface WrittenUser {
  readonly user: StoredUser;
  readonly committed: CommittedEvents | undefined;
}

type Result = WrittenUser | DomainError | undefined;

/** Two may write apart: where there are no more, sharing would only make the one wait for the commit of the other. */
const LIMITS = { apart: 2, together: MAX_WRITTEN, patience: 1_000 };

const writers = new DirectoryGatherings<UserWrite, Result>(writeAll, LIMITS);

/**
 * Writes a user. Those who write users of the same directory at the same time share a transaction (group commit): its
 * statements, the directory's counter and the commit are paid once for all of them, and nobody waits for the counter.
 *
 * @returns undefined, and nothing has happened, for what needs a transaction of its own: a user that is not there or that
 *   somebody else has locked, a userName that is taken, a manager, values of registered extensions
 * @throws VERSION_CONFLICT, TOO_MANY, or as the decision does
 */
export async function writeTogether(em: EntityManager, write: UserWrite): Promise<WrittenUser | undefined> {
  const { directoryId } = write.actor;
  const id = write.command.id.toLowerCase();
  if (!isId(id)) return undefined;
  const result = await writers.do(em, directoryId, write, id);
  if (result instanceof DomainError) throw result;
  return result;
}

/** Deadlock detected, serialization failure, lock not available: somebody else was first. */
const OTHERS_FIRST = new Set(['40P01', '40001', '55P03']);

/** Does them in one transaction. Where PostgreSQL refuses it, each gets another chance with one of its own. */
async function writeAll(em: EntityManager, directoryId: string, writes: readonly UserWrite[]): Promise<Result[]> {
  try {
    return await inTransaction(em, directoryId, (tx) => writeIn(tx, writes));
  } catch (error) {
    const state = sqlState(error);
    // Only an error of the server says for certain that nothing was committed.
    if (state === '' || isDatabaseAway(error)) throw error;
    // What one alone is refused for, it would be refused for again.
    if (writes.length === 1 && !OTHERS_FIRST.has(state)) throw error;
    return writes.map(() => undefined);
  }
}

/** What becomes of one user. */
interface Change extends UserChange {
  readonly id: string;
  /** Undefined for a new one. */
  readonly before: StoredUser | undefined;
}

type Decision = Change | DomainError | undefined;

async function writeIn(tx: Transaction, writes: readonly UserWrite[]): Promise<Result[]> {
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
  keepEmails(tx, ...changes.map(toEmailChange));
  for (const [index, { actor }] of writes.entries()) {
    const decision = decisions[index];
    tx.actAs(actor);
    if (isChange(decision)) for (const event of decision.events) tx.record(event, { users: decision.before ? 0 : 1 });
  }
  const committed = await tx.commit();
  return decisions.map((decision, index) =>
    isChange(decision) ? { user: toWritten(decision, tx.now), committed: committed[index] } : decision,
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
  if (creations.length > 1) return insertNewUsers(tx, users);
  insertUsers(tx, users);
  return new Set(users.map(({ id }) => id));
}

/** Decides, with the domain's refusal as a decision like others: it is one command's, and not the transaction's. */
function decided(decision: () => Decision): Decision {
  try {
    return decision();
  } catch (error) {
    if (error instanceof DomainError) return error;
    throw error;
  }
}

function isChange(decision: Decision): decision is Change {
  return decision !== undefined && !(decision instanceof DomainError);
}

function create(tx: Transaction, command: UserWrite['command']): Decision {
  if (command.type !== 'CreateUser') return undefined;
  const change = createUser(tx.schema.user, command.id, command.attributes);
  requireRoom(tx.maxResourceBytes, command.attributes);
  return isOfUserAlone(tx, {}, change, null) ? { ...change, id: command.id, before: undefined } : undefined;
}

function update(tx: Transaction, before: StoredUser, { command, expectedVersion }: UserWrite): Decision {
  if (command.type === 'CreateUser') return undefined;
  requireVersion(before.version, expectedVersion);
  const change = decide(tx.schema.user, before, command);
  if (!isOfUserAlone(tx, before.attributes, change, before.managerId)) return undefined;
  if (change.events.length > 0) {
    requireRoom(tx.maxResourceBytes, toUserAttributes({ ...before, ...change.columns }), toUserAttributes(before));
  }
  return { ...change, id: before.id, before };
}

/** Whether a change is written without a look at another user or at a schema. */
function isOfUserAlone(
  { schema }: Transaction,
  before: Attributes,
  { columns }: UserChange,
  managerId: string | null,
): boolean {
  return (
    columns.managerId === managerId && changedExtensions(schema, schema.user, before, columns.attributes).length === 0
  );
}

function toEmailChange({ id, before, columns }: Change): EmailChange {
  return { userId: id, before: before ? toEmailKeys(before.attributes) : [], after: toEmailKeys(columns.attributes) };
}

function toWritten({ id, before, columns, events }: Change, now: Date): StoredUser {
  if (!before) {
    return toStored(columns, { id, version: 1, createdAt: now, updatedAt: now, managerDisplayName: null, groups: [] });
  }
  if (events.length === 0) return before;
  const { version, createdAt, managerDisplayName, groups } = before;
  const rest = { id, version: version + 1, createdAt, updatedAt: now, managerDisplayName };
  return toStored(columns, { ...rest, ...(groups ? { groups } : {}) });
}
