import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { DatabaseSync, type SQLOutputValue } from 'node:sqlite';
import { until } from '../support/portico-process.js';

const PROGRAM = resolve('examples/directory-mirror/src/main.ts');

/** Runs the example in a separate process, started as in its README. */
export class MirrorProcess {
  static readonly #running = new Set<MirrorProcess>();
  /** The exit code; null if the process was killed. */
  readonly ended: Promise<number | null>;
  readonly #child: ChildProcess;
  stdout = '';
  stderr = '';

  constructor(environment: Readonly<Record<string, string>>) {
    const { PATH = '', HOME = '' } = process.env;
    this.#child = spawn(process.execPath, [PROGRAM], {
      env: { PATH, HOME, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child.stdout!.setEncoding('utf8').on('data', (text: string) => (this.stdout += text));
    this.#child.stderr!.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    MirrorProcess.#running.add(this);
    this.ended = once(this.#child, 'close').then(([code]) => {
      MirrorProcess.#running.delete(this);
      return code as number | null;
    });
  }

  /** Kills the processes that a failed test left behind. */
  static async killAll(): Promise<void> {
    await Promise.all([...MirrorProcess.#running].map((mirror) => mirror.kill()));
  }

  /** Waits until it has printed a text. */
  async says(text: string): Promise<void> {
    await until(`the mirror says "${text}"`, () => this.stdout.includes(text));
  }

  /** The number of full loads that it has started. */
  get loads(): number {
    return this.stdout.split('Loading').length - 1;
  }

  /** Kills it with SIGKILL, like a power failure. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.ended;
  }
}

/** Opens the copy of a mirror, to inspect and modify it from outside. */
export class CopyFile {
  readonly #database: DatabaseSync;

  constructor(path: string) {
    this.#database = new DatabaseSync(path);
  }

  rows(sql: string): Array<Record<string, SQLOutputValue>> {
    return this.#database.prepare(sql).all();
  }

  /** The sequence of the last event that it has applied; null if there is none. */
  get last(): number | null {
    const [position] = this.rows('select last from position');
    return (position?.['last'] ?? null) as number | null;
  }

  /** Changes the copy without the mirror. */
  tamper(sql: string): void {
    this.#database.exec(sql);
  }

  close(): void {
    this.#database.close();
  }
}
