/** Measures contestants in rounds, so that other load on the machine affects all of them alike. */
import { cpuOf } from './process-usage.mjs';

/**
 * Measures every contestant once in each round. The first `warmUp` rounds are not counted.
 *
 * @param measure sends requests to one contestant, as `load` does
 * @param databasePid the PostgreSQL that serves the contestant being measured, and no other at that time
 * @returns for each contestant the median rate in requests/s, the rates of all rounds, the CPU time of the server and of
 *   the database for a request in microseconds, and the number of refused requests
 */
export async function runRounds({ contestants, rounds, warmUp = 1, databasePid, measure }) {
  const tallies = contestants.map(() => ({ rates: [], answered: 0, refused: 0, cpu: 0, databaseCpu: 0 }));
  for (let round = -warmUp; round < rounds; round++) {
    for (const [index, contestant] of contestants.entries()) {
      const [cpuBefore, databaseBefore] = await cpuOf(contestant.pid, databasePid);
      const { answered, refused, seconds } = await measure(contestant);
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

/** The rate of one contestant relative to another: the median of the ratios of single rounds. */
export function ratioOf(own, other) {
  return median(own.rates.map((rate, round) => rate / other.rates[round]));
}

/** The inverse ratio of CPU time per request, server and database together: 2 means half the CPU time of the other. */
export function cpuRatioOf(own, other) {
  return (other.cpu + other.databaseCpu) / (own.cpu + own.databaseCpu);
}

/** The quantile of a list for a share from 0 to 1; NaN for an empty list. */
export function quantile(values, share) {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** The 0.5 quantile. */
export function median(values) {
  return quantile(values, 0.5);
}
