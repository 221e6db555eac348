const MILLISECONDS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** A hundred years, the longest duration that is accepted. */
const LONGEST = 36_525 * 86_400_000;

/** Parses a duration such as `90d`, `12h` or `2w` to milliseconds; undefined for anything else and beyond 100 years. */
export function parseDuration(text: string): number | undefined {
  const [, amount, unit = ''] = /^([1-9]\d{0,9})([smhdw])$/.exec(text) ?? [];
  const duration = Number(amount) * (MILLISECONDS[unit] ?? Number.NaN);
  return duration <= LONGEST ? duration : undefined;
}
