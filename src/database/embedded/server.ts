import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { findFreePort } from '../../free-port.js';
import type { Account } from './process/account.js';
import type { Binaries } from './binaries.js';
import { type DataFolder, writeConnection } from './data-folder.js';
import { EmbeddedPostgresError, errorCode, errorLine } from './process/embedded-postgres-error.js';
import { isAlive, isKnownId, listServerProcesses } from './process/processes.js';
import { connect, type Session } from './session.js';
import { failureLine, handOver, runProgram, spawnProgram } from './process/server-process.js';

/** A running server of the data folder, verified by a session in it. */
export interface Server {
  readonly pid: number;
  readonly port: number;
  readonly session: Session;
}

/** The settings to start a server with, apart from its data folder. */
export interface Launch {
  readonly binaries: Binaries;
  readonly account: Account | undefined;
  readonly password: string;
  readonly settings: Readonly<Record<string, string>>;
  /** The application_name of the session that is returned with the server. */
  readonly applicationName: string;
}

interface PidFile {
  readonly pid: number;
  readonly port: number | undefined;
  readonly ready: boolean;
  /** The lines that identify the server and do not change while it runs. */
  readonly identity: string;
}

const defaultSettings: Record<string, string> = { max_connections: '200', shared_buffers: '256MB' };
const rotateAt = 10 * 1024 * 1024;

/** How long a server may take to accept connections: after a crash it replays its log first. Milliseconds. */
const startPatience = 300_000;

/** Finds the running server of the data folder; undefined if there is none. */
export async function findServer(
  folder: DataFolder,
  password: string,
  applicationName: string,
  log: (line: string) => void,
): Promise<Server | undefined> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const pidFile = readPidFile(folder);
    const processes = listServerProcesses(folder.cluster, pidFile?.pid);
    let problem: unknown = 'postmaster.pid names another process';
    if (pidFile?.port !== undefined && processes.includes(pidFile.pid)) {
      try {
        const session = await connect(pidFile.port, password, applicationName);
        if (identity(session.pidFile) === pidFile.identity) return { pid: pidFile.pid, port: pidFile.port, session };
        await session.end(); // another server, such as that of a copy of this folder
        problem = 'another server uses its port';
      } catch (error) {
        problem = error;
      }
    }
    if (processes.length === 0) {
      if (pidFile && isKnownId(pidFile.pid)) disownPidFile(folder, pidFile.pid, log);
      return undefined;
    }
    const refused = pidFile?.ready === true && errorCode(problem) === '28P01';
    if (refused || Date.now() > deadline) {
      throw new EmbeddedPostgresError(
        `PostgreSQL (process ${processes[0]}) is running on ${folder.cluster}, but Portico cannot connect to it: ${errorLine(problem)}`,
      );
    }
    await delay(50);
  }
}

/** Starts the server on a free port, in its own process group, and waits until it accepts connections. */
export async function startServer(
  folder: DataFolder,
  launch: Launch,
  findPort: () => Promise<number> = () => findFreePort('127.0.0.1'),
): Promise<Server> {
  rotateLog(folder);
  for (let attempt = 1; ; attempt++) {
    const port = await findPort();
    await writeConnection(folder, { port, password: launch.password });
    const logStart = statSync(folder.log, { throwIfNoEntry: false })?.size ?? 0;
    const server = await tryStart(folder, launch, port);
    if (server) return server;
    const output = readFileSync(folder.log).subarray(logStart).toString('utf8');
    // Both are temporary: the port was taken meanwhile, or the last backend of a killed server is about to exit.
    const passing = /could not create any TCP\/IP sockets|pre-existing shared memory block/.test(output);
    if (!passing || attempt === 20) {
      throw new EmbeddedPostgresError(`The embedded PostgreSQL cannot start: ${failureLine(output)} (${folder.log})`);
    }
    await delay(attempt * 20);
  }
}

/** Stops the server, including its sessions, and waits until its process has exited. */
export async function stopServer(folder: DataFolder, pid: number, pgCtl: string): Promise<void> {
  if (process.platform === 'win32') {
    // On Windows a signal would kill the server without a clean shutdown.
    await runProgram(pgCtl, ['stop', '-D', folder.cluster, '-m', 'fast'], undefined);
  } else {
    signal(pid);
  }
  const deadline = Date.now() + 60_000;
  while (isAlive(pid)) {
    if (Date.now() > deadline) {
      throw new EmbeddedPostgresError(`PostgreSQL (process ${pid}) did not stop within 60 seconds (${folder.log})`);
    }
    await delay(10);
  }
}

async function tryStart(folder: DataFolder, launch: Launch, port: number): Promise<Server | undefined> {
  const child = spawnServer(folder, launch, port);
  let failure: Error | undefined;
  child.once('error', (error) => (failure = error));
  child.unref();

  const deadline = Date.now() + startPatience;
  while (child.exitCode === null && child.signalCode === null) {
    const pidFile = readPidFile(folder);
    let reason: unknown = 'it was not ready within 5 minutes';
    if (pidFile?.pid === child.pid && pidFile?.ready) {
      try {
        return { pid: pidFile.pid, port, session: await connect(port, launch.password, launch.applicationName) };
      } catch (error) {
        reason = error;
      }
    }
    if ((pidFile?.ready && errorCode(reason) === '28P01') || Date.now() > deadline) {
      if (child.pid !== undefined) await stopServer(folder, child.pid, launch.binaries.pgCtl);
      throw new EmbeddedPostgresError(
        `Cannot connect to the embedded PostgreSQL: ${errorLine(reason)} (${folder.log})`,
      );
    }
    await delay(10);
  }
  // The program could not be executed, which leaves no line in the log.
  if (failure) throw new EmbeddedPostgresError(`The embedded PostgreSQL cannot start: ${errorLine(failure)}`);
  return undefined;
}

function spawnServer(folder: DataFolder, { binaries, account, settings }: Launch, port: number): ChildProcess {
  const handedOver = handOver([folder.cluster], account);
  const output = openSync(folder.log, 'a', 0o600);
  try {
    const all = {
      ...defaultSettings,
      ...settings,
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      logging_collector: 'off', // the log is read after a failed start
      port: String(port),
    };
    const args = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    return spawnProgram(
      binaries.postgres,
      ['-D', handedOver.paths[0] ?? folder.cluster, ...args],
      account,
      ['ignore', output, output, ...handedOver.descriptors],
      true, // Ctrl-C in the terminal must not stop the server before Portico has finished
    );
  } finally {
    closeSync(output);
    handedOver.close();
  }
}

/**
 * Marks postmaster.pid as stale if its process id now belongs to another program (a container was restarted) or to a
 * zombie: PostgreSQL checks only whether the id exists. The file is kept, with an id that no system assigns, because it
 * also names the shared memory by which PostgreSQL detects backends that outlived their server.
 */
function disownPidFile(folder: DataFolder, pid: number, log: (line: string) => void): void {
  log(`Ignoring the stale postmaster.pid: process ${pid} is not a PostgreSQL server of this data folder`);
  const text = readFileSync(pidFilePath(folder), 'utf8');
  writeFileSync(pidFilePath(folder), text.replace(/^.*/, '2147483647'));
}

/** Sends SIGINT, PostgreSQL's fast shutdown: it ends the sessions and writes a checkpoint. */
function signal(pid: number): void {
  try {
    process.kill(pid, 'SIGINT');
  } catch (error) {
    if (errorCode(error) !== 'ESRCH') throw error;
  }
}

function rotateLog(folder: DataFolder): void {
  const size = statSync(folder.log, { throwIfNoEntry: false })?.size ?? 0;
  if (size > rotateAt) renameSync(folder.log, `${folder.log}.1`);
}

function pidFilePath(folder: DataFolder): string {
  return join(folder.cluster, 'postmaster.pid');
}

function readPidFile(folder: DataFolder): PidFile | undefined {
  let text: string;
  try {
    text = readFileSync(pidFilePath(folder), 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
  // PostgreSQL: src/include/utils/pidfile.h. A standalone backend writes its id negated.
  const lines = text.split('\n');
  const pid = Math.abs(Number.parseInt(lines[0] ?? '', 10));
  if (!pid) return undefined;
  const port = Number.parseInt(lines[3] ?? '', 10);
  return { pid, port: port || undefined, ready: lines[7]?.trim() === 'ready', identity: identity(text) };
}

function identity(pidFile: string): string {
  return pidFile.split('\n').slice(0, 4).join('\n');
}
