import { jest } from '@jest/globals';

const TIMERS = [
  ...(['hrtime', 'nextTick', 'performance', 'queueMicrotask', 'setImmediate', 'clearImmediate'] as const),
  ...(['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout'] as const),
];

/** Sets the clock of this process forward or back by a number of milliseconds. Timers are not affected. */
export function setClock(difference: number): void {
  jest.useFakeTimers({ advanceTimers: true, doNotFake: TIMERS, now: Date.now() + difference });
}

/** Restores the clock. */
export function resetClock(): void {
  jest.useRealTimers();
}
