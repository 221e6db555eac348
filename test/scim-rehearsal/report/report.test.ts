import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { Findings, RULES, type RuleId } from '../../../packages/scim-rehearsal/src/simulator/rules/finding.js';
import { toHtmlReport } from '../../../packages/scim-rehearsal/src/report/html-report.js';
import { toJsonReport } from '../../../packages/scim-rehearsal/src/report/json-report.js';
import { toTextReport } from '../../../packages/scim-rehearsal/src/report/text-report.js';
import { toValidationHtml } from '../../../packages/scim-rehearsal/src/report/validation-html-report.js';
import { toValidationText } from '../../../packages/scim-rehearsal/src/report/validation-text-report.js';
import type { RehearsalResult } from '../../../packages/scim-rehearsal/src/simulator/result.js';
import { CHECKS } from '../../../packages/scim-rehearsal/src/validator/checks/checks.js';
import type { ValidationResult } from '../../../packages/scim-rehearsal/src/validator/validation-result.js';
import { toVerdict, type VerdictInput } from '../../../packages/scim-rehearsal/src/simulator/verdict.js';

const ATTACK = `<script>alert("1")</script><img src=x onerror='alert(2)'> & more`;

function find(...rules: readonly RuleId[]): Findings {
  const findings = new Findings();
  findings.phase = 'probes';
  for (const rule of rules) {
    findings.add({
      rule,
      step: 'change user',
      dialect: 'default',
      expected: ATTACK,
      seen: ATTACK,
      exchange: {
        number: 7,
        step: 'change user',
        by: 'entra',
        method: 'PATCH',
        url: 'https://app.example/scim/Users/1',
        request: { headers: {}, body: { Operations: [{ op: 'Replace', path: 'title', value: ATTACK }] } },
        response: { status: 400, headers: { 'content-type': ATTACK }, body: ATTACK },
        milliseconds: 12,
      },
    });
  }
  return findings;
}

const CYCLE = { users: 100, objects: 200, requests: 1_000, seconds: 10 };

function judge(evidence: Partial<VerdictInput>): ReturnType<typeof toVerdict> {
  return toVerdict({ findings: [], ending: 'finished', initialCycle: CYCLE, rate: undefined, ...evidence });
}

function toResult(findings: Findings): RehearsalResult {
  return {
    tenantUrl: `https://app.example/scim?${ATTACK}`,
    profile: ATTACK,
    dialect: 'both',
    seed: ATTACK,
    users: 100,
    groups: 5,
    members: 20,
    concurrency: 8,
    startedAt: '2026-11-23T10:00:00.000Z',
    seconds: 12.3,
    ending: 'finished',
    verdict: judge({ findings: findings.all }),
    findings: findings.all,
    speed: [{ step: ATTACK, count: 100, p50: 3.4, p99: 120, failures: 1 }],
    initialCycle: CYCLE,
    comparison: { compared: 105, same: 104, notCompared: 12, deleted: 9, gone: 8 },
    left: [{ collection: '/Users', id: ATTACK, name: ATTACK }],
  };
}

describe('findings', () => {
  test('of one rule are combined, with the first exchange and the total number', () => {
    const { all } = find('patch-refused', 'media-type', 'patch-refused', 'patch-refused');
    expect(all.map(({ id, count, severity }) => [id, count, severity])).toEqual([
      ['patch-refused', 3, 'unhealthy'],
      ['media-type', 1, 'advice'],
    ]);
    expect(all[0]).toMatchObject({ phase: 'probes', requirement: RULES['patch-refused'].requirement });
  });

  test('with severity advice leave the connection healthy', () => {
    expect(find('media-type').isHealthy).toBe(true);
    expect(find('media-type', 'patch-refused').isHealthy).toBe(false);
  });
});

describe('the verdict', () => {
  test('without findings is healthy, with the speed and estimates', () => {
    expect(judge({})).toEqual({
      isHealthy: true,
      summary: 'This connection would stay healthy.',
      requestsPerSecond: 100,
      meetsRequiredRate: true,
      estimates: [
        { users: 100, seconds: 10, entraSeconds: [120, 960] },
        { users: 1_000, seconds: 100, entraSeconds: [1_200, 9_600] },
        { users: 10_000, seconds: 1_000, entraSeconds: [12_000, 96_000] },
        { users: 100_000, seconds: 10_000, entraSeconds: [120_000, 960_000] },
      ],
    });
  });

  test.each<[Partial<VerdictInput>, string]>([
    [
      { findings: find('no-match-is-404').all },
      'Entra would quarantine this connection: a search without a match is answered with 404.',
    ],
    [{ findings: find('patch-refused').all }, 'This connection would not stay healthy: 1 kind of request fails.'],
    [
      { findings: find('patch-refused', 'add-refused', 'patch-ignored', 'value-lost').all },
      'This connection would not stay healthy: 2 kinds of requests fail, 2 faults are not noticed by Entra.',
    ],
    [{ ending: 'interrupted' }, 'The rehearsal was interrupted: there is no verdict.'],
  ])('describes the problem in one sentence: %#', (evidence, summary) => {
    expect(judge(evidence)).toMatchObject({ isHealthy: false, summary });
  });

  test('on the required rate is undefined if a lower rate was requested or nothing was measured', () => {
    const slow = { ...CYCLE, requests: 200 };
    expect(judge({ initialCycle: slow }).meetsRequiredRate).toBe(false);
    expect(judge({ initialCycle: slow, rate: 20 }).meetsRequiredRate).toBeUndefined();
    expect(judge({ initialCycle: slow, rate: 20, findings: find('throttled').all }).meetsRequiredRate).toBe(false);
    expect(judge({ initialCycle: undefined }).meetsRequiredRate).toBeUndefined();
  });
});

describe('a report', () => {
  const result = toResult(find('patch-refused', 'media-type'));

  test('in HTML escapes external text and loads no external resources', () => {
    const page = toHtmlReport(result);
    expect(page).not.toMatch(/<script|<img|<link|<iframe|https?:\/\/(?!app\.example)/);
    expect(page).toContain('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;');
    expect(page).toContain("default-src 'none'");
    expect(page).toContain(RULES['patch-refused'].title);
  });

  test('in HTML formats code, and does not wrap numbers', () => {
    const page = toHtmlReport(toResult(find('removal-by-value-refused')));
    expect(page).toContain('<dd><code>Remove</code> at <code>members</code> with ');
    expect(page).toContain('10&nbsp;000 users: 17 min if');
  });

  test('in text starts with the verdict, then lists each finding with its request and response', () => {
    const text = toTextReport(result);
    expect(text.split('\n')[0]).toBe('NOT HEALTHY  This connection would not stay healthy: 1 kind of request fails.');
    expect(text).toContain('Findings: 1 unhealthy, 1 advice\n');
    for (const part of [
      '[patch-refused]',
      '> PATCH https://app.example/scim/Users/1',
      '< 400 in 12 ms',
      'RFC 7644 §3.5.2.3',
    ]) {
      expect(text).toContain(part);
    }
    expect(text).toContain(
      '100 requests per second with up to 8 in flight: meets the 25 per second that the gallery requires',
    );
    expect(text).toContain('10 000 users: 17 min if only the endpoint limits the speed; 3.3 h to 26.7 h in Entra\n');
    expect(text).toMatch(/100 000 users: .+; 33.3 h to 11 days in Entra\n/);
    expect(text).toContain(
      'Compared    104 of 105 users and groups are stored as sent, 8 of 9 deleted ones are gone, 12 not compared because a step failed',
    );
  });

  test('states the rate limit', () => {
    const slowed = { ...result, rate: 50 };
    for (const report of [toTextReport(slowed), toHtmlReport(slowed)]) {
      expect(report).toContain('100 requests per second with up to 8 in flight, limited to 50 per second: ');
    }
    expect(JSON.parse(toJsonReport(slowed))).toMatchObject({ concurrency: 8, rate: 50 });
  });

  test('in HTML contains the complete body, however long, and the relevant headers', () => {
    const [finding] = find('token-refused').all;
    const { exchange } = finding!;
    const long = `${'x'.repeat(3_000)}END`;
    const headers = { location: '/login', 'www-authenticate': 'Bearer', 'retry-after': '7', 'x-other': 'no' };
    const shown = {
      ...result,
      findings: [{ ...finding!, exchange: { ...exchange!, response: { status: 401, headers, body: long } } }],
    };
    expect(toHtmlReport(shown)).toContain(long);
    expect(toTextReport(shown)).not.toContain('END');
    for (const report of [toTextReport(shown), toHtmlReport(shown)]) {
      for (const line of ['location: /login', 'www-authenticate: Bearer', 'retry-after: 7']) {
        expect(report).toContain(line);
      }
      expect(report).not.toContain('x-other');
    }
  });

  test('lists some of the remaining resources, the number of others, and how to delete them', () => {
    const left = Array.from({ length: 23 }, (_, n) => ({ collection: '/Users', id: `id${n}`, name: 'n' }) as const);
    const text = toTextReport({ ...result, left, seed: 'spring' });
    expect(text).toContain('… and 3 more\nTo delete them, run the same command with --seed spring.');
    expect(text).not.toContain('id20');
    const quoted = toTextReport({ ...result, left, seed: "it's" });
    expect(quoted).toContain(`--seed 'it'\\''s'.`);
    expect(toHtmlReport({ ...result, left, seed: 'spring' })).toContain('with --seed spring.');
  });

  test('in JSON is the complete result', () => {
    expect(JSON.parse(toJsonReport(result))).toEqual(JSON.parse(JSON.stringify(result)));
  });
});

describe('the report of a validation', () => {
  const check = {
    suite: 'SCIM Validator',
    sends: 'A PATCH.',
    requires: '204.',
    source: 'https://app.example',
  } as const;
  const { exchange } = find('patch-refused').all[0]!;
  const result: ValidationResult = {
    tenantUrl: `https://app.example/scim?${ATTACK}`,
    seed: ATTACK,
    startedAt: '2026-11-23T10:00:00.000Z',
    seconds: 12.3,
    verdict: { isHealthy: false, passed: 1, failed: 1, warned: 1, skipped: 1, summary: 'It would not pass.' },
    checks: [
      { ...check, name: 'One', verdict: 'passed' },
      { ...check, name: 'Two', verdict: 'failed', reason: ATTACK, exchange: exchange! },
      { ...check, name: 'Three', suite: 'Template: SCIM', verdict: 'skipped', reason: ATTACK },
      { ...check, name: 'Four', suite: 'Template: SCIM', optional: true, verdict: 'warned', reason: ATTACK },
    ],
    left: [{ collection: '/Users', id: ATTACK, name: ATTACK }],
  };

  test('in HTML escapes external text, and contains each failure with its evidence', () => {
    const page = toValidationHtml(result);
    expect(page).not.toMatch(/<script|<img|<link|<iframe|https?:\/\/(?!app\.example)/);
    expect(page).toContain('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;');
    expect(page.match(/<article id="\w+"/g)).toEqual(['<article id="Two"', '<article id="Four"']);
    expect(page).toContain('<article id="Four" class="advice">');
    expect(page).toContain('PATCH https://app.example/scim/Users/1');
  });

  test('in HTML describes every check, including those that passed', () => {
    const rows = toValidationHtml(result).match(/<li><details>.*?<\/details><\/li>/gs) ?? [];
    expect(rows).toHaveLength(result.checks.length);
    for (const row of rows) {
      expect(row).toMatch(/^<li><details><summary><span>\w+<\/span>/);
      expect(row).toContain('<dt>Sends</dt><dd>A PATCH.</dd>');
      expect(row).toContain('<dt>Requires</dt><dd>204.</dd>');
    }
  });

  test('in text has a line for each check by suite, then the failed ones with their evidence', () => {
    const lines = toValidationText(result).split('\n');
    expect(lines[0]).toBe('NOT PASSED  It would not pass.');
    expect(lines.slice(5, 10)).toEqual(['SCIM Validator', '  ok    One', '  FAIL  Two', '', 'Template: SCIM']);
    expect(lines).toContain('1. Two  [SCIM Validator]');
    expect(lines).toContain('  warn  Four');
    expect(lines).toContain('2. Four  [Template: SCIM]  (optional: a warning only)');
    expect(lines).toContain('   > PATCH https://app.example/scim/Users/1');
  });

  test('in JSON is the complete result', () => {
    expect(JSON.parse(toJsonReport(result))).toEqual(JSON.parse(JSON.stringify(result)));
  });
});

/** The cells of matching rows in the tables of docs/rehearsal.md. */
function rowsOfPage(first: RegExp): string[][] {
  const page = readFileSync(new URL('../../../docs/rehearsal.md', import.meta.url), 'utf8');
  return page
    .split('\n')
    .filter((line) => first.test(line))
    .map((row) =>
      row
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

test('docs/rehearsal.md describes every check as the code does', () => {
  const checks = CHECKS.map(({ name, suite, optional, sends, requires }) => [
    `\`${name}\``,
    optional ? `${suite}, optional` : suite,
    sends,
    requires,
  ]);
  expect(rowsOfPage(/^\| `[A-Z]\w+` +\|/)).toEqual(checks);
});

test('docs/rehearsal.md describes every rule as the code does', () => {
  const rules = Object.entries(RULES).map(([id, { title, next, severity }]) => [
    `\`${id}\``,
    title,
    severity === 'advice' ? 'advice' : next,
  ]);
  expect(rowsOfPage(/^\| `[a-z][a-z0-9-]+` +\|/)).toEqual(rules);
});
