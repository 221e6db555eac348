import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { toJsonReport } from '../../../packages/scim-rehearsal/src/report/json-report.js';
import { validate } from '../../../packages/scim-rehearsal/src/validator/validate.js';
import { startFaultyServer, type FaultyServer } from '../../support/faulty-scim-server/server.js';
import { RecordingProgress, rehearseSmall } from '../../support/rehearsal.js';

/*
 * Programs read the JSON report: its fields are a contract.
 */

let server: FaultyServer;

beforeEach(async () => {
  server = await startFaultyServer({ faults: ['text-boolean-refused', 'delete-refused'] });
});
afterEach(() => server.stop());

const EXCHANGE = ['by', 'method', 'milliseconds', 'number', 'request', 'response', 'step', 'url'];
const LEFT = ['collection', 'id', 'name'];

const keysOf = (value: object) => Object.keys(value).toSorted();

test('the fields of a rehearsal in JSON do not change', async () => {
  const { tenantUrl, token } = server;
  const report = JSON.parse(toJsonReport(await rehearseSmall({ tenantUrl, token, rate: 1_000 })));
  expect(keysOf(report)).toEqual([
    ...['comparison', 'concurrency', 'dialect', 'ending', 'findings', 'groups', 'initialCycle', 'left', 'members'],
    ...['profile', 'rate', 'seconds', 'seed', 'speed', 'startedAt', 'tenantUrl', 'users', 'verdict'],
  ]);
  expect(keysOf(report.verdict)).toEqual([
    'estimates',
    'isHealthy',
    'meetsRequiredRate',
    'requestsPerSecond',
    'summary',
  ]);
  expect(keysOf(report.verdict.estimates[0])).toEqual(['entraSeconds', 'seconds', 'users']);
  const finding = report.findings.find(({ id }: { id: string }) => id === 'active-text-refused');
  expect(keysOf(finding)).toEqual([
    ...['consequence', 'count', 'dialect', 'exchange', 'expected', 'id', 'next', 'phase', 'requirement', 'seen'],
    ...['severity', 'source', 'step', 'title'],
  ]);
  expect(keysOf(finding.exchange)).toEqual(EXCHANGE);
  expect(keysOf(finding.exchange.request)).toEqual(['body', 'headers']);
  expect(keysOf(finding.exchange.response)).toEqual(['body', 'headers', 'status']);
  expect(keysOf(report.speed[0])).toEqual(['count', 'failures', 'p50', 'p99', 'step']);
  expect(keysOf(report.initialCycle)).toEqual(['objects', 'requests', 'seconds', 'users']);
  expect(keysOf(report.comparison)).toEqual(['compared', 'deleted', 'gone', 'notCompared', 'same']);
  expect(keysOf(report.left[0])).toEqual(LEFT);
});

test('the fields of a validation in JSON do not change', async () => {
  const { tenantUrl, token } = server;
  const result = await validate({ tenantUrl, token, seed: 'test', keep: false }, new RecordingProgress());
  const report = JSON.parse(toJsonReport(result));
  expect(keysOf(report)).toEqual(['checks', 'left', 'seconds', 'seed', 'startedAt', 'tenantUrl', 'verdict']);
  expect(keysOf(report.verdict)).toEqual(['failed', 'isHealthy', 'passed', 'skipped', 'summary', 'warned']);
  const check = report.checks.find(({ name }: { name: string }) => name === 'User_Disable');
  expect(keysOf(check)).toEqual(['exchange', 'name', 'reason', 'requires', 'sends', 'source', 'suite', 'verdict']);
  expect(keysOf(check.exchange)).toEqual(EXCHANGE);
  const optional = report.checks.find(({ name }: { name: string }) => name === 'Test_Schema');
  expect(keysOf(optional)).toEqual(['name', 'optional', 'requires', 'sends', 'source', 'suite', 'verdict']);
  expect(keysOf(report.left[0])).toEqual(LEFT);
});
