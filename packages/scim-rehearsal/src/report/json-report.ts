import type { RehearsalResult } from '../simulator/result.js';
import type { ValidationResult } from '../validator/validation-result.js';

/** The report as JSON: all that is known, for programs. The token stands nowhere in it. */
export function toJsonReport(result: RehearsalResult | ValidationResult): string {
  return JSON.stringify(result, undefined, 2);
}
