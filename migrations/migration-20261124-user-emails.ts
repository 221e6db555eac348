import { Migration } from '@mikro-orm/migrations';

/**
 * Moves the e-mail addresses of users to a separate table whose key begins with the directory. The previous GIN index
 * did not contain the directory: the planner combined it with an index of all users of a directory, which took
 * milliseconds in a large directory, and every search read its list of pending entries. There is no foreign key,
 * because addresses are written together with users.
 */
export class UserEmailsMigration extends Migration {
  override up(): void {
    this.addSql(`
      create table user_emails (
        directory_id uuid not null,
        email_key text collate "C" not null,
        user_id uuid not null,
        primary key (directory_id, email_key, user_id)
      )`);
    this.addSql(`
      insert into user_emails (directory_id, email_key, user_id)
      select distinct directory_id, key, id from users, unnest(email_keys) as key`);
    this.addSql('drop index users_email_index');
    this.addSql('alter table users drop column email_keys');
  }

  override down(): void {
    this.addSql(`alter table users add column email_keys text[] collate "C" not null default '{}'`);
    this.addSql(`
      update users u set email_keys = array(
        select e.email_key from user_emails e where e.directory_id = u.directory_id and e.user_id = u.id)`);
    this.addSql('alter table users alter column email_keys drop default');
    this.addSql('create index users_email_index on users using gin (email_keys)');
    this.addSql('drop table user_emails');
  }
}
