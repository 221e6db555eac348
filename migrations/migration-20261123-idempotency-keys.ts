import { Migration } from '@mikro-orm/migrations';

/**
 * Creates the table of idempotency keys, which are kept for a day. The keys of a token belong to its directory, those
 * of admins to the nil UUID; therefore there is no foreign key.
 */
export class IdempotencyKeysMigration extends Migration {
  override up(): void {
    this.addSql(`
      create table idempotency_keys (
        directory_id uuid not null,
        actor text collate "C" not null,
        key text collate "C" not null,
        request_hash bytea not null,
        object_id text not null,
        created_at timestamptz(3) not null,
        primary key (directory_id, actor, key)
      )`);
    this.addSql('create index idempotency_keys_created_at_index on idempotency_keys (created_at)');
  }

  override down(): void {
    this.addSql('drop table idempotency_keys');
  }
}
