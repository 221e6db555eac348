/** Users with names, two e-mail addresses and a telephone number, each in ten of a hundred groups; once for each server. */
import { randomUUID } from 'node:crypto';

const USERS = 2_000;
const GROUPS = 100;
const GROUPS_PER_USER = 10;

/** Fills a directory by SQL, and a schema `peer` with the same rows in tables that PostGraphile takes as they are. */
export async function populate(pool, directoryId) {
  const ids = (count) => Array.from({ length: count }, () => randomUUID());
  await pool.query(
    `insert into users (directory_id, id, user_name, user_name_key, external_id, active, display_name, display_name_key,
       title, title_key, attributes, attribute_keys, version, created_at, updated_at)
     select $1, id, 'user-' || n || '@fabrikam.example', 'user-' || n || '@fabrikam.example', 'x-' || n, n % 10 <> 0,
       'User ' || n, 'user ' || n, 'Engineer', 'engineer', a, a, 1, now(), now()
     from unnest($2::uuid[]) with ordinality as one (id, n), lateral jsonb_build_object(
       'name', jsonb_build_object('givenName', 'Kim', 'familyName', 'Moss ' || n, 'formatted', 'Kim Moss ' || n),
       'emails', jsonb_build_array(
         jsonb_build_object('value', 'user-' || n || '@fabrikam.example', 'type', 'work', 'primary', true),
         jsonb_build_object('value', 'user-' || n || '@home.example', 'type', 'home')),
       'phoneNumbers', jsonb_build_array(jsonb_build_object('value', '+1 555 0100', 'type', 'mobile'))) as a`,
    [directoryId, ids(USERS)],
  );
  await pool.query(
    `insert into user_emails (directory_id, email_key, user_id)
     select directory_id, email ->> 'value', id from users, jsonb_array_elements(attributes -> 'emails') as email
     where directory_id = $1`,
    [directoryId],
  );
  await pool.query(
    `insert into groups (directory_id, id, display_name, display_name_key, attributes, attribute_keys, member_count,
       version, created_at, updated_at)
     select $1, id, 'Group ' || n, 'group ' || n, '{}', '{}', $3::int, 1, now(), now()
     from unnest($2::uuid[]) with ordinality as one (id, n)`,
    [directoryId, ids(GROUPS), (USERS * GROUPS_PER_USER) / GROUPS],
  );
  await pool.query(
    `insert into memberships (directory_id, group_id, member_id, user_id, added_at)
     select $1::uuid, g.id, u.id, u.id, now()
     from (select id, row_number() over (order by id) as n from users where directory_id = $1) u,
       generate_series(0, $2 - 1) as k
     join lateral (select id, row_number() over (order by id) - 1 as n from groups where directory_id = $1) g on true
     where g.n = (u.n * 7 + k * 11) % $3`,
    [directoryId, GROUPS_PER_USER, GROUPS],
  );
  await pool.query('update directory_counters set user_count = $2, group_count = $3 where directory_id = $1', [
    directoryId,
    USERS,
    GROUPS,
  ]);
  await pool.query(`
    create schema peer;
    create table peer.users (id uuid primary key, user_name text not null unique, display_name text,
      active boolean not null, emails jsonb not null);
    create table peer.groups (id uuid primary key, display_name text not null unique);
    create table peer.memberships (user_id uuid not null references peer.users, group_id uuid not null references peer.groups,
      primary key (user_id, group_id));
    create index on peer.memberships (group_id);
    insert into peer.users select id, user_name, display_name, active, attributes -> 'emails' from public.users;
    insert into peer.groups select id, display_name from public.groups;
    insert into peer.memberships select user_id, group_id from public.memberships;`);
  await pool.query('vacuum analyze');
}
