import { randomUUID } from 'node:crypto';
import { chmod, cp, lstat, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import type { Account } from './process/account.js';
import { type Binaries, readVersion } from './binaries.js';
import { EmbeddedPostgresError, errorLine } from './process/embedded-postgres-error.js';
import { runProgram } from './process/server-process.js';

/** Where root keeps binaries that its other accounts may run; the second for systems with a read-only /var/cache. */
const cacheFolders = ['/var/cache/portico', '/var/tmp/portico'];

/**
 * The same programs at a place the account can reach. A checkout in root's home is closed to the `postgres` user, so
 * the installation is copied once, below a folder that only root can write.
 */
export async function reachableBinaries(
  binaries: Binaries,
  account: Account | undefined,
  log: (line: string) => void,
  folders: readonly string[] = cacheFolders,
): Promise<Binaries> {
  if (!account || (await runs(binaries, account))) return binaries;
  const version = await readVersion(binaries.postgres, undefined);
  const name = `postgresql-${version}-${process.platform}-${process.arch}`;
  const failures: string[] = [];
  for (const folder of folders) {
    try {
      return await cachedBinaries(binaries, account, folder, name, log);
    } catch (error) {
      failures.push(errorLine(error));
    }
  }
  throw new EmbeddedPostgresError(
    `User ${account.name} cannot reach PostgreSQL's binaries in ${dirname(binaries.postgres)}, and they could not be ` +
      `copied (${failures.join('; ')}); move the installation, or set DATABASE_URL`,
  );
}

async function cachedBinaries(
  binaries: Binaries,
  account: Account,
  folder: string,
  name: string,
  log: (line: string) => void,
): Promise<Binaries> {
  await mkdir(folder, { recursive: true, mode: 0o755 });
  const { uid, mode } = await lstat(folder);
  // What lies here is run, so nobody else may have put it here. A link of somebody's is caught too: its mode is 0777.
  if (uid !== 0 || (mode & 0o022) !== 0) throw new Error(`${folder} is not root's alone`);
  await chmod(folder, 0o755); // a strict umask would have closed it again

  const installation = dirname(dirname(binaries.postgres));
  const cached = join(folder, name);
  const inCache = (path: string): string => join(cached, relative(installation, path));
  const result: Binaries = {
    initdb: inCache(binaries.initdb),
    postgres: inCache(binaries.postgres),
    pgCtl: inCache(binaries.pgCtl),
  };
  if (await runs(result, account)) return result;

  log(`Copying PostgreSQL's binaries to ${cached}, where user ${account.name} can run them`);
  const copy = join(folder, `.${name}.${randomUUID()}`);
  try {
    // The links between the libraries are relative and have to stay so.
    await cp(installation, copy, { recursive: true, verbatimSymlinks: true });
    await openToAll(copy);
    // Away with a broken one; when another process was faster its complete copy serves as well.
    if (!(await runs(result, account))) {
      await rm(cached, { recursive: true, force: true });
      await rename(copy, cached);
    }
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
  await readVersion(result.postgres, account);
  return result;
}

async function runs(binaries: Binaries, account: Account): Promise<boolean> {
  return (await runProgram(binaries.postgres, ['--version'], account)).ok;
}

async function openToAll(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    if (entry.isSymbolicLink()) continue;
    const path = join(entry.parentPath, entry.name);
    const { mode } = await lstat(path);
    await chmod(path, entry.isDirectory() || (mode & 0o100) !== 0 ? 0o755 : 0o644);
  }
}
