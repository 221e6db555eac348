import type { DialectChoice } from './dialect.js';
import type { Finding } from './finding.js';
import type { Made } from './ledger.js';
import type { KindSpeed } from './speed.js';

/** How a rehearsal ended: at its end, at something that made the rest pointless, or because it was told to stop. */
export type Ending = 'finished' | 'stopped' | 'interrupted';

/** How fast the initial cycle went. */
export interface CycleSpeed {
  readonly users: number;
  readonly requests: number;
  readonly seconds: number;
}

/** What was compared in the end, and how much of it is as it was sent. */
export interface Comparison {
  readonly compared: number;
  readonly same: number;
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
  /** How long the initial cycle of so many users would take, with as many groups and members to each as here. */
  readonly estimates: ReadonlyArray<{ readonly users: number; readonly seconds: number }>;
}

/** All that a rehearsal has found out. */
export interface RehearsalResult {
  readonly tenantUrl: string;
  readonly profile: string;
  readonly dialect: DialectChoice;
  readonly seed: string;
  readonly users: number;
  readonly groups: number;
  readonly members: number;
  readonly startedAt: string;
  readonly seconds: number;
  readonly ending: Ending;
  readonly verdict: Verdict;
  readonly findings: readonly Finding[];
  readonly speed: readonly KindSpeed[];
  readonly initialCycle: CycleSpeed | undefined;
  readonly comparison: Comparison | undefined;
  /** What the rehearsal made and has not removed, on purpose or because it could not. */
  readonly left: readonly Made[];
}
