import { Migration } from '@mikro-orm/migrations';

/** Creates the tables of registered schemas and of the values of unique attributes. */
export class SchemasMigration extends Migration {
  override up(): void {
    this.addSql(`
      create table schemas (
        directory_id uuid not null references directories (id),
        urn_key text collate "C" not null,
        resource_type text not null,
        required boolean not null,
        definition jsonb not null,
        revision uuid not null,
        created_at timestamptz(3) not null,
        updated_at timestamptz(3) not null,
        primary key (directory_id, urn_key)
      )`);
    this.addSql(`
      create table unique_values (
        directory_id uuid not null references directories (id),
        attribute text collate "C" not null,
        value_hash bytea not null,
        resource_id uuid not null,
        primary key (directory_id, attribute, value_hash)
      )`);
  }

  override down(): void {
    for (const table of ['unique_values', 'schemas']) this.addSql(`drop table ${table}`);
  }
}
