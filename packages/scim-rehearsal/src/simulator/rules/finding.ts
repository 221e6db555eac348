import type { Exchange } from '../../client/exchange.js';
import type { Dialect } from '../dialect/dialect.js';
import { CONNECTION_RULES } from './connection-rules.js';
import { GROUP_RULES } from './group-rules.js';
import { PATCH_RULES } from './patch-rules.js';
import type { Next, Rule } from './rule.js';
import { USER_RULES } from './user-rules.js';

const ALL_RULES = { ...CONNECTION_RULES, ...USER_RULES, ...PATCH_RULES, ...GROUP_RULES };

export type RuleId = keyof typeof ALL_RULES;

/** All rules, by their stable ids. */
export const RULES: Readonly<Record<RuleId, Rule>> = ALL_RULES;

/** A violation of a rule as a step observed it. */
export interface Observation {
  readonly rule: RuleId;
  /** The step, such as `match user`. */
  readonly step: string;
  /** The dialect of the PATCH, if it matters. */
  readonly dialect?: Dialect | undefined;
  readonly expected: string;
  readonly seen: string;
  /** The exchange that revealed the violation. */
  readonly exchange?: Exchange | undefined;
}

/** A violated rule, reported once, with the first exchange that revealed it. */
export interface Finding extends Rule, Omit<Observation, 'rule'> {
  readonly id: RuleId;
  readonly phase: string;
  readonly next: Next;
  /** How often the violation was observed. */
  readonly count: number;
}

/** Collects findings: the first observation of each violation, and the number of all. */
export class Findings {
  readonly #found = new Map<RuleId, Finding>();
  /** The current phase, which new findings belong to. */
  phase = '';

  /** Adds a finding, or counts it if the violation is known. */
  add({ rule, ...observation }: Observation): void {
    const known = this.#found.get(rule);
    const finding = known ?? { ...RULES[rule], ...observation, id: rule, phase: this.phase, count: 0 };
    this.#found.set(rule, { ...finding, count: finding.count + 1 });
  }

  has(rule: RuleId): boolean {
    return this.#found.has(rule);
  }

  /** In the order of first observation, those that make the connection unhealthy first. */
  get all(): readonly Finding[] {
    const all = [...this.#found.values()];
    const isUnhealthy = ({ severity }: Finding) => severity === 'unhealthy';
    return [...all.filter(isUnhealthy), ...all.filter((finding) => !isUnhealthy(finding))];
  }

  /** True if no finding makes the connection unhealthy. */
  get isHealthy(): boolean {
    return this.all.every(({ severity }) => severity !== 'unhealthy');
  }
}
