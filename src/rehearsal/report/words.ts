import type { RehearsalResult } from '../result.js';
import type { Next } from '../rules/rule.js';

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
  return `${(seconds / 3600).toFixed(1)} h`;
}

/** Milliseconds as people say them. */
export function toMilliseconds(milliseconds: number): string {
  return milliseconds < 10 ? `${milliseconds.toFixed(1)} ms` : `${Math.round(milliseconds)} ms`;
}

/** A whole number with its thousands apart. */
export function toCount(count: number): string {
  return count.toLocaleString('en-US').replaceAll(',', ' ');
}

/** The verdict in a word or two. Who was interrupted before anything was found has none. */
export function toLabel({ verdict, ending, findings }: RehearsalResult): string {
  if (verdict.isHealthy) return 'Healthy';
  const hasCause = findings.some(({ severity }) => severity === 'unhealthy');
  return ending === 'interrupted' && !hasCause ? 'No verdict' : 'Not healthy';
}
