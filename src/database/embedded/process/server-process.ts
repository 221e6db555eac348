import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Account, userName } from './account.js';
import { EmbeddedPostgresError, errorLine } from './embedded-postgres-error.js';

/** Paths a child process can open, and the descriptors it inherits for them. */
export interface HandedOver {
  readonly paths: readonly string[];
  readonly descriptors: readonly number[];
  close(): void;
}

/**
 * Makes files and folders of ours openable for a process that runs under `account`.
 *
 * As root the data may lie where the account cannot go (`/root` is 0700), so Linux gets open descriptors: looking up
 * `/proc/self/fd/N` lands on the file itself and asks nothing of the folders above. A working folder would do the
 * same for PostgreSQL 18, but 15 goes back there by name, which the same permissions forbid.
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

/** What a program printed, and how it ended. */
export interface Outcome {
  readonly ok: boolean;
  readonly output: string;
}

/** Runs one of PostgreSQL's programs to its end. */
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

/** Starts one of PostgreSQL's programs, detached when it shall outlive us. */
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
      // Nothing of ours goes in: no secrets, no PGDATA or PGOPTIONS, no locale (messages stay English, we read them).
      ...(process.platform === 'win32' ? {} : { env: { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C' } }),
      ...(account && { uid: account.uid, gid: account.gid }),
    });
  } catch (cause) {
    if (!account) throw cause;
    // EINVAL where a container knows no other user than root, EPERM where root lacks CAP_SETUID.
    throw new EmbeddedPostgresError(
      `PostgreSQL refuses to run as root, and this system lets root run nothing as user ${account.name} ` +
        `(${errorLine(cause)}); run Portico as an ordinary user, or set DATABASE_URL`,
      { cause },
    );
  }
}

/** The line of a log or of a program's output that tells why it failed. */
export function failureLine(output: string): string {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  const failures = lines.filter((line) => /\b(FATAL|PANIC|ERROR|error):/.test(line));
  const line = failures.findLast((candidate) => /\b(FATAL|PANIC):/.test(candidate)) ?? failures.at(-1) ?? lines.at(-1);
  return line?.replace(/^.*?\b(FATAL|PANIC|ERROR|error): */, '').trim() ?? 'it printed nothing';
}

function refuseUnreachable(folder: string, account: Account): void {
  for (let current = folder; ; current = dirname(current)) {
    const { uid, gid, mode } = statSync(current);
    const bit = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) {
      throw new EmbeddedPostgresError(
        `PostgreSQL runs as user ${userName(account.uid)}, who may not enter ${current}; ` +
          'set PORTICO_DATA_DIR to a folder that every user may reach',
      );
    }
    if (current === dirname(current)) return;
  }
}
