import type { RehearsalResult } from '../result.js';

/** The report as JSON: all that is known, for programs. The token stands nowhere in it. */
export function toJsonReport(result: RehearsalResult): string {
  return JSON.stringify(result, undefined, 2);
}
