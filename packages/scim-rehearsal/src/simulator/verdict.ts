import type { CycleSpeed, RunOutcome, Verdict } from './result.js';
import type { Finding } from './rules/finding.js';
import { REQUIRED_RATE } from './session/session.js';

/** The numbers of users that the duration of an initial cycle is estimated for. */
const ESTIMATED_SIZES = [1_000, 10_000, 100_000];

/**
 * The duration of an initial cycle in Entra for each user, group and membership, best and worst case: 0.01 to 0.08 minutes
 * (Entra: when will provisioning finish). Seconds.
 */
const ENTRA_SECONDS_PER_OBJECT = [0.6, 4.8] as const;

/** The results that a verdict is based on. */
export interface VerdictInput {
  readonly findings: readonly Finding[];
  readonly ending: RunOutcome;
  readonly initialCycle: CycleSpeed | undefined;
  /** The requested maximum rate. */
  readonly rate: number | undefined;
}

/** Derives the verdict. */
export function toVerdict({ findings, ending, initialCycle, rate }: VerdictInput): Verdict {
  const violations = findings.filter(({ severity }) => severity === 'unhealthy');
  const isMeasured = initialCycle !== undefined && initialCycle.seconds > 0;
  const requestsPerSecond = isMeasured ? initialCycle.requests / initialCycle.seconds : undefined;
  const wasLimited = rate !== undefined && rate < REQUIRED_RATE;
  const isThrottled = violations.some(({ id }) => id === 'throttled');
  return {
    isHealthy: violations.length === 0 && ending === 'finished',
    summary: toSummary(violations, ending),
    requestsPerSecond,
    meetsRequiredRate:
      requestsPerSecond === undefined || (wasLimited && !isThrottled)
        ? undefined
        : requestsPerSecond >= REQUIRED_RATE && !isThrottled,
    estimates: isMeasured
      ? [...new Set([initialCycle.users, ...ESTIMATED_SIZES])].map((users) => ({
          users,
          seconds: (initialCycle.seconds / initialCycle.users) * users,
          entraSeconds: toEntraSeconds((initialCycle.objects / initialCycle.users) * users),
        }))
      : [],
  };
}

function toEntraSeconds(objects: number): [number, number] {
  const [best, worst] = ENTRA_SECONDS_PER_OBJECT;
  return [best * objects, worst * objects];
}

function toSummary(violations: readonly Finding[], ending: RunOutcome): string {
  const [first] = violations;
  if (ending === 'stopped' && first?.phase === 'test connection') {
    return `Test Connection fails: ${lowerFirst(first.title)}.`;
  }
  const quarantine = violations.find(({ next }) => next === 'quarantine');
  if (quarantine) return `Entra would quarantine this connection: ${lowerFirst(quarantine.title)}.`;
  if (violations.length > 0) {
    const unnoticed = violations.filter(({ next }) => next === 'nothing').length;
    const failing = violations.length - unnoticed;
    const parts = [
      ...(failing > 0 ? [`${failing} ${failing === 1 ? 'kind of request fails' : 'kinds of requests fail'}`] : []),
      ...(unnoticed > 0 ? [`${unnoticed} ${unnoticed === 1 ? 'fault is' : 'faults are'} not noticed by Entra`] : []),
    ];
    return `This connection would not stay healthy: ${parts.join(', ')}.`;
  }
  if (ending === 'interrupted') return 'The rehearsal was interrupted: there is no verdict.';
  return ending === 'stopped' ? 'The rehearsal could not continue.' : 'This connection would stay healthy.';
}

function lowerFirst(text: string): string {
  return /^[A-Z][a-z ]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}
