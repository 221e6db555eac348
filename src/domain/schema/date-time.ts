/** XML Schema limits zone offsets to 14 hours; PostgreSQL limits the length of a timestamp's text. */
const DATE_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,30})?(Z|[+-]((0\d|1[0-3]):[0-5]\d|14:00))$/;

/** Returns true for a valid calendar date and time of RFC 7643 §2.3.5 (xsd:dateTime with a zone). */
export function isDateTime(text: string): boolean {
  if (!DATE_TIME.test(text) || Number.isNaN(Date.parse(text))) return false;
  // Date.parse accepts 30 February as 2 March, and PostgreSQL has no year 0.
  const midnight = new Date(`${text.slice(0, 10)}T00:00:00Z`);
  return midnight.toISOString().startsWith(text.slice(0, 10)) && !text.startsWith('0000');
}

/** Converts a date and time to microseconds since 1970; finer fractions are rounded. */
export function toInstant(text: string): bigint {
  const [, fraction = ''] = /\.(\d+)/.exec(text) ?? [];
  const seconds = BigInt(Date.parse(text.replace(/\.\d+/, '')));
  return seconds * 1_000n + BigInt(Math.round(Number(`0.${fraction}`) * 1e6));
}
