/** Fills databases with users and groups by SQL, outside of what is measured. */
import { randomUUID } from 'node:crypto';

const BATCH = 50_000;
const GROUPS = 100;
const GROUPS_PER_USER = 10;

/** The userName of the n-th user of a directory, counted from 1. */
export const storedName = (n) => `user-${n}@fabrikam.example`;

/**
 * Fills each directory with `count` users that have a name, two e-mail addresses, a phone number and a job.
 *
 * @returns the ids of all users, in the order of their creation
 */
export async function makeUsers(pool, directories, count) {
  const ids = [];
  const share = Math.max(1, Math.floor(BATCH / directories.length));
  for (let first = 1; first <= count; first += share) {
    const last = Math.min(first + share - 1, count);
    const { rows } = await pool.query(
      `with one as (
         select d, n, 'user-' || n || '@fabrikam.example' as name, 'user-' || n || '@home.example' as home,
           date '2026-01-01' + n * interval '1 ms' as made
         from generate_series($2::int, $3) as n cross join unnest($1::uuid[]) as d
         order by n
       ), stored as (
         insert into users (directory_id, id, user_name, user_name_key, external_id, active, display_name,
           display_name_key, title, title_key, department, department_key, employee_number, employee_number_key,
           attributes, attribute_keys, version, created_at, updated_at)
         select d, uuidv7(), name, name, 'object-' || n, n % 10 <> 0, 'User ' || n, 'user ' || n, 'Engineer', 'engineer',
           'Research', 'research', 'e' || n, 'e' || n, a, a, 1, made, made
         from one, lateral jsonb_build_object(
           'name', jsonb_build_object('givenName', 'Kim', 'familyName', 'Moss ' || n, 'formatted', 'Kim Moss ' || n),
           'preferredLanguage', 'en-gb',
           'emails', jsonb_build_array(
             jsonb_build_object('value', name, 'type', 'work', 'primary', true),
             jsonb_build_object('value', home, 'type', 'home')),
           'phoneNumbers', jsonb_build_array(jsonb_build_object('value', '+1 555 0100', 'type', 'mobile'))) as a
         returning directory_id, id, attributes
       ), found as (
         insert into user_emails (directory_id, email_key, user_id)
         select directory_id, email ->> 'value', id from stored, jsonb_array_elements(attributes -> 'emails') as email
       )
       select id from stored order by id`,
      [directories, first, last],
    );
    for (const { id } of rows) ids.push(id);
  }
  await pool.query('update directory_counters set user_count = user_count + $2 where directory_id = any($1)', [
    directories,
    count,
  ]);
  await pool.query('vacuum analyze');
  return ids;
}

/** Creates a hundred groups and adds each user of the directory to ten of them. */
export async function makeGroups(pool, directoryId) {
  await pool.query(
    `insert into groups (directory_id, id, display_name, display_name_key, attributes, attribute_keys, member_count,
       version, created_at, updated_at)
     select $1, id, 'Group ' || n, 'group ' || n, '{}', '{}', 0, 1, now(), now()
     from unnest($2::uuid[]) with ordinality as one (id, n)`,
    [directoryId, Array.from({ length: GROUPS }, () => randomUUID())],
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
  await pool.query(
    `update groups g set member_count = (select count(*) from memberships m
       where m.directory_id = g.directory_id and m.group_id = g.id) where directory_id = $1`,
    [directoryId],
  );
  await pool.query('update directory_counters set group_count = $2 where directory_id = $1', [directoryId, GROUPS]);
}

/** Copies the rows into a schema `peer`, whose tables suit the defaults of PostGraphile. */
export async function copyForPeer(pool) {
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
