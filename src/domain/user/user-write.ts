import type { JsonValue } from '../kernel/json.js';
import { prepared } from '../sql/statement.js';
import type { Transaction } from '../write/transaction.js';
import { ATTRIBUTE_COLUMNS, type AttributeColumn } from './columns/user-columns.js';
import type { StoredUser, UserColumns } from './user-row.js';

/** The maximum number of users that one statement writes. */
export const MAX_USERS_PER_STATEMENT = 20;

/** The columns that are derived from the attributes of a user, with their SQL types and properties. */
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

// Inserted in a fixed order, so that two writers of the same names wait for each other instead of deadlocking.
const INSERT_NEW = prepared(`
  ${INSERT} order by given.user_name_key on conflict (directory_id, user_name_key) do nothing returning id`);

const UPDATE = prepared(`
  update users set ${COLUMNS.map((column) => `${column} = given.${column}`).join(', ')},
    version = version + 1, updated_at = $2
  from ${GIVEN} where users.directory_id = $1 and users.id = given.id`);

/** A user to write, with the columns that are derived from its attributes. */
export interface UserToWrite {
  readonly id: string;
  readonly columns: UserColumns;
}

/** Inserts at most `MAX_USERS_PER_STATEMENT` users. A userName that is taken fails the transaction. */
export function insertUsers(tx: Transaction, users: readonly UserToWrite[]): void {
  if (users.length > 0) tx.send(INSERT_ALL, parameters(tx, users));
}

/** Inserts those of at most `MAX_USERS_PER_STATEMENT` users whose userName is not taken, and returns their ids. */
export async function insertNewUsers(tx: Transaction, users: readonly UserToWrite[]): Promise<Set<string>> {
  if (users.length === 0) return new Set();
  const inserted = await tx.request<{ id: string }>(INSERT_NEW, parameters(tx, users));
  return new Set(inserted.map(({ id }) => id));
}

/** Updates the columns of at most `MAX_USERS_PER_STATEMENT` locked users, and increments their versions. */
export function updateUsers(tx: Transaction, users: readonly UserToWrite[]): void {
  if (users.length > 0) tx.send(UPDATE, parameters(tx, users));
}

function parameters(tx: Transaction, users: readonly UserToWrite[]): unknown[] {
  // The statements would silently ignore further users.
  if (users.length > MAX_USERS_PER_STATEMENT)
    throw new Error(`${users.length} users exceed the maximum of one statement`);
  const given = users.map(({ id, columns }) => {
    const row: Record<string, JsonValue> = { id };
    for (const [column, , property] of WRITTEN) row[column] = columns[property];
    return row;
  });
  return [tx.directoryId, tx.now, JSON.stringify(given)];
}

/** Returns a user in the state after its creation. */
export function toCreated(columns: UserColumns, id: string, now: Date, managerDisplayName: string | null): StoredUser {
  const rest = { id, version: 1, createdAt: now, updatedAt: now, managerDisplayName, groups: [] };
  return toStored(columns, rest);
}

/** Returns a user in the state after a change. */
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

/** Combines the columns that are derived from attributes with the rest of a user. */
function toStored(columns: UserColumns, rest: Rest): StoredUser {
  const own = Object.fromEntries(ATTRIBUTE_COLUMNS.map(({ property }) => [property, columns[property]]));
  return { ...(own as Pick<UserColumns, AttributeColumn['property']>), attributes: columns.attributes, ...rest };
}
