import type { Comparison } from '../simulator/phases/comparison.js';
import type { RehearsalResult } from '../simulator/result.js';
import type { Finding } from '../simulator/rules/finding.js';
import type { Next } from '../simulator/rules/rule.js';
import { REQUIRED_RATE } from '../simulator/session/session.js';

/** How Entra reacts, as a label. */
export const NEXT_LABELS: Readonly<Record<Next, string>> = {
  quarantine: 'Entra quarantines the job',
  retry: 'Entra retries without success',
  skip: 'Entra skips the object',
  nothing: 'Entra does not notice',
};

export const NO_FINDINGS = 'No findings.';

export const ALL_DELETED = 'Everything that the rehearsal created was deleted.';

/** A duration in a suitable unit. */
export function toDuration(seconds: number): string {
  if (seconds < 90) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${(seconds / 3600).toFixed(1)} h`;
  return `${Math.round(seconds / 86_400)} days`;
}

/** A duration in milliseconds. */
export function toMilliseconds(milliseconds: number): string {
  return milliseconds < 10 ? `${milliseconds.toFixed(1)} ms` : `${Math.round(milliseconds)} ms`;
}

/** An integer with spaces as thousands separators. */
function toCount(count: number): string {
  return count.toLocaleString('en-US').replaceAll(',', ' ');
}

/** The verdict in one or two words. There is none if the run was interrupted without a finding. */
export function toLabel({ verdict, ending, findings }: RehearsalResult): string {
  if (verdict.isHealthy) return 'Healthy';
  const hasCause = findings.some(({ severity }) => severity === 'unhealthy');
  return ending === 'interrupted' && !hasCause ? 'No verdict' : 'Not healthy';
}

/** The speed of the initial cycle, with its conditions and the requirement of the gallery. */
export function toSpeedText({ verdict, concurrency, rate }: RehearsalResult): string {
  const { requestsPerSecond = 0, meetsRequiredRate } = verdict;
  const limit = rate === undefined ? '' : `, limited to ${rate} per second`;
  const judgment =
    meetsRequiredRate === undefined
      ? 'not measured at full speed'
      : `${meetsRequiredRate ? 'meets' : 'does not meet'} the ${REQUIRED_RATE} per second that the gallery requires`;
  return `${Math.round(requestsPerSecond)} requests per second with up to ${concurrency} in flight${limit}: ${judgment}`;
}

/** How long initial cycles of several sizes would take, limited by the endpoint and by Entra. */
export function toEstimateTexts({ verdict }: RehearsalResult): string[] {
  return verdict.estimates.map(({ users, seconds, entraSeconds: [best, worst] }) => {
    const entra = `${toDuration(best)} to ${toDuration(worst)} in Entra`;
    return `${toCount(users)} users: ${toDuration(seconds)} if only the endpoint limits the speed; ${entra}`;
  });
}

/** Where a violation was observed. Some phases consist of a single step with the same name. */
export function toWhereText({ phase, step, dialect, count }: Finding): string {
  const where = phase === step ? phase : `${phase}, ${step}`;
  return `${where}${dialect ? `, dialect ${dialect}` : ''}${count > 1 ? `; ${count} times` : ''}`;
}

/** The result of the comparison. */
export function toComparisonText({ compared, same, notCompared, deleted, gone }: Comparison): string {
  const parts = [
    `${same} of ${compared} users and groups are stored as sent`,
    ...(deleted > 0 ? [`${gone} of ${deleted} deleted ones are gone`] : []),
    ...(notCompared > 0 ? [`${notCompared} not compared because a step failed`] : []),
  ];
  return parts.join(', ');
}

/** The heading of the list of remaining resources. */
export function toLeftText(count: number): string {
  return `Created by the rehearsal and still present, or possibly present (${count})`;
}

/** How to delete the remaining resources. The seed is quoted for a shell if necessary. */
export function toDeletionText(seed: string): string {
  const quoted = /^[\w.-]+$/.test(seed) ? seed : `'${seed.replaceAll("'", "'\\''")}'`;
  return `To delete them, run the same command with --seed ${quoted}.`;
}
