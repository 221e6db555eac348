import type { Finding } from '../simulator/rules/finding.js';
import type { Comparison } from '../simulator/phases/comparison.js';
import type { RehearsalResult } from '../simulator/result.js';
import { REQUIRED_RATE } from '../simulator/session/session.js';
import type { Next } from '../simulator/rules/rule.js';

/** What Entra does next, as a label. */
export const NEXT_WORDS: Readonly<Record<Next, string>> = {
  quarantine: 'Entra quarantines the job',
  retry: 'Entra tries again, in vain',
  skip: 'Entra skips the object',
  nothing: 'Entra does not notice',
};

/** A duration as people say it. */
export function toDuration(seconds: number): string {
  if (seconds < 90) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${(seconds / 3600).toFixed(1)} h`;
  return `${Math.round(seconds / 86_400)} days`;
}

/** Milliseconds as people say them. */
export function toMilliseconds(milliseconds: number): string {
  return milliseconds < 10 ? `${milliseconds.toFixed(1)} ms` : `${Math.round(milliseconds)} ms`;
}

/** A whole number with its thousands apart. */
function toCount(count: number): string {
  return count.toLocaleString('en-US').replaceAll(',', ' ');
}

/** The verdict in a word or two. Who was interrupted before anything was found has none. */
export function toLabel({ verdict, ending, findings }: RehearsalResult): string {
  if (verdict.isHealthy) return 'Healthy';
  const hasCause = findings.some(({ severity }) => severity === 'unhealthy');
  return ending === 'interrupted' && !hasCause ? 'No verdict' : 'Not healthy';
}

/** How fast the initial cycle was, under which conditions, and what the gallery makes of it. */
export function toSpeedText({ verdict, concurrency, rate }: RehearsalResult): string {
  const { requestsPerSecond = 0, meetsRequiredRate } = verdict;
  const stored = rate === undefined ? '' : `, held to ${rate} a second`;
  const judged =
    meetsRequiredRate === undefined
      ? 'not measured at full speed'
      : `${meetsRequiredRate ? 'meets' : 'does not meet'} the ${REQUIRED_RATE} that the gallery demands`;
  return `${Math.round(requestsPerSecond)} requests a second with ${concurrency} at once${stored}: ${judged}`;
}

/** How long first cycles of several sizes would take: as far as the endpoint goes, and at Entra's own pace. */
export function toEstimateTexts({ verdict }: RehearsalResult): string[] {
  return verdict.estimates.map(({ users, seconds, entraSeconds: [best, worst] }) => {
    const own = `Entra itself takes ${toDuration(best)} to ${toDuration(worst)}`;
    return `${toCount(users)} users in ${toDuration(seconds)} as far as the endpoint goes; ${own}`;
  });
}

/** Where something was found. Some phases have but one step, of the same name. */
export function toWhereText({ phase, step, dialect, count }: Finding): string {
  const where = phase === step ? phase : `${phase}, ${step}`;
  return `${where}${dialect ? `, dialect ${dialect}` : ''}${count > 1 ? `; ${count} times` : ''}`;
}

/** What was compared in the end, and what could not be. */
export function toComparisonText({ compared, same, notCompared, deleted, gone }: Comparison): string {
  const parts = [
    `${same} of ${compared} users and groups are held as they were sent`,
    ...(deleted > 0 ? [`${gone} of ${deleted} deleted ones are gone`] : []),
    ...(notCompared > 0 ? [`${notCompared} not compared because a step failed`] : []),
  ];
  return parts.join(', ');
}

/** How what is left is removed: a seed that a shell would take apart stands in quotes. */
export function toRemovalText(seed: string): string {
  const quoted = /^[\w.-]+$/.test(seed) ? seed : `'${seed.replaceAll("'", "'\\''")}'`;
  return `The same command with --seed ${quoted} removes them.`;
}
