import { Migration } from '@mikro-orm/migrations';

/**
 * Creates the table of facts that a running server records for commands, such as its public URL, so that `directory
 * create` prints the Tenant URL.
 */
export class ServerStateMigration extends Migration {
  override up(): void {
    this.addSql('create table server_state (name text not null primary key, value text not null)');
  }

  override down(): void {
    this.addSql('drop table server_state');
  }
}
