/**
 * Runs all static checks (`npm run check`) or the named ones: `node scripts/check.mjs lint types`.
 *
 * Runs all steps even after one has failed, two at a time, and prints one line for each. The output of failed steps
 * follows at the end.
 */
import { spawn } from 'node:child_process';

/** The steps, slow ones first, so that the short ones run beside them. */
const STEPS = ['lint', 'types', 'unused', 'schema', 'format', 'imports', 'conformance'];
const LANES = 2;

const named = process.argv.slice(2);
const unknown = named.find((step) => !STEPS.includes(step));
if (unknown !== undefined) throw new Error(`There is no check "${unknown}", only ${STEPS.join(', ')}`);
const steps = named.length > 0 ? named : STEPS;

// The steps write into pipes, so they cannot detect whether the output goes to a terminal.
const env = { ...process.env, ...(process.stdout.isTTY ? { FORCE_COLOR: '1' } : { NO_COLOR: '1' }) };

function run(step) {
  const started = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn('npm', ['run', '--silent', `check:${step}`], { stdio: ['ignore', 'pipe', 'pipe'], env });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => (output += text));
    child.once('error', reject);
    child.once('close', (code) =>
      resolve({ step, green: code === 0, output, seconds: (performance.now() - started) / 1000 }),
    );
  });
}

const waiting = [...steps];
const red = [];

async function lane() {
  for (let step = waiting.shift(); step !== undefined; step = waiting.shift()) {
    const { green, output, seconds } = await run(step);
    process.stdout.write(`${green ? '✓' : '✗'} check:${step.padEnd(11)} ${seconds.toFixed(1).padStart(5)} s\n`);
    if (!green) red.push({ step, output });
  }
}

await Promise.all(Array.from({ length: LANES }, lane));

for (const { step, output } of red) process.stdout.write(`\n── check:${step} ──\n${output.trim()}\n`);
if (red.length > 0) {
  process.stdout.write(
    `\n${red.length} of ${steps.length} checks are red: ${red.map(({ step }) => step).join(', ')}\n`,
  );
  process.exitCode = 1;
}
