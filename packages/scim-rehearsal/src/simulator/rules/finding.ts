import type { Dialect } from '../dialect/patch-writer.js';
import type { Exchange } from '../../client/exchange.js';
import { CONNECTION_RULES } from './connection-rules.js';
import { GROUP_RULES } from './group-rules.js';
import { PATCH_RULES } from './patch-rules.js';
import type { Next, Rule } from './rule.js';
import { USER_RULES } from './user-rules.js';

const ALL_RULES = { ...CONNECTION_RULES, ...USER_RULES, ...PATCH_RULES, ...GROUP_RULES };

export type RuleId = keyof typeof ALL_RULES;

/** Everything that the rehearsal can find, by the id under which it stays known. */
export const RULES: Readonly<Record<RuleId, Rule>> = ALL_RULES;

/** What a step tells of a failure; the rest is the rule's. */
export interface Observation {
  readonly rule: RuleId;
  /** What was being done, such as `match user`. */
  readonly step: string;
  /** The dialect of the PATCH, where it matters. */
  readonly dialect?: Dialect | undefined;
  readonly expected: string;
  readonly seen: string;
  /** The request that showed it. */
  readonly exchange?: Exchange | undefined;
}

/** A rule that the endpoint breaks, told once with the first exchange that showed it. */
export interface Finding extends Rule, Omit<Observation, 'rule'> {
  readonly id: RuleId;
  readonly phase: string;
  readonly next: Next;
  /** How often it was seen. */
  readonly count: number;
}

/** Collects what is found: the first of a kind with its exchange, of the others the number. */
export class Findings {
  readonly #found = new Map<RuleId, Finding>();
  /** What goes on now; findings are told under its name. */
  phase = '';

  /** Adds a finding, or counts it where the rule is known to be broken. */
  add({ rule, ...observation }: Observation): void {
    const known = this.#found.get(rule);
    const finding = known ?? { ...RULES[rule], ...observation, id: rule, phase: this.phase, count: 0 };
    this.#found.set(rule, { ...finding, count: finding.count + 1 });
  }

  has(rule: RuleId): boolean {
    return this.#found.has(rule);
  }

  /** Those that make the connection unhealthy first, each kind in the order of the first sight. */
  get all(): readonly Finding[] {
    const all = [...this.#found.values()];
    const isGrave = ({ severity }: Finding) => severity === 'unhealthy';
    return [...all.filter(isGrave), ...all.filter((finding) => !isGrave(finding))];
  }

  /** True when nothing was found that keeps the connection from working. */
  get isHealthy(): boolean {
    return this.all.every(({ severity }) => severity !== 'unhealthy');
  }
}
