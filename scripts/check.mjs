/**
 * Everything that can be said of the code without running it: `npm run check`.
 *
 * Runs every step even when one is red, two at a time, and prints one line for each. Green steps stay quiet; of a red
 * one the whole output follows.
 */
import { spawn } from 'node:child_process';

/** The slow ones first, so that the short ones fill the second lane. */
const STEPS = ['lint', 'types', 'unused', 'schema', 'format', 'imports', 'conformance'];
const LANES = 2;

// The steps write into pipes and cannot see whether a terminal is at the end of them.
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

const waiting = [...STEPS];
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
    `\n${red.length} of ${STEPS.length} checks are red: ${red.map(({ step }) => step).join(', ')}\n`,
  );
  process.exitCode = 1;
}
