import type { CheckResult } from '../validate/check.js';
import type { ValidationResult } from '../validate/validation-result.js';
import { escape, toEvidence, toFact, toLeftSection, toPage } from './html-page.js';
import { toDuration } from './words.js';

/** The validation as one page that needs nothing else: the failed checks first, then all. Everything is escaped. */
export function toValidationHtml(result: ValidationResult): string {
  const { verdict, checks } = result;
  const failed = checks.filter((check) => check.verdict === 'failed');
  return toPage({
    title: `Validation of ${result.tenantUrl}`,
    isHealthy: verdict.isHealthy,
    label: verdict.isHealthy ? 'Passed' : 'Not passed',
    summary: verdict.summary,
    main: `<dl>
${toFact('Tenant URL', result.tenantUrl)}
${toFact('Begun', `${result.startedAt}, took ${toDuration(result.seconds)}, seed ${result.seed}`)}
</dl>
${failed.length === 0 ? '' : `<h2>Failed</h2>\n${failed.map(toArticle).join('\n')}`}
<h2>All checks</h2>
<table><thead><tr><th scope="col">Check</th><th scope="col">Of</th><th scope="col">Verdict</th></tr></thead>
<tbody>${checks.map(toRow).join('\n')}</tbody></table>
${toLeftSection(result.left)}`,
  });
}

function toArticle({ name, sends, requires, source, reason, exchange }: CheckResult): string {
  return `<article id="${escape(name)}">
<h3>${escape(name)}</h3>
<dl>
${toFact('Sends', sends)}
${toFact('Requires', requires)}
${toFact('Seen', reason ?? '')}
${toFact('Source', source)}
</dl>
${exchange ? toEvidence(exchange) : ''}
</article>`;
}

function toRow({ name, suite, sends, requires, verdict, reason }: CheckResult): string {
  const why = verdict === 'skipped' && reason !== undefined ? `: ${reason}` : '';
  return `<tr title="${escape(`${sends} ${requires}`)}"><th scope="row">${escape(name)}</th><td class="text">${escape(suite)}</td><td class="text">${escape(verdict + why)}</td></tr>`;
}
