/** Installs what is measured against, into `bench/` alone, unless it is there already. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const fileOf = (path) => fileURLToPath(new URL(path, import.meta.url));
const hash = createHash('sha256')
  .update(readFileSync(fileOf('package-lock.json')))
  .digest('hex');
const stamp = fileOf('node_modules/.installed');
if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== hash) {
  process.stderr.write('Installing what Portico is measured against (some 600 MB, once)\n');
  const { status } = spawnSync('npm', ['ci'], {
    cwd: fileOf('.'),
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (status !== 0) process.exit(status ?? 1);
  writeFileSync(stamp, hash);
}
