import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startFaultyServer } from '../support/faulty-scim-server/server.js';

const root = resolve(import.meta.dirname, '../..');
let folder: string;

/** Runs a program without the settings of the npm process that runs the tests. */
function call(
  program: string,
  parameters: readonly string[],
  cwd = folder,
): Promise<{ stdout: string; stderr: string }> {
  const { PATH = '', HOME = '' } = process.env;
  const env = { PATH, HOME, npm_config_cache: join(folder, 'cache'), npm_config_update_notifier: 'false' };
  return promisify(execFile)(program, parameters, { cwd, env });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scim-rehearsal-'));
  // The build, which includes the package, has run before the tests.
  const target = ['--workspace', 'scim-rehearsal', '--pack-destination', folder];
  await call('npm', ['pack', '--silent', '--ignore-scripts', ...target], root);
  const [tarball] = (await readdir(folder)).filter((name) => name.endsWith('.tgz'));
  await call('npm', ['install', '--silent', '--offline', '--no-audit', '--no-fund', `./${tarball!}`]);
}, 60_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the package, installed from its tarball into an empty folder', () => {
  test('has no dependencies, and only the files that it needs', async () => {
    expect(await readdir(join(folder, 'node_modules'))).toEqual(['.bin', '.package-lock.json', 'scim-rehearsal']);
    const installed = join(folder, 'node_modules/scim-rehearsal');
    expect((await readdir(installed)).toSorted()).toEqual(['LICENSE', 'README.md', 'bin', 'dist', 'package.json']);
    const files = await readdir(join(installed, 'dist'), { recursive: true, withFileTypes: true });
    const names = files.filter((one) => one.isFile()).map(({ name }) => name);
    expect(names).toContain('command.js');
    expect(names.filter((name) => !/\.(js|d\.ts)$/.test(name))).toEqual([]);
  });

  test('rehearses an endpoint', async () => {
    const server = await startFaultyServer();
    const bin = join(folder, 'node_modules/.bin/scim-rehearsal');
    const size = ['--users', '3', '--groups', '1', '--members', '2'];
    const { stdout } = await call(bin, [server.tenantUrl, '--token', server.token, ...size, '--report', 'report.html']);
    expect(stdout).toMatch(/^HEALTHY {2}This connection would stay healthy\.\n/);
    expect(await readFile(join(folder, 'report.html'), 'utf8')).toMatch(/^<!doctype html>/);
    expect(server.count()).toEqual({ users: 0, groups: 0 });
    await server.stop();
  });

  test('uses its own name in messages and help', async () => {
    const bin = join(folder, 'node_modules/.bin/scim-rehearsal');
    await expect(call(bin, ['https://app.example'])).rejects.toMatchObject({
      code: 2,
      stdout: '',
      stderr: "scim-rehearsal: required option '--token <token>' not specified\n",
    });
    expect((await call(bin, ['--help'])).stdout).toMatch(/^Usage: scim-rehearsal <tenantUrl> /);
    expect((await call(bin, ['--version'])).stdout).toBe('scim-rehearsal 0.2.0\n');
  });

  test('exports its functions for programs', async () => {
    const program = `
      const { rehearse } = await import('scim-rehearsal/rehearse');
      const { validate } = await import('scim-rehearsal/validate');
      const { BUILT_IN_PROFILES } = await import('scim-rehearsal/profiles');
      console.log(typeof rehearse, typeof validate, Object.keys(BUILT_IN_PROFILES).length);
    `;
    const { stdout } = await call(process.execPath, ['--input-type=module', '--eval', program]);
    expect(stdout).toBe('function function 6\n');
  });
});
