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

/** A server that runs on our data, proven by a session in it. */
export interface Server {
  readonly pid: number;
  readonly port: number;
  readonly session: Session;
}

/** What a start of the server needs besides its data. */
export interface Launch {
  readonly binaries: Binaries;
  readonly account: Account | undefined;
  readonly password: string;
  readonly settings: Readonly<Record<string, string>>;
  /** The name of the session that comes with the started server. */
  readonly applicationName: string;
}

interface PidFile {
  readonly pid: number;
  readonly port: number | undefined;
  readonly ready: boolean;
  /** The lines that name the server and nothing that changes while it runs. */
  readonly identity: string;
}

const defaultSettings: Record<string, string> = { max_connections: '200', shared_buffers: '256MB' };
const rotateAt = 10 * 1024 * 1024;

/** How long a server may take to answer: after a crash it replays its log first. */
const startPatience = 300_000;

/** The server that runs on the folder's cluster, or undefined when none does. */
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
    let problem: unknown = 'its postmaster.pid does not name it';
    if (pidFile?.port !== undefined && processes.includes(pidFile.pid)) {
      try {
        const session = await connect(pidFile.port, password, applicationName);
        if (identity(session.pidFile) === pidFile.identity) return { pid: pidFile.pid, port: pidFile.port, session };
        await session.end(); // somebody else's server, such as that of a copy of this folder
        problem = 'another server has its port';
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
        `PostgreSQL (process ${processes[0]}) runs on ${folder.cluster} and cannot be joined: ${errorLine(problem)}`,
      );
    }
    await delay(50);
  }
}

/** Starts the server on a free port, in a process group of its own, and waits until it answers. */
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
    // The port was taken meanwhile, or a killed server's last backend is about to go: both pass.
    const passing = /could not create any TCP\/IP sockets|pre-existing shared memory block/.test(output);
    if (!passing || attempt === 20) {
      throw new EmbeddedPostgresError(`The embedded PostgreSQL cannot start: ${failureLine(output)} (${folder.log})`);
    }
    await delay(attempt * 20);
  }
}

/** Ends the server's sessions and the server, and waits until its processes are gone. */
export async function stopServer(folder: DataFolder, pid: number, pgCtl: string): Promise<void> {
  if (process.platform === 'win32') {
    // There a signal would kill it without its shutdown.
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
    let reason: unknown = 'it did not get ready within 5 minutes';
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
        `The embedded PostgreSQL does not let us in: ${errorLine(reason)} (${folder.log})`,
      );
    }
    await delay(10);
  }
  // Not even the program could be run; that has left no line in the log.
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
      logging_collector: 'off', // we read the log
      port: String(port),
    };
    const args = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    return spawnProgram(
      binaries.postgres,
      ['-D', handedOver.paths[0] ?? folder.cluster, ...args],
      account,
      ['ignore', output, output, ...handedOver.descriptors],
      true, // Ctrl-C in the terminal is for us: we still need the server while we end
    );
  } finally {
    closeSync(output);
    handedOver.close();
  }
}

/**
 * Makes a postmaster.pid stale whose process is now something else (a container was restarted) or was killed and not
 * yet reaped: PostgreSQL asks only whether the id exists. The file stays, with an id that no system gives out, for it
 * also names the shared memory by which PostgreSQL notices backends that outlived their server.
 */
function disownPidFile(folder: DataFolder, pid: number, log: (line: string) => void): void {
  log(`The postmaster.pid names process ${pid}, which is not PostgreSQL on this data any more`);
  const text = readFileSync(pidFilePath(folder), 'utf8');
  writeFileSync(pidFilePath(folder), text.replace(/^.*/, '2147483647'));
}

/** SIGINT is PostgreSQL's fast shutdown: it ends the sessions and writes a checkpoint. */
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
