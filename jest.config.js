import { bundleTestDependencies } from './scripts/bundle-test-dependencies.mjs';

// `PORTICO_TEST_BUNDLE=off` lets a debugger step into the packages themselves.
const bundled = process.env['PORTICO_TEST_BUNDLE'] === 'off' ? {} : await bundleTestDependencies();

/**
 * Tests run as native ES modules: swc strips the types and lowers the decorators. Only npm packages are bundled, and nothing
 * is mocked.
 *
 * @type {import('jest').Config}
 */
export default {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  // dist/ holds a second copy of every module; without this, jest's file map would know both.
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/packages/[^/]+/dist/'],
  extensionsToTreatAsEsm: ['.ts'],
  // Sources import './x.js', as Node wants it after the build; under test the file is './x.ts'. The mapping also meets
  // the packages in node_modules, so '.js' stays ahead of '.ts' in the list of extensions that are tried.
  moduleNameMapper: {
    ...bundled,
    '^(\\.{1,2}/.*)\\.js$': '$1',
    // Packages of this repository are tested from their sources too, never from an older build.
    '^scim-rehearsal/(command|help)$': '<rootDir>/packages/scim-rehearsal/src/cli/$1',
  },
  moduleFileExtensions: ['js', 'ts', 'mjs', 'cjs', 'json', 'node'],
  transform: {
    '\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2024',
          parser: { syntax: 'typescript', decorators: true },
          // The same semantics as tsconfig.json: legacy decorators, and no emitted metadata to lean on.
          transform: { legacyDecorator: true, decoratorMetadata: false, useDefineForClassFields: true },
          keepClassNames: true,
        },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  // Tests import describe, test and expect from @jest/globals, where their types live.
  injectGlobals: false,
  globalSetup: '<rootDir>/test/support/global-setup.ts',
  globalTeardown: '<rootDir>/test/support/global-teardown.ts',
  // Every worker talks to a real PostgreSQL beside it; more of them than this and the two starve each other.
  maxWorkers: 2,
  // A limit for what hangs, not for what is slow; see test/support/hang-timeout.ts.
  testTimeout: 300_000,
};
