import type { EntityManager } from '@mikro-orm/postgresql';
import type { Actor } from '../actor.js';
import type { ReplaceUser, UpdateUser } from '../command.js';
import { EventBatch, type CommittedEvents } from '../event/event-batch.js';
import { appendParameters, writeWithEvents } from '../event/event-log.js';
import { newId, type Clock } from '../id.js';
import { jsonEquals } from '../json.js';
import { requireVersion, type ExpectedVersion } from '../precondition.js';
import { findResourceLimit, requireRoom } from '../resource-size.js';
import { DirectorySchemas } from '../schema/directory-schemas.js';
import { changedExtensions } from '../schema/extension-values.js';
import type { DirectorySchema } from '../schema/resource-schema.js';
import { query } from '../statement.js';
import { decide, type UserChange } from './user-decisions.js';
import { findUser } from './user-queries.js';
import { toEmailKeys, toUserAttributes, type StoredUser } from './user-row.js';
import { columnValues, mayDeactivate, setColumns, toStored } from './user-write.js';

// Who changed the user since it was read has changed its version, or has removed it: then no row is written, and no event.
const WRITE = writeWithEvents(`
  update users set ${setColumns(17)}, version = version + 1, updated_at = $5
  where directory_id = $1::uuid and id = $15 and version = $16 returning 1`);

/** What an update at once left behind; `committed` is undefined where nothing changed. */
export interface UpdatedAtOnce {
  readonly user: StoredUser;
  readonly committed: CommittedEvents | undefined;
}

/**
 * Changes a user without a lock: reads it, decides, and writes row, counter and events in one statement, if the user is
 * still the one that was read. So does most of what Entra sends, in two round trips and without the frame of a transaction.
 *
 * @returns undefined, and nothing has happened, where it takes a lock: for a user that is not there or was changed in the
 *   meantime, and for what is more than its row: a deactivation, addresses, a manager, values of registered extensions
 * @throws VERSION_CONFLICT, TOO_MANY, or as the decision does
 */
export async function updateUserAtOnce(
  em: EntityManager,
  actor: Actor,
  command: UpdateUser | ReplaceUser,
  expectedVersion: ExpectedVersion | undefined,
  clock: Clock,
): Promise<UpdatedAtOnce | undefined> {
  if (mayDeactivate(command)) return undefined;
  const { directoryId } = actor;
  const schema = await DirectorySchemas.of(em).get(directoryId);
  const user = await findUser(em, directoryId, command.id, { groups: true });
  if (!user) return undefined;
  requireVersion(user.version, expectedVersion);
  const change = decide(schema.user, user, command);
  if (change.events.length === 0) return { user, committed: undefined };
  if (!isOfRowAlone(schema, user, change)) return undefined;
  const { columns } = change;
  requireRoom(findResourceLimit(em), toUserAttributes({ ...user, ...columns }), toUserAttributes(user));
  const events = new EventBatch();
  for (const event of change.events) events.add(event);
  const now = new Date(clock());
  const firstId = newId(clock);
  const [head] = await query<{ base: string }>(em, WRITE, [
    ...appendParameters(actor, events, firstId, now),
    user.id,
    user.version,
    ...columnValues(columns),
  ]);
  if (!head) return undefined;
  const { id, version, createdAt, managerDisplayName, groups } = user;
  const rest = { id, version: version + 1, createdAt, updatedAt: now, managerDisplayName };
  return {
    user: toStored(columns, { ...rest, ...(groups ? { groups } : {}) }),
    committed: events.toCommitted(firstId, Number(head.base), actor, now),
  };
}

/** Whether a change is written to the row of the user and to no other. */
function isOfRowAlone(schema: DirectorySchema, user: StoredUser, { columns, events }: UserChange): boolean {
  return (
    !events.some(({ type }) => type === 'USER_DEPROVISIONED') &&
    columns.managerId === user.managerId &&
    jsonEquals(toEmailKeys(user.attributes), toEmailKeys(columns.attributes)) &&
    changedExtensions(schema, schema.user, user.attributes, columns.attributes).length === 0
  );
}
