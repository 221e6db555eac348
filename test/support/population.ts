import type { Pool } from 'pg';
import { newId } from '../../src/domain/id.js';

/** How much a directory shall hold; numbers are those of one directory. */
export interface Population {
  readonly users: number;
  readonly groups: number;
  /** In how many groups each user is; the first group holds all users. */
  readonly groupsPerUser: number;
}

/**
 * Fills directories by SQL, a set at a time: far more rows than commands would make in a test's time. There are no events
 * of it. User number n of a directory is `user-n`, its e-mail address `user-n@fabrikam.example`, its external id `x-n`,
 * its employee number `e-n`; every tenth is inactive. Group number n is `Group n`.
 */
export async function populate(
  pool: Pool,
  directoryIds: readonly string[],
  { users, groups, groupsPerUser }: Population,
): Promise<void> {
  const userIds = directoryIds.map(() => Array.from({ length: users }, () => newId()));
  const groupIds = directoryIds.map(() => Array.from({ length: groups }, () => newId()));
  for (const [index, directoryId] of directoryIds.entries()) {
    await pool.query(
      `insert into users (directory_id, id, user_name, user_name_key, external_id, active, display_name, display_name_key,
         employee_number, employee_number_key, email_keys, attributes, attribute_keys, version, created_at, updated_at)
       select $1, id, 'user-' || n, 'user-' || n, 'x-' || n, n % 10 <> 0, 'User ' || n, 'user ' || n, 'e-' || n, 'e-' || n,
         array['user-' || n || '@fabrikam.example'], emails, emails, 1, now(), now()
       from unnest($2::uuid[]) with ordinality as one (id, n), lateral jsonb_build_object('emails', jsonb_build_array(
         jsonb_build_object('value', 'user-' || n || '@fabrikam.example', 'type', 'work'))) as emails`,
      [directoryId, userIds[index]],
    );
    await pool.query(
      `insert into groups (directory_id, id, display_name, display_name_key, attributes, attribute_keys, member_count,
         version, created_at, updated_at)
       select $1, id, 'Group ' || n, 'group ' || n, '{}', '{}', 0, 1, now(), now()
       from unnest($2::uuid[]) with ordinality as one (id, n)`,
      [directoryId, groupIds[index]],
    );
    await pool.query(
      `insert into memberships (directory_id, group_id, member_id, user_id, added_at)
       select distinct $1::uuid, ($3::uuid[])[case k when 0 then 1 else 1 + (n * 7 + k) % $4 end], id, id, now()
       from unnest($2::uuid[]) with ordinality as one (id, n), generate_series(0, $5 - 1) as k`,
      [directoryId, userIds[index], groupIds[index], groups, groupsPerUser],
    );
    await pool.query(
      `update groups g set member_count = (select count(*) from memberships m where m.directory_id = $1 and m.group_id = g.id)
       where g.directory_id = $1`,
      [directoryId],
    );
    await pool.query(
      'update directory_counters set user_count = user_count + $2, group_count = group_count + $3 where directory_id = $1',
      [directoryId, users, groups],
    );
  }
  await pool.query('analyze users, groups, memberships, directory_counters');
}
