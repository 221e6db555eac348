import type { CreatedResource } from '../simulator/session/expected-state.js';
import type { CheckResult } from './context/check.js';

/** All that a validation has found out. */
export interface ValidationResult {
  readonly tenantUrl: string;
  readonly seed: string;
  readonly startedAt: string;
  readonly seconds: number;
  readonly verdict: {
    /** True when no check failed, optional ones apart, and none was cut off. */
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
  /** What the checks made and the validation has not removed, on purpose or because it could not. */
  readonly left: readonly CreatedResource[];
}
