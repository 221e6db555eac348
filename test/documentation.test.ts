import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';

const root = join(import.meta.dirname, '..');
const read = (path: string): Promise<string> => readFile(join(root, path), 'utf8');

const docs = await readdir(join(root, 'docs'), { recursive: true });
const examples = await readdir(join(root, 'examples'));
const PAGES = [
  'README.md',
  'CHANGELOG.md',
  'SECURITY.md',
  'CODE_OF_CONDUCT.md',
  ...docs.filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`),
  ...examples.map((name) => `examples/${name}/README.md`),
];

/** Returns the anchors that GitHub generates for the headings of a page. */
function anchorsOf(text: string): readonly string[] {
  const headings = text.replaceAll(/^```.*?^```$/gms, '').matchAll(/^#+ (.+)$/gm);
  return [...headings].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

describe('links between the documentation pages', () => {
  test.each(PAGES)('the links of %s point to existing files and headings', async (page) => {
    const broken: string[] = [];
    for (const [, target = '', anchor] of (await read(page)).matchAll(/\]\(([^)\s#:]*)(?:#([^)\s]*))?\)/g)) {
      const path = target === '' ? page : join(dirname(page), target);
      if (!existsSync(join(root, path))) broken.push(target);
      else if (anchor !== undefined && !anchorsOf(await read(path)).includes(anchor))
        broken.push(`${target}#${anchor}`);
    }
    expect(broken).toEqual([]);
  });

  test('the index of docs/ lists every page', async () => {
    const index = await read('docs/README.md');
    const pages = docs.filter((name) => name.endsWith('.md') && name !== 'README.md');
    expect(pages.filter((name) => !index.includes(`](${name})`))).toEqual([]);
  });
});

describe('docs/configuration.md', () => {
  test('lists exactly the variables that the configuration reads', async () => {
    const known = [...(await read('src/config.ts')).matchAll(/'((?:PORTICO_|DATABASE_)[A-Z_]+|PORT|HOST)'/g)];
    const listed = [...(await read('docs/configuration.md')).matchAll(/^\| `([A-Z_]+)` +\|/gm)];
    const names = (found: readonly RegExpMatchArray[]) => [...new Set(found.map(([, name = '']) => name))].sort();
    expect(names(listed)).toEqual(names(known));
  });
});

describe('the command line', () => {
  const COMMANDS = [
    ['serve', 'docs/cli.md'],
    ['migrate', 'docs/cli.md'],
    ['directory create', 'docs/cli.md'],
    ['token create', 'docs/cli.md'],
    ['schema import', 'docs/cli.md'],
    ['rehearse', 'docs/rehearsal.md'],
  ] as const;

  const help = async (...command: readonly string[]): Promise<string> => {
    const main = join(root, 'dist/src/main.js');
    const { stdout } = await promisify(execFile)(process.execPath, [main, ...command, '--help']);
    return stdout;
  };

  test.each(COMMANDS)('%s is documented with all its options in %s', async (command, page) => {
    const text = await read(page);
    expect(await read('docs/cli.md')).toContain(`\`${command}`);
    const options = [...(await help(...command.split(' '))).matchAll(/^ +(?:-\w, )?(--[a-z-]+)/gm)].map(
      ([, option = '']) => option,
    );
    expect(options.filter((option) => option !== '--help' && !text.includes(option))).toEqual([]);
  });

  test('every command is documented in docs/cli.md', async () => {
    const listed = [...(await help()).matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) => name);
    const groups = COMMANDS.map(([command]) => command.split(' ')[0]);
    expect(listed.filter((name) => name !== 'help')).toEqual([...new Set(groups)]);
  });
});
