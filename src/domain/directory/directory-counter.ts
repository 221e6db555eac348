import { defineEntity, p } from '@mikro-orm/core';

/**
 * The counters of a directory, in a separate table with a low fillfactor. `execute` updates this row in the last
 * statement before commit, so that event sequences have no gaps and follow the commit order. The counts for the first
 * page of lists are maintained here because the row is locked anyway.
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
