import { Migration } from '@mikro-orm/migrations';

/** Creates the tables of registered resource types and of their resources. */
export class ResourceTypesMigration extends Migration {
  override up(): void {
    this.addSql(`
      create table resource_types (
        directory_id uuid not null references directories (id),
        name_key text collate "C" not null,
        endpoint_key text collate "C" not null,
        definition jsonb not null,
        created_at timestamptz(3) not null,
        updated_at timestamptz(3) not null,
        primary key (directory_id, name_key),
        constraint resource_types_endpoint_key unique (directory_id, endpoint_key)
      )`);
    this.addSql(`
      create table resources (
        directory_id uuid not null references directories (id),
        resource_type text collate "C" not null,
        id uuid not null,
        external_id text collate "C" null,
        attributes jsonb not null,
        attribute_keys jsonb not null,
        version int not null,
        created_at timestamptz(3) not null,
        updated_at timestamptz(3) not null,
        primary key (directory_id, resource_type, id)
      ) with (fillfactor = 85)`);
    this.addSql('create index resources_external_id_index on resources (directory_id, resource_type, external_id)');
  }

  override down(): void {
    for (const table of ['resources', 'resource_types']) this.addSql(`drop table ${table}`);
  }
}
