/** Prerequisites of a benchmark run. Each function exits the process when it fails. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const fileOf = (path) => fileURLToPath(new URL(path, import.meta.url));

/** Installs the dependencies of the benchmarks into `bench/`, unless its lock file is unchanged since the last time. */
export function installContestants() {
  const hash = createHash('sha256')
    .update(readFileSync(fileOf('package-lock.json')))
    .digest('hex');
  const stamp = fileOf('node_modules/.installed');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return;
  process.stderr.write('Installing the dependencies of the benchmarks (about 600 MB, once)\n');
  npm('.', 'ci');
  writeFileSync(stamp, hash);
}

/** Builds Portico. */
export function buildPortico() {
  npm('..', 'run', '--silent', 'build');
}

function npm(folder, ...parameters) {
  const { status } = spawnSync('npm', parameters, {
    cwd: fileOf(folder),
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (status !== 0) process.exit(status ?? 1);
}
