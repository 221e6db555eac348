import pg from 'pg';
import { newId } from '../../src/domain/kernel/id.js';

/** The size of a directory. */
export interface Population {
  readonly users: number;
  readonly groups: number;
  /** The number of groups of each user; the first group contains all users. */
  readonly groupsPerUser: number;
  /** The name of a custom resource type and the number of its resources. */
  readonly resources?: { readonly type: string; readonly count: number };
}

/**
 * Fills directories by SQL, with one statement for each table, because commands would take too long for so many rows. Writes
 * no events. User n of a directory is `user-n` with the e-mail address `user-n@fabrikam.example`, the external id `x-n` and
 * the employee number `e-n`; every tenth user is inactive and the manager of the nine before it. Group n is `Group n` with
 * the external id `y-n`; resource n has the label `Label n` and the external id `z-n`.
 */
export async function populate(pool: pg.Pool, directoryIds: readonly string[], population: Population): Promise<void> {
  // Connections of the pool have timeouts.
  const client = new pg.Client({ connectionString: pool.options.connectionString });
  await client.connect();
  try {
    await client.query('begin');
    // The rows are consistent: skip the checks of foreign keys.
    await client.query('set local session_replication_role = replica');
    await insert(client, directoryIds, population);
    await client.query('commit');
    // As autovacuum would do later: set the visibility map and collect statistics.
    await client.query('vacuum analyze users, user_emails, groups, memberships, resources, directory_counters');
  } finally {
    await client.end();
  }
}

/** Numbers the rows of a table: `place` across all directories, `n` within a directory. */
const NUMBERED_ROWS = `unnest($2::uuid[]) with ordinality as one (id, place),
  lateral (select 1 + (place - 1) / $3 as directory, 1 + (place - 1) % $3 as n) as at`;

async function insert(
  client: pg.Client,
  directoryIds: readonly string[],
  { users, groups, groupsPerUser, resources = { type: 'none', count: 0 } }: Population,
): Promise<void> {
  const newIds = (count: number): string[] => Array.from({ length: count * directoryIds.length }, () => newId());
  const userIds = newIds(users);
  const groupIds = newIds(groups);
  await client.query(
    `insert into users (directory_id, id, user_name, user_name_key, external_id, active, display_name, display_name_key,
       employee_number, employee_number_key, manager_id, attributes, attribute_keys, version, created_at,
       updated_at)
     select ($1::uuid[])[directory], id, 'user-' || n, 'user-' || n, 'x-' || n, n % 10 <> 0, 'User ' || n, 'user ' || n,
       'e-' || n, 'e-' || n, case when n % 10 <> 0 then ($2::uuid[])[place - n % 10 + 10] end,
       emails, emails, 1, now(), now()
     from ${NUMBERED_ROWS}, lateral jsonb_build_object('emails', jsonb_build_array(
       jsonb_build_object('value', 'user-' || n || '@fabrikam.example', 'type', 'work'))) as emails`,
    [directoryIds, userIds, users],
  );
  await client.query(
    `insert into user_emails (directory_id, email_key, user_id)
     select ($1::uuid[])[directory], 'user-' || n || '@fabrikam.example', id from ${NUMBERED_ROWS}`,
    [directoryIds, userIds, users],
  );
  await client.query(
    `insert into groups (directory_id, id, display_name, display_name_key, external_id, attributes, attribute_keys,
       member_count, version, created_at, updated_at)
     select ($1::uuid[])[directory], id, 'Group ' || n, 'group ' || n, 'y-' || n, '{}', '{}', 0, 1, now(), now()
     from ${NUMBERED_ROWS}`,
    [directoryIds, groupIds, groups],
  );
  await client.query(
    `insert into memberships (directory_id, group_id, member_id, user_id, added_at)
     select distinct ($1::uuid[])[directory],
       ($4::uuid[])[(directory - 1) * $5 + case k when 0 then 1 else 1 + (n * 7 + k) % $5 end], id, id, now()
     from ${NUMBERED_ROWS}, generate_series(0, $6 - 1) as k`,
    [directoryIds, userIds, users, groupIds, groups, groupsPerUser],
  );
  await client.query(
    `update groups g set member_count = counted.members from (
       select directory_id, group_id, count(*) as members from memberships
       where directory_id = any($1::uuid[]) group by directory_id, group_id) counted
     where g.directory_id = counted.directory_id and g.id = counted.group_id`,
    [directoryIds],
  );
  await client.query(
    `insert into resources (directory_id, resource_type, id, external_id, attributes, attribute_keys, version, created_at,
       updated_at)
     select ($1::uuid[])[directory], $4, id, 'z-' || n, jsonb_build_object('label', 'Label ' || n),
       jsonb_build_object('label', 'label ' || n), 1, now(), now()
     from ${NUMBERED_ROWS}`,
    [directoryIds, newIds(resources.count), Math.max(1, resources.count), resources.type.toLowerCase()],
  );
  await client.query(
    `update directory_counters set user_count = user_count + $2, group_count = group_count + $3
     where directory_id = any($1::uuid[])`,
    [directoryIds, users, groups],
  );
}
