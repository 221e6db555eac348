/** Turns, so that whatever else the machine does falls on all alike. */
import { cpuOf } from './process-usage.mjs';

/**
 * Lets contestants take turns, and says what each achieved: the median turn in requests/s, what a request cost the server
 * and the database in CPU, in microseconds, and how many were refused. The first `warmUp` rounds do not count.
 *
 * @param turn sends the requests of one turn, as `load` does
 * @param databasePid the database that works for whoever has the turn, and for nobody else meanwhile
 */
export async function takeTurns({ contestants, rounds, warmUp = 1, databasePid, turn }) {
  const tallies = contestants.map(() => ({ rates: [], answered: 0, refused: 0, cpu: 0, databaseCpu: 0 }));
  for (let round = -warmUp; round < rounds; round++) {
    for (const [index, contestant] of contestants.entries()) {
      const before = await usage(contestant, databasePid);
      const { answered, refused, seconds } = await turn(contestant);
      const after = await usage(contestant, databasePid);
      if (round < 0) continue;
      const tally = tallies[index];
      tally.rates.push(answered / seconds);
      tally.answered += answered;
      tally.refused += refused;
      tally.cpu += after.own - before.own;
      tally.databaseCpu += after.database - before.database;
    }
  }
  return tallies.map(({ rates, answered, refused, cpu, databaseCpu }) => ({
    rate: median(rates),
    cpu: cpu / answered,
    databaseCpu: databaseCpu / answered,
    refused,
  }));
}

async function usage({ pid }, databasePid) {
  return { own: await cpuOf(pid), database: await cpuOf(databasePid) };
}

/** The value that a share of all does not exceed; NaN of none. */
export function quantile(values, share) {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export function median(values) {
  return quantile(values, 0.5);
}
