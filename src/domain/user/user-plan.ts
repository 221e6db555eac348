import { assertResourceSize } from '../attributes/resource-size.js';
import type { Attributes } from '../attributes/attributes.js';
import { assertVersion, type ExpectedVersion } from '../kernel/precondition.js';
import type { CreateUser, ReplaceUser, UpdateUser } from '../write/command.js';
import type { Transaction } from '../write/transaction.js';
import { updateEmailIndex, type EmailChange } from './columns/email-index.js';
import { createUser, decideUserUpdate, type UserChange } from './user-decisions.js';
import { toEmailKeys, toUserAttributes, type StoredUser } from './user-row.js';
import { updateUsers } from './user-write.js';

/** One write of one user, decided and checked, but not yet sent. */
export interface UserPlan extends UserChange {
  readonly id: string;
  /** The user before the write; undefined for a new user. */
  readonly before: StoredUser | undefined;
  readonly emails: EmailChange;
}

/** Plans the creation of a user. Throws DomainError TOO_MANY, or as `createUser` does. */
export function planCreate(tx: Transaction, { id, attributes }: CreateUser): UserPlan {
  const change = createUser(tx.schema.user, id, attributes);
  assertResourceSize(tx.maxResourceBytes, attributes);
  return { ...change, id, before: undefined, emails: toEmailChange(id, {}, change) };
}

/** Plans an update of a user. Without events, nothing changes. Throws VERSION_CONFLICT, TOO_MANY, or as `decideUserUpdate` does. */
export function planUpdate(
  tx: Transaction,
  before: StoredUser,
  command: UpdateUser | ReplaceUser,
  expectedVersion: ExpectedVersion | undefined,
): UserPlan {
  assertVersion(before.version, expectedVersion);
  const change = decideUserUpdate(tx.schema.user, before, command);
  if (change.events.length > 0) {
    const after = toUserAttributes({ ...before, ...change.columns });
    assertResourceSize(tx.maxResourceBytes, after, toUserAttributes(before));
  }
  return { ...change, id: before.id, before, emails: toEmailChange(before.id, before.attributes, change) };
}

/** Sends the writes of plans whose new users are inserted already: the rows of updates, and the e-mail index of all. */
export function sendPlans(tx: Transaction, plans: readonly UserPlan[]): void {
  const changes = plans.filter(({ events }) => events.length > 0);
  updateUsers(
    tx,
    changes.filter(({ before }) => before),
  );
  updateEmailIndex(tx, ...changes.map(({ emails }) => emails));
}

/** Records the events of a plan. */
export function recordPlan(tx: Transaction, { before, events }: UserPlan): void {
  for (const event of events) tx.record(event, { users: before ? 0 : 1 });
}

function toEmailChange(userId: string, before: Attributes, { columns }: UserChange): EmailChange {
  return { userId, before: toEmailKeys(before), after: toEmailKeys(columns.attributes) };
}
