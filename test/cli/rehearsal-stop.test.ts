import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { listenForRehearsalStop, outliveTheTerminal, type RehearsalStop } from '../../src/cli/rehearsal-stop.js';

class Process extends EventEmitter {
  readonly statuses: number[] = [];

  exit(status: number): void {
    this.statuses.push(status);
  }
}

let program: Process;
let said: string;
let stop: RehearsalStop;

beforeEach(() => {
  jest.useFakeTimers();
  program = new Process();
  said = '';
  stop = listenForRehearsalStop(program, { write: (text) => (said += text) });
});
afterEach(() => void jest.useRealTimers());

const state = () => [stop.signal.aborted, stop.abandon.aborted];

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'])('%s stops the play, and says what another one does', (name) => {
  expect(state()).toEqual([false, false]);
  program.emit(name);
  expect(state()).toEqual([true, false]);
  expect(said).toMatch(/deleting what was created; press Ctrl-C again to keep the rest\n$/);
});

test('the removal may take however long it takes', () => {
  program.emit('SIGINT');
  jest.advanceTimersByTime(24 * 3_600_000);
  expect([state(), program.statuses]).toEqual([[true, false], []]);
});

test('a second signal at once is the same Ctrl-C, which npm passes on', () => {
  program.emit('SIGINT');
  jest.advanceTimersByTime(999);
  program.emit('SIGINT');
  expect(state()).toEqual([true, false]);
});

test('a second signal later abandons the removal, and what then hangs is ended within seconds', () => {
  program.emit('SIGINT');
  jest.advanceTimersByTime(1_000);
  program.emit('SIGTERM');
  expect(state()).toEqual([true, true]);
  expect(said).toMatch(/which the report lists\n$/);
  program.emit('SIGINT');
  expect(program.statuses).toEqual([]);
  jest.advanceTimersByTime(10_000);
  expect(program.statuses).toEqual([1]);
});

test('a terminal that is gone breaks nothing', () => {
  const stream = new PassThrough();
  outliveTheTerminal([stream]);
  expect(() => stream.emit('error', new Error('EIO'))).not.toThrow();
});
