import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import {
  listenForStopSignals,
  ignoreClosedOutput,
  type StopSignals,
} from '../../../packages/scim-rehearsal/src/cli/stop-signals.js';

class Process extends EventEmitter {
  readonly statuses: number[] = [];

  exit(status: number): void {
    this.statuses.push(status);
  }
}

let program: Process;
let said: string;
let stop: StopSignals;

beforeEach(() => {
  jest.useFakeTimers();
  program = new Process();
  said = '';
  stop = listenForStopSignals('portico', program, { write: (text) => (said += text) });
});
afterEach(() => void jest.useRealTimers());

const state = () => [stop.signal.aborted, stop.abandon.aborted];

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'])('%s stops the run, and a message says what another one does', (name) => {
  expect(state()).toEqual([false, false]);
  program.emit(name);
  expect(state()).toEqual([true, false]);
  expect(said).toMatch(/^\nportico: stopping and deleting what was created; press Ctrl-C again to leave the rest\n$/);
});

test('the cleanup has no time limit', () => {
  program.emit('SIGINT');
  jest.advanceTimersByTime(24 * 3_600_000);
  expect([state(), program.statuses]).toEqual([[true, false], []]);
});

test('a second signal within a second is the same Ctrl-C, forwarded by npm', () => {
  program.emit('SIGINT');
  jest.advanceTimersByTime(999);
  program.emit('SIGINT');
  expect(state()).toEqual([true, false]);
});

test('a later second signal abandons the cleanup, and ends the process within seconds if it hangs', () => {
  program.emit('SIGINT');
  jest.advanceTimersByTime(1_000);
  program.emit('SIGTERM');
  expect(state()).toEqual([true, true]);
  expect(said).toMatch(/the report lists it\n$/);
  program.emit('SIGINT');
  expect(program.statuses).toEqual([]);
  jest.advanceTimersByTime(10_000);
  expect(program.statuses).toEqual([1]);
});

test('a closed terminal does not cause an error', () => {
  const stream = new PassThrough();
  ignoreClosedOutput([stream]);
  expect(() => stream.emit('error', new Error('EIO'))).not.toThrow();
});
