import { Migration } from '@mikro-orm/migrations';

/**
 * Adds the sequence up to which the log of a directory has been pruned, where the search for its oldest event begins.
 * Pruned rows remain as dead entries at the beginning of the index until the next vacuum, which on a large log must not
 * wait until a fifth of the rows has changed.
 */
export class EventRetentionMigration extends Migration {
  override up(): void {
    this.addSql('alter table directory_counters add column pruned_sequence bigint not null default 0');
    this.addSql('alter table events set (autovacuum_vacuum_scale_factor = 0.05)');
  }

  override down(): void {
    this.addSql('alter table events reset (autovacuum_vacuum_scale_factor)');
    this.addSql('alter table directory_counters drop column pruned_sequence');
  }
}
