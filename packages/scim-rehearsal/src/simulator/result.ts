import type { DialectChoice } from './dialect/patch-writer.js';
import type { Finding } from './rules/finding.js';
import type { CreatedResource } from './session/expected-state.js';
import type { Comparison } from './phases/comparison.js';
import type { StepSpeed } from './speed.js';

/** How a rehearsal ended: at its end, at something that made the rest pointless, or because it was told to stop. */
export type RunOutcome = 'finished' | 'stopped' | 'interrupted';

/** How fast the initial cycle went. */
export interface CycleSpeed {
  readonly users: number;
  /** Users, groups and members together. */
  readonly objects: number;
  readonly requests: number;
  readonly seconds: number;
}

/** How long the initial cycle of so many users would take, with as many groups and members to each as here. */
export interface Estimate {
  readonly users: number;
  /** As fast as the endpoint goes when it is all that limits. */
  readonly seconds: number;
  /** At Entra's own pace, at best and at worst. */
  readonly entraSeconds: readonly [number, number];
}

/** Whether the connection would stay healthy, and how fast it would be. */
export interface Verdict {
  readonly isHealthy: boolean;
  /** One sentence. */
  readonly summary: string;
  /** Of the initial cycle; undefined when there was none. */
  readonly requestsPerSecond: number | undefined;
  /** Undefined when it was not measured: no initial cycle, or a slower one was asked for. */
  readonly meetsRequiredRate: boolean | undefined;
  readonly estimates: readonly Estimate[];
}

/** All that a rehearsal has found out. */
export interface RehearsalResult {
  readonly tenantUrl: string;
  readonly profile: string;
  readonly dialect: DialectChoice;
  readonly seed: string;
  readonly users: number;
  readonly groups: number;
  /** Of each group; never more than there are users. */
  readonly members: number;
  /** Requests at once. */
  readonly concurrency: number;
  /** Requests a second that were asked for; undefined: as fast as the endpoint goes. */
  readonly rate?: number | undefined;
  readonly startedAt: string;
  readonly seconds: number;
  readonly ending: RunOutcome;
  readonly verdict: Verdict;
  readonly findings: readonly Finding[];
  readonly speed: readonly StepSpeed[];
  readonly initialCycle: CycleSpeed | undefined;
  readonly comparison: Comparison | undefined;
  /** What the rehearsal made and has not removed, on purpose or because it could not. */
  readonly left: readonly CreatedResource[];
}
