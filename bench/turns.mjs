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
      const [cpuBefore, databaseBefore] = await cpuOf(contestant.pid, databasePid);
      const { answered, refused, seconds } = await turn(contestant);
      const [cpuAfter, databaseAfter] = await cpuOf(contestant.pid, databasePid);
      if (round < 0) continue;
      const tally = tallies[index];
      tally.rates.push(answered / seconds);
      tally.answered += answered;
      tally.refused += refused;
      tally.cpu += cpuAfter - cpuBefore;
      tally.databaseCpu += databaseAfter - databaseBefore;
    }
  }
  return tallies.map(({ rates, answered, refused, cpu, databaseCpu }) => ({
    rate: median(rates),
    rates,
    cpu: cpu / answered,
    databaseCpu: databaseCpu / answered,
    refused,
  }));
}

/** How many times as fast one was as another: the median of the rounds, in each of which both had the same machine. */
export function ratioOf(own, other) {
  return median(own.rates.map((rate, round) => rate / other.rates[round]));
}

/** How much less CPU one needed for a request than another, server and database together; 2 is half. */
export function thriftOf(own, other) {
  return (other.cpu + other.databaseCpu) / (own.cpu + own.databaseCpu);
}

/** The value that a share of all does not exceed; NaN of none. */
export function quantile(values, share) {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export function median(values) {
  return quantile(values, 0.5);
}
