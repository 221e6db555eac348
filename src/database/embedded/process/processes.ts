import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { errorCode } from './embedded-postgres-error.js';

const onLinux = process.platform === 'linux' && existsSync('/proc/self/stat');

/** Whether a process with this id exists, including a zombie. */
export function isKnownId(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}

/** Whether a process is running. Zombies are not: PID 1 of many containers never reaps them. */
export function isAlive(pid: number): boolean {
  return isKnownId(pid) && !(onLinux && statFields(pid)?.[0] === 'Z');
}

/**
 * Returns the start time of a process, which distinguishes it from a later one with the same id; undefined if unknown.
 */
export function startOf(pid: number): string | undefined {
  if (onLinux) {
    const ticks = statFields(pid)?.[19]; // field 22 of proc(5), relative to boot
    return ticks && `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${ticks}`;
  }
  return psColumn(pid, 'lstart');
}

/**
 * Lists the PostgreSQL processes that use this data folder, including backends that outlived their server.
 *
 * @param folder the folder of the cluster
 * @param pid the process id in postmaster.pid, for systems on which the working folder of a process is not available
 */
export function listServerProcesses(folder: string, pid: number | undefined): number[] {
  if (!onLinux) {
    if (pid === undefined || !isAlive(pid)) return [];
    // Without ps, any running process with the id counts, because two servers on one folder would destroy the data.
    const command = psColumn(pid, 'command');
    return command === undefined || (command.includes('postgres') && command.includes(folder)) ? [pid] : [];
  }
  const { dev, ino } = statSync(folder);
  return readdirSync('/proc').flatMap((name) => {
    const candidate = Number(name);
    if (!Number.isInteger(candidate) || candidate === process.pid) return [];
    try {
      if (readFileSync(`/proc/${name}/comm`, 'utf8').trim() !== 'postgres' || !isAlive(candidate)) return [];
      const cwd = statSync(`/proc/${name}/cwd`);
      return cwd.dev === dev && cwd.ino === ino ? [candidate] : [];
    } catch (error) {
      // Root in a container often lacks CAP_SYS_PTRACE and cannot read the working folder of another user's process.
      // Then a PostgreSQL process with the id in postmaster.pid counts as the one of this folder.
      return errorCode(error) === 'EACCES' && candidate === pid ? [candidate] : [];
    }
  });
}

/** Returns the fields of /proc/PID/stat after the name, which may contain spaces and parentheses. */
function statFields(pid: number): string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'ESRCH' || code === 'EACCES') return undefined;
    throw error;
  }
}

function psColumn(pid: number, column: string): string | undefined {
  const { status, stdout } = spawnSync('ps', ['-p', String(pid), '-o', `${column}=`, '-ww'], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined; // no such process, or no ps (Windows)
}
