import type { Finding } from './rules/finding.js';
import type { CycleSpeed, RunOutcome, Verdict } from './result.js';
import { REQUIRED_RATE } from './session/session.js';

const SIZES = [1_000, 10_000, 100_000];

/**
 * What an initial cycle takes for each assigned user, group and member, at best and at worst: 0.01 to 0.08 minutes (Entra: when
 * will provisioning finish). Seconds.
 */
const ENTRA_PACE = [0.6, 4.8] as const;

export interface VerdictInput {
  readonly findings: readonly Finding[];
  readonly ending: RunOutcome;
  readonly initialCycle: CycleSpeed | undefined;
  /** The rate that was asked for. */
  readonly rate: number | undefined;
}

/** The verdict on what was found. */
export function toVerdict({ findings, ending, initialCycle, rate }: VerdictInput): Verdict {
  const grave = findings.filter(({ severity }) => severity === 'unhealthy');
  const isMeasured = initialCycle !== undefined && initialCycle.seconds > 0;
  const requestsPerSecond = isMeasured ? initialCycle.requests / initialCycle.seconds : undefined;
  const wasSlowed = rate !== undefined && rate < REQUIRED_RATE;
  const isThrottled = grave.some(({ id }) => id === 'throttled');
  return {
    isHealthy: grave.length === 0 && ending === 'finished',
    summary: toSummary(grave, ending),
    requestsPerSecond,
    meetsRequiredRate:
      requestsPerSecond === undefined || (wasSlowed && !isThrottled)
        ? undefined
        : requestsPerSecond >= REQUIRED_RATE && !isThrottled,
    estimates: isMeasured
      ? [...new Set([initialCycle.users, ...SIZES])].map((users) => ({
          users,
          seconds: (initialCycle.seconds / initialCycle.users) * users,
          entraSeconds: toEntraSeconds((initialCycle.objects / initialCycle.users) * users),
        }))
      : [],
  };
}

function toEntraSeconds(objects: number): [number, number] {
  const [best, worst] = ENTRA_PACE;
  return [best * objects, worst * objects];
}

function toSummary(grave: readonly Finding[], ending: RunOutcome): string {
  const [first] = grave;
  if (ending === 'stopped' && first?.phase === 'test connection') {
    return `Test Connection fails: ${lowerFirst(first.title)}.`;
  }
  const quarantining = grave.find(({ next }) => next === 'quarantine');
  if (quarantining) return `Entra would quarantine this connection: ${lowerFirst(quarantining.title)}.`;
  if (grave.length > 0) {
    const unnoticed = grave.filter(({ next }) => next === 'nothing').length;
    const failing = grave.length - unnoticed;
    const parts = [
      ...(failing > 0 ? [`${failing} ${failing === 1 ? 'kind of request fails' : 'kinds of requests fail'}`] : []),
      ...(unnoticed > 0 ? [`${unnoticed} ${unnoticed === 1 ? 'goes' : 'go'} wrong without Entra’s noticing`] : []),
    ];
    return `This connection would not stay healthy: ${parts.join(', ')}.`;
  }
  if (ending === 'interrupted') return 'The rehearsal was interrupted: there is no verdict.';
  return ending === 'stopped' ? 'The rehearsal could not go on.' : 'This connection would stay healthy.';
}

function lowerFirst(text: string): string {
  return /^[A-Z][a-z ]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}
