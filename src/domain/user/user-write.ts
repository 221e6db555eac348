import type { JsonValue } from '../kernel/json.js';
import { prepared } from '../sql/statement.js';
import type { Transaction } from '../write/transaction.js';
import { ATTRIBUTE_COLUMNS, type AttributeColumn } from './columns/user-columns.js';
import type { StoredUser, UserColumns } from './user-row.js';

/** How many users one statement writes at most. */
export const MAX_USERS_PER_STATEMENT = 20;

/** The columns that a user's attributes decide, with their SQL types and the properties that hold their values. */
const WRITTEN: ReadonlyArray<readonly [column: string, type: string, property: keyof UserColumns]> = [
  ...ATTRIBUTE_COLUMNS.flatMap((declared): Array<(typeof WRITTEN)[number]> => {
    const { column, type, property } = declared;
    const own = [column, type, property] as const;
    return 'folded' in declared ? [own, [`${column}_key`, 'text', `${declared.property}Key`]] : [own];
  }),
  ['attributes', 'jsonb', 'attributes'],
  ['attribute_keys', 'jsonb', 'attributeKeys'],
];

const COLUMNS = WRITTEN.map(([column]) => column);

// The limit tells the planner that there are few: without it, the planner would read all users of a small directory.
const GIVEN = `
  (select * from jsonb_to_recordset($3::jsonb)
     as given (id uuid, ${WRITTEN.map(([column, type]) => `${column} ${type}`).join(', ')})
   limit ${MAX_USERS_PER_STATEMENT}) as given`;

const INSERT = `
  insert into users (directory_id, id, ${COLUMNS.join(', ')}, version, created_at, updated_at)
  select $1, given.id, ${COLUMNS.map((column) => `given.${column}`).join(', ')}, 1, $2, $2 from ${GIVEN}`;

const INSERT_ALL = prepared(INSERT);

// In one order, so that two writers of the same names wait for each other instead of deadlocking.
const INSERT_NEW = prepared(`
  ${INSERT} order by given.user_name_key on conflict (directory_id, user_name_key) do nothing returning id`);

const UPDATE = prepared(`
  update users set ${COLUMNS.map((column) => `${column} = given.${column}`).join(', ')},
    version = version + 1, updated_at = $2
  from ${GIVEN} where users.directory_id = $1 and users.id = given.id`);

/** A user to write, with the columns that its attributes decide. */
export interface UserToWrite {
  readonly id: string;
  readonly columns: UserColumns;
}

/** Inserts users, at most `MAX_USERS_PER_STATEMENT`. A userName that is taken fails the transaction. */
export function insertUsers(tx: Transaction, users: readonly UserToWrite[]): void {
  if (users.length > 0) tx.send(INSERT_ALL, parameters(tx, users));
}

/** Inserts the users, at most `MAX_USERS_PER_STATEMENT`, whose userName is not taken, and returns their ids. */
export async function insertNewUsers(tx: Transaction, users: readonly UserToWrite[]): Promise<Set<string>> {
  if (users.length === 0) return new Set();
  const inserted = await tx.request<{ id: string }>(INSERT_NEW, parameters(tx, users));
  return new Set(inserted.map(({ id }) => id));
}

/** Writes the columns of locked users, at most `MAX_USERS_PER_STATEMENT`, and raises their versions. */
export function updateUsers(tx: Transaction, users: readonly UserToWrite[]): void {
  if (users.length > 0) tx.send(UPDATE, parameters(tx, users));
}

function parameters(tx: Transaction, users: readonly UserToWrite[]): unknown[] {
  // The statements would silently drop the rest.
  if (users.length > MAX_USERS_PER_STATEMENT)
    throw new Error(`${users.length} users are more than one statement writes`);
  const given = users.map(({ id, columns }) => {
    const row: Record<string, JsonValue> = { id };
    for (const [column, , property] of WRITTEN) row[column] = columns[property];
    return row;
  });
  return [tx.directoryId, tx.now, JSON.stringify(given)];
}

/** A user as it is after its creation. */
export function toCreated(columns: UserColumns, id: string, now: Date, managerDisplayName: string | null): StoredUser {
  const rest = { id, version: 1, createdAt: now, updatedAt: now, managerDisplayName, groups: [] };
  return toStored(columns, rest);
}

/** A user as it is after a change. */
export function toChanged(
  columns: UserColumns,
  { id, version, createdAt, groups }: StoredUser,
  now: Date,
  managerDisplayName: string | null,
): StoredUser {
  const rest = { id, version: version + 1, createdAt, updatedAt: now, managerDisplayName };
  return toStored(columns, { ...rest, ...(groups ? { groups } : {}) });
}

type Rest = Pick<StoredUser, 'id' | 'version' | 'createdAt' | 'updatedAt' | 'managerDisplayName' | 'groups'>;

/** A user of which the attributes decide one part. */
function toStored(columns: UserColumns, rest: Rest): StoredUser {
  const own = Object.fromEntries(ATTRIBUTE_COLUMNS.map(({ property }) => [property, columns[property]]));
  return { ...(own as Pick<UserColumns, AttributeColumn['property']>), attributes: columns.attributes, ...rest };
}
