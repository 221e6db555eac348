/**
 * `npm run bench`: measures Portico, the handwritten floors and its peers, and writes docs/performance.md.
 *
 *     npm run bench                        measures all parts and writes the page
 *     npm run bench -- --quick             measures almost all parts in a few minutes; does not write
 *     npm run bench -- growth pages        measures some parts; the page keeps the figures of the others
 *     npm run bench -- --help              lists all options
 *
 * Contestants share one embedded PostgreSQL, each with its own database; every server is a separate process. Contestants
 * are measured in rounds. Only ratios within one run are meaningful.
 */
import { buildPortico, installContestants } from './install.mjs';
import { HELP, readOptions } from './options.mjs';

const options = readOptions(process.argv.slice(2));
if (options.help) {
  process.stdout.write(HELP);
  process.exit();
}

// About 600 MB, and the modules that need them: loaded only once the options are known to be valid.
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
    // Continue: the figures of the other parts are still valid.
    process.stderr.write(`${name} failed: ${error.stack}\n`);
    process.exitCode = 1;
  }
}
if (options.write) say('docs/performance.md is written');

async function runPart(name) {
  const { measure, report } = PARTS[name];
  // A new PostgreSQL for each part, so that no part is slowed down by the data of another.
  const cluster = await openCluster();
  try {
    const figures = await measure({ cluster, options, say });
    return { name, ...report(figures), line: describeRun(cluster.version, options) };
  } finally {
    await cluster.close();
  }
}
