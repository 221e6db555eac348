import type { CheckResult, Verdict } from '../validator/context/check.js';
import type { ValidationResult } from '../validator/validation-result.js';
import { escape, toEvidence, toFact, toLeftSection, toPage } from './html-page.js';
import { toDuration } from './wording.js';

/** The validation as a self-contained HTML page: the failed checks, then all of them. All external text is escaped. */
export function toValidationHtml(result: ValidationResult): string {
  const { verdict, checks } = result;
  const listOf = (one: Verdict) => checks.filter((check) => check.verdict === one);
  return toPage({
    title: `Validation of ${result.tenantUrl}`,
    isHealthy: verdict.isHealthy,
    label: verdict.isHealthy ? 'Passed' : 'Not passed',
    summary: verdict.summary,
    main: `<dl>
${toFact('Tenant URL', result.tenantUrl)}
${toFact('Started', `${result.startedAt}, took ${toDuration(result.seconds)}, seed ${result.seed}`)}
</dl>
${toSection('Failed', listOf('failed'))}
${toSection('Warnings: optional checks that failed', listOf('warned'))}
<h2>All checks</h2>
<p>Expand a check to see what it sends and requires.</p>
<ul class="checks">${checks.map(toItem).join('\n')}</ul>
${toLeftSection(result.left, result.seed)}`,
  });
}

function toSection(title: string, checks: readonly CheckResult[]): string {
  return checks.length === 0 ? '' : `<h2>${title}</h2>\n${checks.map(toArticle).join('\n')}`;
}

function toArticle(check: CheckResult): string {
  const { name, verdict, exchange } = check;
  return `<article id="${escape(name)}"${verdict === 'warned' ? ' class="advice"' : ''}>
<h3>${escape(name)}</h3>
${toExplanation(check)}
${exchange ? toEvidence(exchange) : ''}
</article>`;
}

function toExplanation({ sends, requires, source, reason }: CheckResult): string {
  return `<dl>
${toFact('Sends', sends)}
${toFact('Requires', requires)}
${reason === undefined ? '' : toFact('Actual', reason)}
${toFact('Source', source)}
</dl>`;
}

function toItem(check: CheckResult): string {
  const { name, suite, optional, verdict, reason } = check;
  const why = verdict === 'skipped' && reason !== undefined ? `: ${reason}` : '';
  const cells = [name, optional ? `${suite}, optional` : suite, verdict + why];
  const summary = cells.map((cell) => `<span>${escape(cell)}</span>`).join(' ');
  return `<li><details><summary>${summary}</summary>${toExplanation(check)}</details></li>`;
}
