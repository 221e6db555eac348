import { defineEntity, p } from '@mikro-orm/core';

/**
 * The counters of a directory, a table of its own with a low fillfactor: `execute` updates this row as the last
 * statement before commit, so that event sequences have no gaps and follow commit order, and the counts that every
 * first page shows are kept up on a row that is locked anyway.
 */
export const DirectoryCounterEntity = defineEntity({
  name: 'DirectoryCounter',
  tableName: 'directory_counters',
  properties: {
    directoryId: p.uuid().primary(),
    /** The sequence of the newest event; 0 before the first. */
    sequence: p.bigint('number'),
    /** Events up to this sequence have been pruned. */
    prunedSequence: p.bigint('number').defaultRaw('0'),
    userCount: p.integer(),
    groupCount: p.integer(),
  },
});
