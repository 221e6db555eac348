import { randomBytes } from 'node:crypto';
import { accessSync, chmodSync, constants, existsSync, mkdirSync, statSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { userName } from './process/account.js';
import { EmbeddedPostgresError, errorCode, errorLine } from './process/embedded-postgres-error.js';

/** The paths in PORTICO_DATA_DIR. */
export interface DataFolder {
  readonly path: string;
  /** The PostgreSQL cluster, owned by the account that runs the server. */
  readonly cluster: string;
  readonly connection: string;
  readonly lock: string;
  readonly log: string;
}

/** The connection settings of the server; stored in `connection.json`. */
export interface Connection {
  readonly port: number;
  readonly password: string;
}

/** Creates the data folder if it is missing, and refuses one that belongs to another user. */
export function openDataFolder(path: string): DataFolder {
  const folder: DataFolder = {
    path,
    cluster: join(path, 'postgres'),
    connection: join(path, 'connection.json'),
    lock: join(path, 'lock'),
    log: join(path, 'postgres.log'),
  };
  try {
    if (!existsSync(path)) {
      mkdirSync(path, { recursive: true });
      // Without /proc the server account has to open the cluster by its path. The contents keep their own permissions.
      chmodSync(path, process.geteuid?.() === 0 && process.platform !== 'linux' ? 0o711 : 0o700);
    }
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw new EmbeddedPostgresError(
      `The data folder ${path} cannot be used by user ${me()}: ${whyNot(path, cause)}; ` +
        'run Portico as the owner of the folder, or set PORTICO_DATA_DIR to a folder of your own',
      { cause },
    );
  }
  const owner = statSync(folder.connection, { throwIfNoEntry: false })?.uid;
  if (process.geteuid && owner !== undefined && owner !== process.geteuid()) refuseOwner(path, owner);
  return folder;
}

/** Reports that a folder belongs to another user. */
export function refuseOwner(path: string, owner: number): never {
  throw new EmbeddedPostgresError(
    `The data folder ${path} belongs to user ${userName(owner)}, but Portico runs as user ${me()}; ` +
      'run Portico as that user, or set PORTICO_DATA_DIR to a folder of your own',
  );
}

/** Reads how to connect to the server; undefined if the folder has never been set up. */
export async function readConnection(folder: DataFolder): Promise<Connection | undefined> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(folder.connection, 'utf8'));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    if (!(error instanceof SyntaxError)) throw error;
  }
  if (
    typeof value === 'object' &&
    value !== null &&
    'password' in value &&
    typeof value.password === 'string' &&
    'port' in value &&
    typeof value.port === 'number'
  ) {
    return { port: value.port, password: value.password };
  }
  throw new EmbeddedPostgresError(
    `${folder.connection} is damaged; it contains the password of the database, so restore it from a backup`,
  );
}

/** Writes the file atomically, because a cluster cannot be opened without its password. */
export async function writeConnection(folder: DataFolder, connection: Connection): Promise<void> {
  const draft = `${folder.connection}.new`;
  await writeFile(draft, `${JSON.stringify(connection, null, 2)}\n`, { mode: 0o600, flush: true });
  await rename(draft, folder.connection);
}

/** Generates a password in base64url, which needs no escaping in a URL. */
export function newPassword(): string {
  return randomBytes(32).toString('base64url');
}

function whyNot(path: string, error: unknown): string {
  if (errorCode(error) !== 'EACCES') return errorLine(error);
  try {
    return `it belongs to user ${userName(statSync(path).uid)}`;
  } catch (inner) {
    return errorLine(inner); // a parent folder is not accessible
  }
}

function me(): string {
  return process.geteuid ? userName(process.geteuid()) : 'running Portico';
}
