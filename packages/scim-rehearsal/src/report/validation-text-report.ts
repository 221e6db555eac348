import type { CheckResult, Verdict } from '../validator/context/check.js';
import type { ValidationResult } from '../validator/validation-result.js';
import { toExchangeLines, toLeftLines } from './exchange-text.js';
import { toDuration } from './wording.js';

const LABELS: Readonly<Record<Verdict, string>> = { passed: 'ok  ', failed: 'FAIL', warned: 'warn', skipped: '-   ' };

/** The validation as text: the verdict, a line for each check by suite, and the failed checks with their evidence. */
export function toValidationText(result: ValidationResult): string {
  const { verdict, checks } = result;
  const unmet = (['failed', 'warned'] as const).flatMap((one) => checks.filter((check) => check.verdict === one));
  return [
    `${verdict.isHealthy ? 'PASSED' : 'NOT PASSED'}  ${verdict.summary}`,
    '',
    `  Tenant URL  ${result.tenantUrl}`,
    `  Started     ${result.startedAt}, took ${toDuration(result.seconds)}, seed ${result.seed}`,
    ...[...Map.groupBy(checks, ({ suite }) => suite)].flatMap(([suite, list]) => ['', suite, ...list.map(toLine)]),
    ...unmet.flatMap((check, index) => ['', ...toFailureLines(check, index + 1)]),
    ...toLeftLines(result.left, result.seed),
    '',
  ].join('\n');
}

function toLine({ name, verdict, reason }: CheckResult): string {
  const why = verdict === 'skipped' && reason !== undefined ? `  (${reason})` : '';
  return `  ${LABELS[verdict]}  ${name}${why}`;
}

function toFailureLines(
  { name, suite, verdict, sends, requires, source, reason, exchange }: CheckResult,
  number: number,
): string[] {
  return [
    `${number}. ${name}  [${suite}]${verdict === 'warned' ? '  (optional: a warning only)' : ''}`,
    `   Sends     ${sends}`,
    `   Requires  ${requires}`,
    `   Actual    ${reason ?? ''}`,
    `   Source    ${source}`,
    ...(exchange ? toExchangeLines(exchange) : []),
  ];
}
