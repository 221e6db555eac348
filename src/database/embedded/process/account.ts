import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { EmbeddedPostgresError, errorLine } from './embedded-postgres-error.js';

/** A user of the operating system. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** Parses a passwd file; lines that are not accounts (comments, NIS) are skipped. */
export function parsePasswd(text: string): Account[] {
  return text.split('\n').flatMap((line) => {
    const [name, , uid, gid] = line.split(':');
    return name && uid && gid && /^\d+$/.test(uid) && /^\d+$/.test(gid)
      ? [{ name, uid: Number(uid), gid: Number(gid) }]
      : [];
  });
}

/** Returns the name of a user id, for messages. */
export function userName(uid: number): string {
  return listAccounts().find((account) => account.uid === uid)?.name ?? `with id ${uid}`;
}

/**
 * Returns the account to run the server under, or undefined for the account of this process. PostgreSQL refuses to run
 * as root; for root it is the system user `postgres`, which is created if it does not exist.
 */
export async function getServerAccount(log: (line: string) => void): Promise<Account | undefined> {
  if (process.geteuid?.() !== 0) return undefined;
  return findPostgresAccount() ?? (await createPostgresAccount(log));
}

function listAccounts(): Account[] {
  return existsSync('/etc/passwd') ? parsePasswd(readFileSync('/etc/passwd', 'utf8')) : [];
}

function findPostgresAccount(): Account | undefined {
  return listAccounts().find((account) => account.name === 'postgres' && account.uid !== 0);
}

async function createPostgresAccount(log: (line: string) => void): Promise<Account> {
  const useradd = ['--system', '--no-create-home', '--home-dir', '/nonexistent', '--shell', '/usr/sbin/nologin'];
  const attempts: Array<[string, string[]]> = [
    ['useradd', [...useradd, '--user-group', 'postgres']],
    ['useradd', [...useradd, '--gid', 'postgres', 'postgres']], // the group exists already
    ['adduser', ['--system', '--group', '--no-create-home', '--shell', '/usr/sbin/nologin', 'postgres']], // Debian
    ['adduser', ['-S', '-D', '-H', '-s', '/sbin/nologin', 'postgres']], // BusyBox
  ];
  const failures: string[] = [];
  for (const [command, args] of attempts) {
    try {
      await promisify(execFile)(command, args, { env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' } });
    } catch (error) {
      failures.push(errorLine(error)); // another process may have created it: checked below
    }
    const account = findPostgresAccount();
    if (account) {
      log(`Running the embedded PostgreSQL as the system user "postgres", because it refuses to run as root`);
      return account;
    }
  }
  throw new EmbeddedPostgresError(
    `PostgreSQL refuses to run as root and no system user "postgres" could be created (${failures[0] ?? 'no useradd'}); ` +
      'create that user, run Portico as an ordinary user, or set DATABASE_URL',
  );
}
