import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Account, userName } from './account.js';
import { EmbeddedPostgresError, errorLine } from './embedded-postgres-error.js';

/** Paths that a child process can open, and the descriptors that it inherits for them. */
export interface HandedOver {
  readonly paths: readonly string[];
  readonly descriptors: readonly number[];
  close(): void;
}

/**
 * Makes files and folders accessible to a process that runs under `account`.
 *
 * Root's data may be in a folder that the account cannot enter (`/root` is 0700). On Linux the process inherits open
 * descriptors: `/proc/self/fd/N` leads to the file without checking the folders above it. Setting the working folder
 * would be enough for PostgreSQL 18, but PostgreSQL 15 returns to it by its path, which the permissions forbid.
 */
export function handOver(
  paths: readonly string[],
  account: Account | undefined,
  descriptorFolder = '/proc/self/fd',
): HandedOver {
  const byName = { paths, descriptors: [], close: () => undefined };
  if (!account) return byName;
  if (!existsSync(descriptorFolder)) {
    for (const path of paths) refuseUnreachable(dirname(path), account);
    return byName;
  }
  const descriptors = paths.map((path) => openSync(path, 'r'));
  return {
    paths: descriptors.map((_, index) => `${descriptorFolder}/${index + 3}`),
    descriptors,
    close: () => descriptors.forEach((descriptor) => closeSync(descriptor)),
  };
}

/** The output of a program, and whether it succeeded. */
export interface Outcome {
  readonly ok: boolean;
  readonly output: string;
}

/** Runs one of the PostgreSQL programs and waits until it has exited. */
export async function runProgram(
  program: string,
  args: readonly string[],
  account: Account | undefined,
  descriptors: readonly number[] = [],
): Promise<Outcome> {
  const child = spawnProgram(program, args, account, ['ignore', 'pipe', 'pipe', ...descriptors]);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ ok: false, output: errorLine(error) }));
    child.once('close', (status) => resolve({ ok: status === 0, output }));
  });
}

/** Starts one of the PostgreSQL programs; detached if it is to outlive this process. */
export function spawnProgram(
  program: string,
  args: readonly string[],
  account: Account | undefined,
  stdio: Array<'ignore' | 'pipe' | number>,
  detached = false,
): ChildProcess {
  try {
    return spawn(program, args, {
      cwd: process.platform === 'win32' ? dirname(program) : '/',
      stdio,
      detached,
      windowsHide: true,
      // A clean environment: no secrets, no PGDATA or PGOPTIONS, and no locale, since the English messages are parsed.
      ...(process.platform === 'win32' ? {} : { env: { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C' } }),
      ...(account && { uid: account.uid, gid: account.gid }),
    });
  } catch (cause) {
    if (!account) throw cause;
    // EINVAL in a container that maps no user but root, EPERM if root lacks CAP_SETUID.
    throw new EmbeddedPostgresError(
      `PostgreSQL refuses to run as root, and this system does not let root run programs as user ${account.name} ` +
        `(${errorLine(cause)}); run Portico as an ordinary user, or set DATABASE_URL`,
      { cause },
    );
  }
}

/** Finds the line that says why a program failed, in its output or its log. */
export function failureLine(output: string): string {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  const failures = lines.filter((line) => /\b(FATAL|PANIC|ERROR|error):/.test(line));
  const line = failures.findLast((candidate) => /\b(FATAL|PANIC):/.test(candidate)) ?? failures.at(-1) ?? lines.at(-1);
  return line?.replace(/^.*?\b(FATAL|PANIC|ERROR|error): */, '').trim() ?? 'no output';
}

function refuseUnreachable(folder: string, account: Account): void {
  for (let current = folder; ; current = dirname(current)) {
    const { uid, gid, mode } = statSync(current);
    const bit = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) {
      throw new EmbeddedPostgresError(
        `PostgreSQL runs as user ${userName(account.uid)}, who cannot access ${current}; ` +
          'set PORTICO_DATA_DIR to a folder that every user can access',
      );
    }
    if (current === dirname(current)) return;
  }
}
