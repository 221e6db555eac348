/**
 * `npm run bench`: measures Portico, the floors below it and its peers, and writes docs/performance.md.
 *
 *     npm run bench                        all parts, the page
 *     npm run bench -- --quick             a look at all of it in a few minutes; leaves the page alone
 *     npm run bench -- growth pages        some parts; the page keeps the figures of the others
 *     npm run bench -- --help              all options
 *
 * One embedded PostgreSQL serves all, each with a database of its own; every server is a process of its own; whoever is
 * compared takes turns with the others. Only ratios within one run count.
 */
import { buildPortico, installContestants } from './install.mjs';
import { HELP, readOptions } from './options.mjs';

const options = readOptions(process.argv.slice(2));
if (options.help) {
  process.stdout.write(HELP);
  process.exit();
}

// Some 600 MB, and what stands on them: not before it is plain that something is measured.
installContestants();
buildPortico();
const { openCluster } = await import('./cluster.mjs');
const { PARTS } = await import('./parts/parts.mjs');
const { writeSection } = await import('./report/page.mjs');
const { describeRun } = await import('./report/run-line.mjs');

const started = performance.now();
const say = (text) => {
  const seconds = (performance.now() - started) / 1_000;
  process.stderr.write(
    `${`${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`.padStart(6)}  ${text}\n`,
  );
};

for (const name of options.parts) {
  try {
    const section = await runPart(name);
    process.stdout.write(`\n${section.markdown}\n`);
    if (options.write) await writeSection(section);
  } catch (error) {
    // The figures of the other parts are worth having.
    process.stderr.write(`${name} failed: ${error.stack}\n`);
    process.exitCode = 1;
  }
}
if (options.write) say('docs/performance.md is written');

async function runPart(name) {
  const { measure, report } = PARTS[name];
  // A PostgreSQL for each part: what one has left behind shall not slow another.
  const cluster = await openCluster();
  try {
    const figures = await measure({ cluster, options, say });
    return { name, ...report(figures), line: describeRun(cluster.version, options) };
  } finally {
    await cluster.close();
  }
}
