import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { findFreePort } from '../../src/free-port.js';
import { HANG_TIMEOUT } from './hang-timeout.js';

const PROGRAM = join(process.cwd(), 'dist/src/main.js');
/** Tests start the program many times; a cache of compiled code reduces the CPU time of a start by a third. */
const COMPILE_CACHE = join(process.cwd(), 'node_modules/.cache/node');

export type Environment = Readonly<Record<string, string>>;

/** The exit code and output of a process. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A line of the log of requests and errors. */
export type LogLine = Readonly<Record<string, unknown>>;

/** Runs a command of the built program to its end, with only the given settings in the environment. */
export function runPortico(parameters: readonly string[], environment: Environment = {}): Promise<Ended> {
  return new PorticoProcess(parameters, environment).ended;
}

/** Runs the built program in a separate process. */
export class PorticoProcess {
  static readonly #running = new Set<PorticoProcess>();
  readonly ended: Promise<Ended>;
  readonly #child: ChildProcess;
  #stdout = '';
  #stderr = '';
  #hasEnded = false;

  constructor(parameters: readonly string[], environment: Environment) {
    const { PATH = '', HOME = '' } = process.env;
    this.#child = spawn(process.execPath, [PROGRAM, ...parameters], {
      env: { PATH, HOME, NODE_COMPILE_CACHE: COMPILE_CACHE, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child.stdout!.setEncoding('utf8').on('data', (text: string) => (this.#stdout += text));
    this.#child.stderr!.setEncoding('utf8').on('data', (text: string) => (this.#stderr += text));
    PorticoProcess.#running.add(this);
    this.ended = once(this.#child, 'close').then(([code]) => {
      this.#hasEnded = true;
      PorticoProcess.#running.delete(this);
      return { code, stdout: this.#stdout, stderr: this.#stderr };
    });
  }

  /** Kills the processes that the tests of a file have left behind. */
  static async killAll(): Promise<void> {
    const running = [...PorticoProcess.#running];
    for (const each of running) each.kill('SIGKILL');
    await Promise.all(running.map(({ ended }) => ended));
  }

  /** Starts a server on a free port and waits until it has printed its whole start message. */
  static async serve(environment: Environment, parameters: readonly string[] = []): Promise<PorticoProcess> {
    const server = new PorticoProcess(['serve', ...parameters], { PORT: '0', ...environment });
    await until('the server has started', () => server.#hasEnded || server.#stdout.includes('Ctrl-C\n\n'));
    if (server.#hasEnded) throw new Error(`The server ended:\n${server.output}`);
    return server;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  get stdout(): string {
    return this.#stdout;
  }

  /** The output so far. */
  get output(): string {
    return this.#stdout + this.#stderr;
  }

  get tenantUrl(): string {
    return this.#shown('Tenant URL')!;
  }

  get url(): string {
    return new URL(this.tenantUrl).origin;
  }

  get secretToken(): string | undefined {
    return this.#shown('Secret Token');
  }

  get adminToken(): string | undefined {
    return this.#shown('Admin token');
  }

  /** The parsed log: all lines except those of the start message. Throws if one is not JSON. */
  get log(): LogLine[] {
    const lines = this.#stdout.split('\n').filter((line) => line !== '' && !line.startsWith('  '));
    return lines.map((line) => JSON.parse(line) as LogLine);
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Stops it like Ctrl-C. */
  async stop(): Promise<Ended> {
    this.kill('SIGINT');
    return this.ended;
  }

  /** Simulates a closed terminal: closes its output and sends SIGHUP. */
  async hangUp(): Promise<number | null> {
    this.#child.stdout!.destroy();
    this.#child.stderr!.destroy();
    this.kill('SIGHUP');
    return (await this.ended).code;
  }

  #shown(what: string): string | undefined {
    return new RegExp(`^ {2}${what} +(\\S+)$`, 'm').exec(this.#stdout)?.[1];
  }
}

/** Polls a condition until it is true. */
export async function until(what: string, check: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + HANG_TIMEOUT;
  while (!(await check())) {
    if (Date.now() > deadline) throw new Error(`Timed out after ${HANG_TIMEOUT / 1_000} s waiting until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Returns an unused port. */
export function freePort(): Promise<number> {
  return findFreePort('127.0.0.1');
}
