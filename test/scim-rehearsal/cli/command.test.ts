import { afterAll, beforeEach, expect, jest, test } from '@jest/globals';
import { run } from '../../../packages/scim-rehearsal/src/cli/command.js';

let printed: { stdout: string; stderr: string };

afterAll(() => {
  jest.restoreAllMocks();
});

beforeEach(() => {
  printed = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    jest.spyOn(process[name], 'write').mockImplementation((text) => {
      printed[name] += String(text);
      return true;
    });
  }
});

const call = (...more: readonly string[]) => ['https://app.example/scim', '--token', 'x', ...more];
const clientAt = (url: string) =>
  ['--validate', '--token-url', url, '--client-id', 'entra', '--client-secret', 'hush-hush'] as const;

test.each<[readonly string[], RegExp]>([
  [['http://x'], /required option '--token <token>' not specified/],
  [['nowhere', '--token', 'x'], /the Tenant URL is not a valid URL/],
  [['https://u:p@x', '--token', 'x'], /the Tenant URL must not contain a user name or password/],
  [['http://x', '--token', 'two\nlines'], /--token must not contain spaces or control characters/],
  [call('--users', '0'), /must be a whole number from 1 to 9999999/],
  [call('--client-id', 'c'), /--token-url, --client-id, --client-secret and --scope can only be used with --validate/],
  [call('--validate', '--client-id', 'c'), /--token-url, --client-id and --client-secret must be used together/],
  [call(...clientAt('nowhere')), /--token-url must start with https:\/\/ or http:\/\//],
  [call(...clientAt('https://u:p@x')), /--token-url must not contain a user name or password/],
  [call('--profile', 'workday'), /--profile must be a file or one of non-gallery, everything, olfeo-saas/],
  [call('--profile', 'constructor'), /--profile must be a file or one of non-gallery, everything, olfeo-saas/],
  [call('--profile', './nowhere.json'), /nowhere\.json cannot be read/],
  [call('--profile', 'LICENSE'), /LICENSE starts with "MIT License", which has no column of target attributes/],
  [call('--report', 'no/such/folder.html'), /folder\.html cannot be written/],
])('%j is rejected with one line and exit status 2', async (parameters, reason) => {
  const status = await run(parameters, { program: 'portico', command: 'portico rehearse' });
  expect([status, printed.stdout]).toEqual([2, '']);
  expect(printed.stderr).toMatch(/^portico: [^\n]+\n$/);
  expect(printed.stderr).toMatch(reason);
});
