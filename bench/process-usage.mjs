/** CPU time and memory of processes, read from /proc. On systems other than Linux all figures are NaN, shown as a dash. */
import { readdir, readFile, writeFile } from 'node:fs/promises';

/** The unit of CPU time in /proc, a hundredth of a second, in microseconds. */
const TICK = 10_000;

/**
 * CPU time that processes have used so far, each with its descendants, in microseconds. Includes children that have exited.
 * All figures come from one reading of /proc.
 */
export async function cpuOf(...pids) {
  const all = await readProcesses();
  return pids.map((pid) => {
    const family = familyOf(pid, all);
    return family.length === 0 ? Number.NaN : family.reduce((sum, { ticks }) => sum + ticks, 0) * TICK;
  });
}

/** Peak resident memory of a process and its descendants since `resetPeak`, or since they started, in MiB. */
export async function peakOf(pid) {
  const family = familyOf(pid, await readProcesses());
  const peaks = await Promise.all(family.map((member) => readFile(`/proc/${member.pid}/status`, 'utf8')));
  const kilobytes = peaks.map((status) => Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]));
  return peaks.length === 0 ? Number.NaN : kilobytes.reduce((sum, peak) => sum + peak, 0) / 1024;
}

/** Current resident memory of a single process, in bytes. */
export async function residentOf(pid) {
  if (process.platform !== 'linux') return Number.NaN;
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}

/** Resets the peak that `peakOf` reads. */
export async function resetPeak(pid) {
  for (const member of familyOf(pid, await readProcesses())) await writeFile(`/proc/${member.pid}/clear_refs`, '5');
}

/** A process and all its descendants. */
function familyOf(pid, all) {
  const family = all.filter((one) => one.pid === pid);
  for (const { pid: parent } of family) family.push(...all.filter((one) => one.parent === parent));
  return family;
}

async function readProcesses() {
  if (process.platform !== 'linux') return [];
  const names = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  return (await Promise.all(names.map(readStat))).filter((one) => one !== undefined);
}

/** Undefined for a process that has exited in the meantime. */
async function readStat(name) {
  try {
    const stat = await readFile(`/proc/${name}/stat`, 'utf8');
    // The name of the process is in parentheses and may contain any character.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
    return { pid: Number(name), parent: Number(fields[1]), ticks };
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes(error.code)) return undefined;
    throw error;
  }
}
