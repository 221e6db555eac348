import type { CreatedResource } from '../simulator/session/created-resources.js';
import type { CheckResult } from './context/check.js';

/** The result of a validation. Its fields are those of the JSON report. */
export interface ValidationResult {
  readonly tenantUrl: string;
  readonly seed: string;
  readonly startedAt: string;
  readonly seconds: number;
  readonly verdict: {
    /** True if no required check failed and the validation was not interrupted. */
    readonly isHealthy: boolean;
    readonly passed: number;
    readonly failed: number;
    /** Optional checks that failed. */
    readonly warned: number;
    readonly skipped: number;
    /** One sentence. */
    readonly summary: string;
  };
  readonly checks: readonly CheckResult[];
  /** The created resources that were not deleted, on purpose or because that failed. */
  readonly left: readonly CreatedResource[];
}
