import type { Actor } from './kernel/actor.js';
import { targetOf, type Command } from './write/command.js';
import { DomainError } from './kernel/errors.js';
import type { CommittedEvents } from './event/event-batch.js';
import type { StoredEvent } from './event/event.js';
import type { StoredGroup } from './group/group-row.js';
import { claimKey, type IdempotencyKey } from './idempotency/idempotency.js';
import type { ExpectedVersion } from './kernel/precondition.js';
import { toConstraintError } from './constraint-error.js';
import { runCommands } from './run-commands.js';
import type { Store } from './store.js';
import type { StoredCustomResource } from './custom-resource/custom-resource-row.js';
import { sqlState } from './sql/statement.js';
import { inTransaction, type Transaction } from './write/transaction.js';
import type { StoredUser } from './user/user-row.js';
import { isUserWrite } from './user/group-commit.js';

/** The result of a successful call of `execute`. */
export interface Outcome {
  /** Whether anything was written. */
  readonly changed: boolean;
  /**
   * The events, in order. Empty when nothing changed, and for custom resources. Built on access, because there may be a
   * hundred thousand.
   */
  readonly events: readonly StoredEvent[];
  /** The user that the last user command stored, or deleted. */
  readonly user?: StoredUser;
  /** The group that the last group or member command stored, or deleted. */
  readonly group?: StoredGroup;
  /** The custom resource that the last command about one stored, or deleted. */
  readonly resource?: StoredCustomResource;
  /** The id of the first command's object, when a request with this idempotency key has been executed before. */
  readonly replayOf?: string;
}

const MAX_ATTEMPTS = 10;
/** The SQLSTATEs of a deadlock and a serialization failure, after which a transaction can be retried. */
const RETRIED = new Set(['40P01', '40001']);

/**
 * Executes every write of users, groups, memberships and custom resources: runs the commands in order in one
 * transaction and commits them together with the events they caused. Commands that change nothing write nothing. When
 * one fails, none has an effect.
 *
 * @param actor the originator of the changes, with the directory
 * @param expectedVersion the version that the target of the first command must have
 * @param key makes the call safe to retry: a second call with the same key changes nothing and returns `replayOf`
 * @throws the errors of the commands, and DomainError IDEMPOTENCY_KEY_REUSED
 */
export async function execute(
  store: Store,
  actor: Actor,
  commands: readonly Command[],
  expectedVersion?: ExpectedVersion,
  key?: IdempotencyKey,
): Promise<Outcome> {
  const { observer } = store;
  const start = performance.now();
  const report = (outcome: 'changed' | 'unchanged' | 'failed'): void => {
    const [first] = commands;
    if (first) observer.onExecuted?.(first.type, outcome, (performance.now() - start) / 1000);
  };
  try {
    const { committed, ...outcome } = await executeAll(store, actor, commands, expectedVersion, key);
    report(outcome.changed ? 'changed' : 'unchanged');
    if (committed) observer.onCommit?.(committed);
    return {
      ...outcome,
      get events() {
        return committed?.toEvents() ?? [];
      },
    };
  } catch (error) {
    report('failed');
    // Another process may have just removed or changed the schema. The next call reads it again.
    if (error instanceof DomainError && error.code === 'UNKNOWN_SCHEMA') {
      store.schemas.invalidate(actor.directoryId);
    }
    throw toConstraintError(error);
  }
}

type Executed = Omit<Outcome, 'events'> & { readonly committed: CommittedEvents | undefined };

/** A single write of one user may share a transaction (group commit). Everything else has a transaction of its own. */
function executeAll(
  store: Store,
  actor: Actor,
  commands: readonly Command[],
  expectedVersion: ExpectedVersion | undefined,
  key: IdempotencyKey | undefined,
): Promise<Executed> {
  const executeSeparately = (): Promise<Executed> => executeWithRetries(store, actor, commands, expectedVersion, key);
  const [command, ...others] = commands;
  if (!command || others.length > 0 || key || !isUserWrite(command)) return executeSeparately();
  return store.userWriter.write({ actor, command, expectedVersion, executeSeparately });
}

async function executeWithRetries(
  store: Store,
  actor: Actor,
  commands: readonly Command[],
  expectedVersion: ExpectedVersion | undefined,
  key: IdempotencyKey | undefined,
): Promise<Executed> {
  for (let number = 1; ; number++) {
    try {
      return await attempt(store, actor, commands, expectedVersion, key);
    } catch (error) {
      if (number === MAX_ATTEMPTS || !RETRIED.has(sqlState(error))) throw error;
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 10 * number));
    }
  }
}

function attempt(
  store: Store,
  actor: Actor,
  commands: readonly Command[],
  expectedVersion: ExpectedVersion | undefined,
  key: IdempotencyKey | undefined,
): Promise<Executed> {
  return inTransaction(store, actor.directoryId, async (tx) => {
    tx.actAs(actor);
    const replayOf = await claim(tx, commands, key);
    if (replayOf !== undefined) {
      await tx.rollback();
      return { changed: false, committed: undefined, replayOf };
    }
    const results = await runCommands(tx, commands, expectedVersion);
    const [committed] = await tx.commit();
    return { ...results, changed: tx.hasChanged, committed };
  });
}

/** Claims the key in the transaction of the commands. Returns the object's id if an earlier call has claimed it. */
async function claim(
  tx: Transaction,
  [first]: readonly Command[],
  key: IdempotencyKey | undefined,
): Promise<string | undefined> {
  if (!key || !first) return undefined;
  tx.ensureCommit();
  return claimKey((text, values) => tx.rows({ text }, values), key, targetOf(first));
}
