import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';

const SCRIPT = new URL('../../scripts/schema-breaking.mjs', import.meta.url).pathname;
const OLD = `
  enum Size { SMALL LARGE }
  enum Old { GONE @deprecated(reason: "Nobody is.") HERE }
  type Thing { id: ID! name: String title: String @deprecated(reason: "Use name.") size(of: Size): Int! }
  type Query { thing(id: ID): Thing old: Old }
`;

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portico-breaking-'));
});

afterAll(() => rm(folder, { recursive: true }));

/** Returns the output of the check for a change; '' if it passes. */
async function check(change: (sdl: string) => string): Promise<string> {
  const [before, after] = [join(folder, 'before.graphql'), join(folder, 'after.graphql')];
  await writeFile(before, OLD);
  await writeFile(after, change(OLD));
  try {
    await promisify(execFile)(process.execPath, [SCRIPT, before, after]);
    return '';
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}

test.each<[what: string, from: string, to: string, said: string]>([
  ['removing a field', 'name: String ', '', 'Thing.name was removed.'],
  ['removing an enum value', 'LARGE', '', 'LARGE was removed from enum type Size.'],
  ['removing an argument', '(of: Size)', '', 'Thing.size arg of was removed.'],
  ['making a non-null field nullable', 'Int!', 'Int', 'Thing.size changed type from Int! to Int.'],
  ['making an argument required', 'thing(id: ID)', 'thing(id: ID!)', 'Query.thing arg id has changed type'],
])('%s is a breaking change', async (_what, from, to, said) => {
  expect(await check((sdl) => sdl.replace(from, to))).toContain(`- ${said}`);
});

test('removing a deprecated field or enum value is not a breaking change', async () => {
  expect(await check((sdl) => sdl.replace(/title:.*?\)/, '').replace(/GONE.*?\)/, ''))).toBe('');
});

test('an addition is not a breaking change', async () => {
  expect(await check((sdl) => sdl.replace('id: ID!', 'id: ID! more: String').replace('LARGE', 'LARGE HUGE'))).toBe('');
});

test('the schema has no breaking change since the last commit', async () => {
  await promisify(execFile)(process.execPath, [SCRIPT]);
});
