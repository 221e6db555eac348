import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from '@jest/globals';

interface Finding {
  ruleId: string | null;
}

const ENVIRONMENT = 'no-restricted-properties';
const PROSE = 'prose/plain-comments';

/** The rules depend on the folder of a file; `rule` is undefined where the same line is allowed. */
const cases: Array<{ file: string; code: string; rule: string | undefined }> = [
  { file: 'src/domain/planted.ts', code: 'export const port = process.env.PORT;', rule: ENVIRONMENT },
  { file: 'src/app.ts', code: "export const port = process.env['PORT'];", rule: ENVIRONMENT },
  { file: 'src/cli/planted.ts', code: 'export const { env } = process;', rule: ENVIRONMENT },
  { file: 'src/app.ts', code: 'export const port = globalThis.process.env.PORT;', rule: 'no-restricted-syntax' },
  { file: 'src/app.ts', code: "export { env } from 'node:process';", rule: 'no-restricted-imports' },
  { file: 'src/app.ts', code: "import process from 'node:process';\nvoid process;", rule: 'no-restricted-imports' },
  { file: 'packages/scim-rehearsal/src/planted.ts', code: 'export const port = process.env.PORT;', rule: ENVIRONMENT },
  { file: 'src/config.ts', code: 'export const port = process.env.PORT;', rule: undefined },

  { file: 'src/domain/planted.ts', code: "console.log('hello');", rule: 'no-console' },
  { file: 'packages/scim-rehearsal/src/planted.ts', code: "console.log('hello');", rule: 'no-console' },
  { file: 'src/cli/planted.ts', code: "console.log('hello');", rule: undefined },

  { file: 'src/domain/planted.ts', code: 'export default 1;', rule: 'no-restricted-exports' },
  { file: 'test/support/global-setup.ts', code: 'export default 1;', rule: undefined },

  { file: 'bench/planted.mjs', code: '/** What it does. */\nexport const port = 1;', rule: PROSE },
  { file: 'bench/planted.mjs', code: '/**\n * Who is called.\n */\nexport const port = 1;', rule: PROSE },
  { file: 'graphiql/planted.ts', code: '// Whose port it is.\nexport const port = 1;', rule: PROSE },
  { file: 'examples/a/src/planted.ts', code: '// Loads it anew.\nexport const port = 1;', rule: PROSE },
  { file: 'scripts/planted.mjs', code: '/** Is told\n * of it. */\nexport const port = 1;', rule: PROSE },
  { file: 'bench/planted.mjs', code: '/** Shows what it does. */\nexport const port = 1;', rule: undefined },
  { file: 'bench/planted.mjs', code: '// The port.\n// Which one is known.\nexport const port = 1;', rule: undefined },
  { file: 'bench/planted.mjs', code: "export const port = 'What';", rule: undefined },

  { file: 'src/scim/planted.ts', code: 'try { JSON.parse(""); } catch { void 0; }', rule: 'no-restricted-syntax' },

  {
    file: 'schema.graphql',
    code: '"A."\nenum EventSource { SCIM }',
    rule: '@graphql-eslint/require-description',
  },
  {
    file: 'schema.graphql',
    code: '"A."\nenum EventSource {\n  "B."\n  scim\n}',
    rule: '@graphql-eslint/naming-convention',
  },
];

/**
 * Runs ESLint in a separate process, without the rules that need types: those would ask the compiler for the files of the
 * cases, which do not exist.
 */
const lintAll = `
  import { ESLint } from 'eslint';
  import tseslint from 'typescript-eslint';
  const cases = JSON.parse(process.argv[1]);
  const eslint = new ESLint({ overrideConfig: [{ files: ['**/*.ts'], ...tseslint.configs.disableTypeChecked }] });
  const results = await Promise.all(cases.map(({ file, code }) => eslint.lintText(code, { filePath: file })));
  process.stdout.write(JSON.stringify(results.map(([{ messages }]) => messages)));
`;

describe('the lint rules of this repository', () => {
  let findings: Finding[][];

  beforeAll(async () => {
    const args = ['--input-type=module', '--eval', lintAll, JSON.stringify(cases)];
    const { stdout } = await promisify(execFile)(process.execPath, args, {
      cwd: resolve(import.meta.dirname, '../..'),
    });
    findings = JSON.parse(stdout);
  });

  test.each(cases.map((one, at) => ({ ...one, at, verdict: one.rule ?? 'nothing' })))(
    '$verdict is reported in $file for: $code',
    ({ at, rule }) => {
      expect(findings[at]!.map(({ ruleId }) => ruleId)).toEqual(rule === undefined ? [] : [rule]);
    },
  );
});
