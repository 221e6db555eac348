/**
 * Writes docs/scim-conformance.md from the rows that the tests of test/scim/rfc declare; with --check, fails when the
 * file differs instead.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { readDeclarations } from '../test/scim/rfc/declarations.ts';

const FILE = new URL('../docs/scim-conformance.md', import.meta.url);
const TESTS = new URL('../test/scim/rfc/', import.meta.url);
const STATUSES = ['shown', 'deviation', 'open', 'not ours'];
const LEVELS = ['MUST', 'SHOULD'];
const TITLES = { 7643: 'RFC 7643, Core Schema', 7644: 'RFC 7644, Protocol', 9865: 'RFC 9865, Cursor Pagination' };

const rows = readDeclarations(fileURLToPath(TESTS)).sort(byPlace);

function byPlace(a, b) {
  return a.rfc.localeCompare(b.rfc) || compareSections(a.section, b.section) || a.id.localeCompare(b.id);
}

function compareSections(a, b) {
  const left = a.split('.').map(Number);
  const right = b.split('.').map(Number);
  const place = left.findIndex((number, index) => number !== right[index]);
  return place < 0 ? left.length - right.length : left[place] - (right[place] ?? -1);
}

function table(head, body) {
  const line = (cells) => `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...body.map(line)].join('\n');
}

function counts() {
  const count = (level, status) => rows.filter((row) => row.level === level && row.status === status).length;
  const of = (level) => [level, ...STATUSES.map((status) => count(level, status))];
  return table(['', ...STATUSES], LEVELS.map(of));
}

function by({ remark, file }) {
  const link = `[${file.replace('.test.ts', '')}](../test/scim/rfc/${file})`;
  return remark === undefined ? link : `${remark} (${link})`;
}

function sections(rfc) {
  const ofRfc = rows.filter((row) => row.rfc === rfc);
  return [...Map.groupBy(ofRfc, ({ section }) => section)].map(([section, own]) => {
    const body = own.map((row) => [row.id, row.level, row.says, row.status, by(row)]);
    return `### §${section}\n\n${table(['Id', 'Level', 'What is asked', 'Status', 'By'], body)}`;
  });
}

const text = [
  '# SCIM conformance, line by line',
  `Printed by \`npm run conformance:print\` from the declarations in \`test/scim/rfc\`; do not edit it. Each row is one
requirement of RFC 7643, RFC 7644 or RFC 9865, in our words. SHALL and REQUIRED count as MUST, RECOMMENDED as SHOULD.`,
  `- **shown**: a test of that id shows it. \`npm test -- test/scim/rfc -t 7644-3.3-02\` runs one.
- **deviation**: done otherwise, on purpose; a test of that id shows what is done.
- **open**: not done yet.
- **not ours**: binds clients, the network or the authors of schemas, or rests on a condition that never holds here.`,
  counts(),
  ...Object.entries(TITLES).flatMap(([rfc, title]) => [`## ${title}`, ...sections(rfc)]),
].join('\n\n');

const options = await resolveConfig(fileURLToPath(FILE));
const printed = await format(text, { ...options, parser: 'markdown' });

if (process.argv.includes('--check')) {
  const present = await readFile(FILE, 'utf8').catch(() => '');
  if (present !== printed) {
    process.stderr.write(
      'docs/scim-conformance.md differs from the tests: run `npm run conformance:print` and commit the file\n',
    );
    process.exitCode = 1;
  }
} else {
  await writeFile(FILE, printed);
}
