import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { errorCode } from './embedded-postgres-error.js';

const onLinux = process.platform === 'linux' && existsSync('/proc/self/stat');

/** Whether the system knows a process of this id, be it one that ended and was not reaped. */
export function isKnownId(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}

/** Whether a process lives. One that has ended does not, though many a container's first process never reaps it. */
export function isAlive(pid: number): boolean {
  return isKnownId(pid) && !(onLinux && statFields(pid)?.[0] === 'Z');
}

/** When a process started, in words that differ when its id is given out again; undefined where the system tells nothing. */
export function startOf(pid: number): string | undefined {
  if (onLinux) {
    const ticks = statFields(pid)?.[19]; // field 22 of proc(5), counted from the boot
    return ticks && `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${ticks}`;
  }
  return psColumn(pid, 'lstart');
}

/**
 * The processes of a PostgreSQL server that works on this data folder, backends that outlived it included.
 *
 * @param folder the cluster
 * @param pid what the folder's postmaster.pid names, for systems that do not list a process's working folder
 */
export function listServerProcesses(folder: string, pid: number | undefined): number[] {
  if (!onLinux) {
    if (pid === undefined || !isAlive(pid)) return [];
    // Where ps is missing we do not know, and then a living process counts: two servers would destroy the data.
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
      // Root in a container often lacks CAP_SYS_PTRACE and cannot see where another user's process is. A PostgreSQL
      // that has the very id of postmaster.pid counts as ours then.
      return errorCode(error) === 'EACCES' && candidate === pid ? [candidate] : [];
    }
  });
}

/** The fields of /proc/PID/stat that follow the name, which may itself contain spaces and parentheses. */
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
