import { existsSync } from 'node:fs';
import { chmod, chown, lchown, mkdir, open, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Account, userName } from './process/account.js';
import type { Binaries } from './binaries.js';
import { type DataFolder, refuseOwner } from './data-folder.js';
import { EmbeddedPostgresError } from './process/embedded-postgres-error.js';
import { failureLine, handOver, runProgram } from './process/server-process.js';

const draftPrefix = 'initdb-';

/** Whether the data folder contains a cluster. */
export function hasCluster(folder: DataFolder): boolean {
  return existsSync(join(folder.cluster, 'PG_VERSION'));
}

/** Refuses a cluster that these binaries cannot run, and fixes the owner of one that root restored from a backup. */
export async function checkCluster(folder: DataFolder, version: string, account: Account | undefined): Promise<void> {
  const { uid, mode } = await stat(folder.cluster);
  if (account && uid === 0)
    await giveTo(folder.cluster, account); // `cp -r` as root does not preserve owners
  else if (process.geteuid && uid !== (account?.uid ?? process.geteuid())) refuseOwner(folder.path, uid);
  if (process.platform !== 'win32' && (mode & 0o027) !== 0) await chmod(folder.cluster, 0o700);

  const made = (await readFile(join(folder.cluster, 'PG_VERSION'), 'utf8')).trim();
  const major = majorOf(version);
  if (made !== String(major)) {
    throw new EmbeddedPostgresError(
      `${folder.cluster} was created by PostgreSQL ${made}, but the embedded PostgreSQL is ${version}; ` +
        'dump it with the old version and restore it, or set PORTICO_DATA_DIR to another folder',
    );
  }
}

/**
 * Creates the cluster under a temporary name and renames it when complete, so that an interruption leaves no partial
 * one.
 */
export async function createCluster(
  folder: DataFolder,
  binaries: Binaries,
  version: string,
  account: Account | undefined,
  password: string,
  { durable }: { durable: boolean },
): Promise<void> {
  await removeDrafts(folder);
  await refuseForeignFiles(folder);
  const draft = join(folder.path, `${draftPrefix}${process.pid}`);
  const passwordFile = `${draft}.password`;
  try {
    await mkdir(draft, { mode: 0o700 });
    await writeFile(passwordFile, `${password}\n`, { mode: 0o600, flag: 'wx' });
    if (account) for (const path of [draft, passwordFile]) await chown(path, account.uid, account.gid);
    await runInitdb(draft, passwordFile, binaries, version, account, durable);
    await rename(draft, folder.cluster);
  } finally {
    await removeDrafts(folder);
  }
  if (durable) await syncFolder(folder.path);
}

async function runInitdb(
  draft: string,
  passwordFile: string,
  binaries: Binaries,
  version: string,
  account: Account | undefined,
  durable: boolean,
): Promise<void> {
  const handedOver = handOver([draft, passwordFile], account);
  try {
    const [draftPath, passwordPath] = handedOver.paths;
    const args = [
      `--pgdata=${draftPath}`,
      `--pwfile=${passwordPath}`,
      '--username=portico',
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      // Sorts by code point, knows upper and lower case of all of Unicode, and does not depend on the system's libc.
      ...(majorOf(version) >= 17 ? ['--locale-provider=builtin', '--builtin-locale=C.UTF-8'] : []),
      '--no-instructions',
      ...(durable ? [] : ['--no-sync']),
    ];
    const { ok, output } = await runProgram(binaries.initdb, args, account, handedOver.descriptors);
    if (!ok) throw new EmbeddedPostgresError(`initdb could not create the database: ${failureLine(output)}`);
  } finally {
    handedOver.close();
  }
}

async function removeDrafts(folder: DataFolder): Promise<void> {
  for (const name of await readdir(folder.path)) {
    if (!name.startsWith(draftPrefix)) continue;
    // An initdb that survived its killed parent may still write; it fails once its folder is gone.
    await rm(join(folder.path, name), { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  }
}

async function refuseForeignFiles(folder: DataFolder): Promise<void> {
  if (!existsSync(folder.cluster)) return;
  const { uid } = await stat(folder.cluster);
  if ((await readdir(folder.cluster)).length > 0) {
    throw new EmbeddedPostgresError(
      `${folder.cluster} contains files of user ${userName(uid)} that are not a PostgreSQL cluster; move them elsewhere`,
    );
  }
  await rm(folder.cluster, { recursive: true }); // empty; Windows cannot rename over it
}

async function giveTo(path: string, account: Account): Promise<void> {
  for (const entry of await readdir(path, { withFileTypes: true, recursive: true })) {
    await lchown(join(entry.parentPath, entry.name), account.uid, account.gid);
  }
  await lchown(path, account.uid, account.gid); // last, because the owner of this folder is checked to see whether the work is done
}

async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return; // Windows cannot open a folder
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function majorOf(version: string): number {
  return Number.parseInt(version, 10);
}
