import { mkdirSync, mkdtempSync, rmSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

interface BuildState {
  readonly inputs: string;
  readonly isFresh: boolean;
  readonly isDamaged: boolean;
}

const { readBuildState, recordBuild } = (await import(resolve('scripts/build-state.mjs'))) as {
  readonly readBuildState: (root: string) => BuildState;
  readonly recordBuild: (root: string, inputs: string | null) => Promise<void>;
};

const INPUTS = [
  'src/main.ts',
  'src/domain/id.ts',
  'migrations/migration-1.ts',
  'graphiql/page.html',
  'tsconfig.json',
  'tsconfig.build.json',
  'package.json',
  'package-lock.json',
  'scripts/build.mjs',
];
const OUTPUTS = ['dist/src/main.js', 'dist/src/domain/id.js', 'dist/graphiql/page.html'];

describe('the build output', () => {
  let root: string;

  function write(path: string, content: string): void {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }

  beforeEach(async () => {
    root = mkdtempSync(join(tmpdir(), 'portico-build-'));
    for (const path of [...INPUTS, ...OUTPUTS]) write(path, `the content of ${path}`);
    await recordBuild(root, readBuildState(root).inputs);
  });
  afterEach(() => {
    rmSync(root, { recursive: true });
  });

  test('is up to date while no content changes, whatever the modification times are', () => {
    for (const path of [...INPUTS, ...OUTPUTS]) utimesSync(join(root, path), new Date(), new Date());
    expect(readBuildState(root)).toMatchObject({ isFresh: true, isDamaged: false });
  });

  test.each(INPUTS)('is out of date when %s changes, and up to date when it changes back', (path) => {
    write(path, 'a content of the same length, and with the same time');
    utimesSync(join(root, path), 0, 0);
    expect(readBuildState(root)).toMatchObject({ isFresh: false, isDamaged: false });
    write(path, `the content of ${path}`);
    expect(readBuildState(root).isFresh).toBe(true);
  });

  test('is out of date when a source is added or deleted', () => {
    write('src/new.ts', '');
    expect(readBuildState(root).isFresh).toBe(false);
    unlinkSync(join(root, 'src/new.ts'));
    expect(readBuildState(root).isFresh).toBe(true);
    unlinkSync(join(root, 'src/domain/id.ts'));
    expect(readBuildState(root).isFresh).toBe(false);
  });

  test.each(OUTPUTS)('is damaged when %s is changed or deleted, which the compiler would not notice', (path) => {
    write(path, 'changed by hand');
    expect(readBuildState(root)).toMatchObject({ isFresh: false, isDamaged: true });
    unlinkSync(join(root, path));
    expect(readBuildState(root)).toMatchObject({ isFresh: false, isDamaged: true });
  });

  test('is out of date but not damaged when dist/ contains a file that was not built', () => {
    write('dist/src/left-over.js', '');
    expect(readBuildState(root)).toMatchObject({ isFresh: false, isDamaged: false });
  });

  test('is out of date when a source changed during the build', async () => {
    const { inputs } = readBuildState(root);
    write('src/main.ts', 'changed during the build');
    await recordBuild(root, inputs);
    expect(readBuildState(root).isFresh).toBe(false);
  });

  test('is out of date after a failed build', async () => {
    await recordBuild(root, null);
    expect(readBuildState(root)).toMatchObject({ isFresh: false, isDamaged: false });
  });

  test.each([undefined, '{"inputs": "abc'])('is damaged without a readable build record (%p)', (notes) => {
    if (notes === undefined) unlinkSync(join(root, 'dist/.build.json'));
    else write('dist/.build.json', notes);
    expect(readBuildState(root)).toMatchObject({ isFresh: false, isDamaged: true });
  });

  test('is damaged when nothing has been built', () => {
    rmSync(join(root, 'dist'), { recursive: true });
    expect(readBuildState(root)).toMatchObject({ isFresh: false, isDamaged: true });
  });
});
