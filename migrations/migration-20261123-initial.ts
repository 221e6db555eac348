import { Migration } from '@mikro-orm/migrations';

/**
 * Creates the initial schema. `directory_id` leads every primary key, unique index and foreign key. Foreign keys are NO
 * ACTION, because a cascade would be a change without an event. There are no triggers and no sequences.
 */
export class InitialMigration extends Migration {
  override up(): void {
    this.addSql(`
      create table directories (
        id uuid primary key,
        slug text collate "C" not null constraint directories_slug_key unique,
        name text not null,
        created_at timestamptz(3) not null,
        updated_at timestamptz(3) not null
      )`);
    // Updated by every commit. The free space on the page allows updates without new index entries (HOT).
    this.addSql(`
      create table directory_counters (
        directory_id uuid primary key references directories (id),
        sequence bigint not null,
        user_count int not null,
        group_count int not null
      ) with (fillfactor = 10, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0)`);
    this.addSql(`
      create table tokens (
        id uuid primary key,
        directory_id uuid null references directories (id),
        kind text not null,
        name text not null,
        prefix text not null,
        hash bytea not null constraint tokens_hash_key unique,
        scopes text[] not null,
        created_at timestamptz(3) not null,
        expires_at timestamptz(3) null,
        last_used_at timestamptz(3) null,
        revoked_at timestamptz(3) null
      )`);
    this.addSql('create index tokens_directory_id_index on tokens (directory_id)');
    this.addSql(`
      create table users (
        directory_id uuid not null references directories (id),
        id uuid not null,
        user_name text not null,
        user_name_key text collate "C" not null,
        external_id text collate "C" null,
        active boolean not null,
        display_name text null,
        display_name_key text collate "C" null,
        title text null,
        title_key text collate "C" null,
        department text null,
        department_key text collate "C" null,
        employee_number text null,
        employee_number_key text collate "C" null,
        manager_id uuid null,
        email_keys text[] collate "C" not null,
        attributes jsonb not null,
        attribute_keys jsonb not null,
        version int not null,
        created_at timestamptz(3) not null,
        updated_at timestamptz(3) not null,
        primary key (directory_id, id),
        constraint users_user_name_key unique (directory_id, user_name_key),
        constraint users_manager_fkey foreign key (directory_id, manager_id) references users (directory_id, id)
      ) with (fillfactor = 85)`);
    this.addSql('create index users_external_id_index on users (directory_id, external_id)');
    this.addSql('create index users_display_name_index on users (directory_id, display_name_key)');
    this.addSql(`
      create index users_display_name_order_index on users (directory_id, (coalesce(display_name_key, '')), id)`);
    this.addSql('create index users_employee_number_index on users (directory_id, employee_number_key)');
    this.addSql('create index users_active_index on users (directory_id, active, id)');
    this.addSql('create index users_created_at_index on users (directory_id, created_at, id)');
    this.addSql('create index users_manager_id_index on users (directory_id, manager_id, id)');
    this.addSql('create index users_email_index on users using gin (email_keys)');
    this.addSql(`
      create table groups (
        directory_id uuid not null references directories (id),
        id uuid not null,
        display_name text not null,
        display_name_key text collate "C" not null,
        external_id text collate "C" null,
        attributes jsonb not null,
        attribute_keys jsonb not null,
        member_count int not null,
        version int not null,
        created_at timestamptz(3) not null,
        updated_at timestamptz(3) not null,
        primary key (directory_id, id),
        constraint groups_display_name_key unique (directory_id, display_name_key)
      ) with (fillfactor = 85)`);
    this.addSql('create index groups_external_id_index on groups (directory_id, external_id)');
    this.addSql('create index groups_created_at_index on groups (directory_id, created_at, id)');
    this.addSql(`
      create table memberships (
        directory_id uuid not null,
        group_id uuid not null,
        member_id uuid not null,
        user_id uuid null,
        nested_group_id uuid null,
        added_at timestamptz(3) not null,
        primary key (directory_id, group_id, member_id),
        constraint memberships_group_fkey foreign key (directory_id, group_id) references groups (directory_id, id),
        constraint memberships_user_fkey foreign key (directory_id, user_id) references users (directory_id, id),
        constraint memberships_nested_group_fkey
          foreign key (directory_id, nested_group_id) references groups (directory_id, id),
        constraint memberships_member_check
          check (member_id = coalesce(user_id, nested_group_id) and (user_id is null or nested_group_id is null))
      )`);
    this.addSql(`
      create index memberships_user_id_index on memberships (directory_id, user_id, group_id)
        where user_id is not null`);
    this.addSql(`
      create index memberships_nested_group_id_index on memberships (directory_id, nested_group_id, group_id)
        where nested_group_id is not null`);
    // No foreign key: an event is always inserted together with an update of the counter row of its directory.
    this.addSql(`
      create table events (
        directory_id uuid not null,
        sequence bigint not null,
        id uuid not null,
        type text not null,
        occurred_at timestamptz(3) not null,
        source text not null,
        actor text not null,
        request_id text null,
        payload jsonb not null,
        primary key (directory_id, sequence)
      )`);
  }

  override down(): void {
    for (const table of ['events', 'memberships', 'groups', 'users', 'tokens', 'directory_counters', 'directories']) {
      this.addSql(`drop table ${table}`);
    }
  }
}
