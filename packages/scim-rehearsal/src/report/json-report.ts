import type { RehearsalResult } from '../simulator/result.js';
import type { ValidationResult } from '../validator/validation-result.js';

/** The complete result as JSON. It does not contain the token. */
export function toJsonReport(result: RehearsalResult | ValidationResult): string {
  return JSON.stringify(result, undefined, 2);
}
