import { jest } from '@jest/globals';

const TIMERS = [
  ...(['hrtime', 'nextTick', 'performance', 'queueMicrotask', 'setImmediate', 'clearImmediate'] as const),
  ...(['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout'] as const),
];

/** Sets the clock of this process forward by so many milliseconds, or back; timers run as before. */
export function setClock(difference: number): void {
  jest.useFakeTimers({ advanceTimers: true, doNotFake: TIMERS, now: Date.now() + difference });
}

/** Sets the clock right again. */
export function resetClock(): void {
  jest.useRealTimers();
}
