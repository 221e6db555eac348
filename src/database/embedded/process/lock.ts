import { closeSync, openSync, readFileSync, statSync, unlinkSync, writeSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { EmbeddedPostgresError, errorCode } from './embedded-postgres-error.js';
import { isAlive, startOf } from './processes.js';

interface Holder {
  readonly pid: number;
  readonly start?: string | undefined;
}

/**
 * Runs `work` under an exclusive lock file. The server is started and stopped only under the lock, so that it never
 * starts twice and never stops while another process is connecting.
 */
export async function underLock<T>(
  file: string,
  log: (line: string) => void,
  work: () => Promise<T>,
  timeout = 180_000,
): Promise<T> {
  await acquire(file, log, timeout);
  try {
    return await work();
  } finally {
    unlinkIfThere(file);
  }
}

async function acquire(file: string, log: (line: string) => void, timeout: number): Promise<void> {
  const begin = Date.now();
  let announced = false;
  while (!create(file)) {
    if (isStale(file)) {
      breakStale(file);
      continue;
    }
    const waited = Date.now() - begin;
    const holder = readHolder(file)?.pid ?? 'unknown';
    if (waited > timeout) {
      throw new EmbeddedPostgresError(
        `Process ${holder} has held the lock ${file} for ${Math.round(waited / 1000)} seconds; stop that process and try again`,
      );
    }
    if (waited > 3000 && !announced) {
      announced = true;
      log(`Waiting for process ${holder}, which is starting or stopping the embedded PostgreSQL`);
    }
    await delay(20 + Math.random() * 20);
  }
}

function create(file: string): boolean {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'wx', 0o600);
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
  try {
    const holder: Holder = { pid: process.pid, start: startOf(process.pid) };
    writeSync(descriptor, JSON.stringify(holder));
  } finally {
    closeSync(descriptor);
  }
  return true;
}

/** Whether the process that holds the lock has exited, or its id now belongs to a process with another start time. */
function isStale(file: string): boolean {
  const holder = readHolder(file);
  if (holder) return !isAlive(holder.pid) || (holder.start !== undefined && startOf(holder.pid) !== holder.start);
  return olderThan(file, 5000); // it is empty between its creation and the write, but never for so long
}

/**
 * Removes a stale lock. Two processes may find the same one, and the slower must not remove the new lock of the faster;
 * so a second lock file guards the check and the removal. These are synchronous: a guard older than 5 s was left by a
 * crash.
 */
function breakStale(file: string): void {
  const guard = `${file}.breaking`;
  if (!create(guard)) {
    if (olderThan(guard, 5000)) unlinkIfThere(guard);
    return;
  }
  try {
    if (isStale(file)) unlinkIfThere(file);
  } finally {
    unlinkIfThere(guard);
  }
}

function readHolder(file: string): Holder | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (typeof value !== 'object' || value === null || !('pid' in value) || !Number.isInteger(value.pid))
      return undefined;
    return value as Holder; // only this module writes the file, and the id is checked
  } catch (error) {
    if (error instanceof SyntaxError || errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function olderThan(file: string, milliseconds: number): boolean {
  const status = statSync(file, { throwIfNoEntry: false });
  return status !== undefined && Date.now() - status.mtimeMs > milliseconds;
}

function unlinkIfThere(file: string): void {
  try {
    unlinkSync(file);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
}
