import { randomUUID } from 'node:crypto';
import { chmod, cp, lstat, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import type { Account } from './process/account.js';
import { type Binaries, readVersion } from './binaries.js';
import { EmbeddedPostgresError, errorLine } from './process/embedded-postgres-error.js';
import { runProgram } from './process/server-process.js';

/** Where root stores binaries for other accounts; the second is for systems with a read-only /var/cache. */
const cacheFolders = ['/var/cache/portico', '/var/tmp/portico'];

/**
 * Returns programs that the account can run. The `postgres` user cannot access an installation in root's home
 * directory, so it is copied once to a folder that only root can write.
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
    `User ${account.name} cannot access the PostgreSQL binaries in ${dirname(binaries.postgres)}, and they could not be ` +
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
  // The files are executed, so only root may have written them. This also refuses a symbolic link, whose mode is 0777.
  if (uid !== 0 || (mode & 0o022) !== 0) throw new Error(`${folder} must be owned by root and writable by no one else`);
  await chmod(folder, 0o755); // despite a strict umask

  const installation = dirname(dirname(binaries.postgres));
  const cached = join(folder, name);
  const inCache = (path: string): string => join(cached, relative(installation, path));
  const result: Binaries = {
    initdb: inCache(binaries.initdb),
    postgres: inCache(binaries.postgres),
    pgCtl: inCache(binaries.pgCtl),
  };
  if (await runs(result, account)) return result;

  log(`Copying the PostgreSQL binaries to ${cached}, where user ${account.name} can run them`);
  const copy = join(folder, `.${name}.${randomUUID()}`);
  try {
    // The symbolic links between the libraries must stay relative.
    await cp(installation, copy, { recursive: true, verbatimSymlinks: true });
    await openToAll(copy);
    // Replaces a broken copy. If another process has completed its copy meanwhile, that one is used.
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
