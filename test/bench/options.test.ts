import { spawnSync } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

/** A copy of bench/ in a folder without node_modules and build output. */
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portico-bench-options-'));
  await cp('bench', join(folder, 'bench'), {
    recursive: true,
    filter: (source) => basename(source) !== 'node_modules',
  });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function bench(...parameters: readonly string[]) {
  const options = { encoding: 'utf8', cwd: folder } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['bench/run.mjs', ...parameters], options);
  return { status, stdout, first: stderr.split('\n')[0] };
}

describe('npm run bench', () => {
  test('shows its help before anything is installed', () => {
    const { status, stdout, first } = bench('--help');
    expect([status, first]).toEqual([0, '']);
    expect(stdout).toContain('portico, floor-http, floor-express, saml-jackson, better-auth, scimmy');
  });

  test.each([
    [['--only', 'portico,typo'], /^Unknown contestant "typo": choose from portico, floor-http, /],
    [['--only', ''], /^Unknown contestant "": choose from portico/],
    [['typo'], /^Unknown part "typo": choose from requests, /],
  ])('rejects unknown parts and contestants before anything is installed: %j', (parameters, message) => {
    expect(bench(...parameters)).toEqual({ status: 2, stdout: '', first: expect.stringMatching(message) });
  });
});
