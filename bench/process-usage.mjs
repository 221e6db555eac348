/** What processes use, as Linux tells it. Elsewhere all of it is NaN, and the tables show a dash. */
import { readdir, readFile, writeFile } from 'node:fs/promises';

/** The kernel counts in hundredths of a second for whoever looks from outside. */
const TICK = 10_000;

/** CPU time that a process and its children have used so far, those that have ended included, in microseconds. */
export async function cpuOf(pid) {
  const times = (await familyOf(pid)).map(({ ticks }) => ticks);
  return times.length === 0 ? Number.NaN : times.reduce((sum, ticks) => sum + ticks, 0) * TICK;
}

/** The peak of resident memory of a process and its children since `forgetPeak`, or their start, in MiB. */
export async function peakOf(pid) {
  const family = await familyOf(pid);
  const peaks = await Promise.all(family.map((member) => readFile(`/proc/${member.pid}/status`, 'utf8')));
  const kilobytes = peaks.map((status) => Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]));
  return peaks.length === 0 ? Number.NaN : kilobytes.reduce((sum, peak) => sum + peak, 0) / 1024;
}

/** The resident memory of a process alone, now, in bytes. */
export async function residentOf(pid) {
  if (process.platform !== 'linux') return Number.NaN;
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}

/** Lets `peakOf` begin anew. */
export async function forgetPeak(pid) {
  for (const member of await familyOf(pid)) await writeFile(`/proc/${member.pid}/clear_refs`, '5');
}

async function familyOf(pid) {
  if (process.platform !== 'linux') return [];
  const names = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const all = (await Promise.all(names.map(readStat))).filter((one) => one !== undefined);
  const family = all.filter((one) => one.pid === pid);
  for (const { pid: parent } of family) family.push(...all.filter((one) => one.parent === parent));
  return family;
}

/** Undefined for a process that has ended meanwhile. */
async function readStat(name) {
  try {
    const stat = await readFile(`/proc/${name}/stat`, 'utf8');
    // What the process calls itself stands in parentheses and may hold anything.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
    return { pid: Number(name), parent: Number(fields[1]), ticks };
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes(error.code)) return undefined;
    throw error;
  }
}
