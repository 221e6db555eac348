import type { DialectChoice } from './dialect/dialect.js';
import type { StepLatency } from './latency.js';
import type { Comparison } from './phases/comparison.js';
import type { Finding } from './rules/finding.js';
import type { CreatedResource } from './session/created-resources.js';

/** How a run ended: `stopped` by a failure that made the rest pointless, `interrupted` by the user. */
export type RunOutcome = 'finished' | 'stopped' | 'interrupted';

/** The speed of the initial cycle. */
export interface CycleSpeed {
  readonly users: number;
  /** Users, groups and memberships. */
  readonly objects: number;
  readonly requests: number;
  readonly seconds: number;
}

/** The duration of an initial cycle with this number of users, and groups and memberships in proportion. */
export interface Estimate {
  readonly users: number;
  /** If only the endpoint limits the speed. */
  readonly seconds: number;
  /** At the speed of Entra, best and worst case. */
  readonly entraSeconds: readonly [number, number];
}

/** Whether the connection would stay healthy, and how fast it would be. */
export interface Verdict {
  readonly isHealthy: boolean;
  /** One sentence. */
  readonly summary: string;
  /** Measured in the initial cycle; undefined if there was none. */
  readonly requestsPerSecond: number | undefined;
  /** Undefined if not measured: there was no initial cycle, or a lower rate was requested. */
  readonly meetsRequiredRate: boolean | undefined;
  readonly estimates: readonly Estimate[];
}

/** The result of a rehearsal. Its fields are those of the JSON report. */
export interface RehearsalResult {
  readonly tenantUrl: string;
  readonly profile: string;
  readonly dialect: DialectChoice;
  readonly seed: string;
  readonly users: number;
  readonly groups: number;
  /** Members of each group, at most the number of users. */
  readonly members: number;
  /** The maximum number of requests in flight. */
  readonly concurrency: number;
  /** The requested maximum number of requests per second. */
  readonly rate?: number | undefined;
  readonly startedAt: string;
  readonly seconds: number;
  readonly ending: RunOutcome;
  readonly verdict: Verdict;
  readonly findings: readonly Finding[];
  readonly speed: readonly StepLatency[];
  readonly initialCycle: CycleSpeed | undefined;
  readonly comparison: Comparison | undefined;
  /** The created resources that were not deleted, on purpose or because that failed. */
  readonly left: readonly CreatedResource[];
}
