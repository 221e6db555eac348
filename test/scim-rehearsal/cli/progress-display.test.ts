import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { toProgress } from '../../../packages/scim-rehearsal/src/cli/progress-display.js';
import type { Exchange } from '../../../packages/scim-rehearsal/src/client/exchange.js';

function exchange(milliseconds: number, status?: number): Exchange {
  return {
    number: 1,
    step: 'match user',
    by: 'entra',
    method: 'GET',
    url: 'https://app.example/scim/Users',
    request: { headers: {} },
    milliseconds,
    ...(status === undefined ? {} : { response: { status, headers: {} } }),
  };
}

function show(terminal: { isTTY?: boolean; columns?: number }): string {
  let written = '';
  const progress = toProgress({ ...terminal, write: (text: string) => (written += text) });
  progress.begin('initial cycle: users', 3);
  for (const [milliseconds, status] of [
    [10, 201],
    [20, 201],
    [90, 500],
    [30, undefined],
    [20, 400],
  ] as const) {
    progress.note(exchange(milliseconds, status));
    progress.advance();
  }
  progress.end();
  return written;
}

describe('the progress of a phase without responses', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  const linesOf = (terminal: { isTTY?: boolean }, seconds: number): string[] => {
    let written = '';
    const progress = toProgress({ ...terminal, write: (text: string) => (written += text) });
    progress.begin('discovery', 1);
    jest.advanceTimersByTime(seconds * 1000);
    const before = written;
    progress.end();
    jest.advanceTimersByTime(60_000);
    expect(jest.getTimerCount()).toBe(0);
    // Nothing is written after its end.
    expect(written.slice(before.length).match(/\n/g)).toHaveLength(1);
    return before.split(/\r\u001b\[2K|\n/).filter(Boolean);
  };

  test('is updated every second on a terminal', () => {
    expect(linesOf({ isTTY: true }, 5)).toHaveLength(6);
  });

  test('is a line every ten seconds if there is no terminal', () => {
    expect(linesOf({}, 9)).toEqual([]);
    const lines = linesOf({}, 35);
    expect(lines).toHaveLength(3);
    for (const line of lines) expect(line).toMatch(/^discovery +0\/1 /);
  });
});

describe('the progress of a rehearsal', () => {
  test('is one line for each phase if there is no terminal', () => {
    const text = show({});
    expect(text).toMatch(/^initial cycle: users +5\/5 +\d+\/s +p50 20 ms +p99 90 ms +3 failed\n$/);
  });

  test('is one line that is updated in place on a terminal, never longer than the terminal', () => {
    const text = show({ isTTY: true, columns: 42 });
    const lines = text.split('\r\u001b[2K').slice(1);
    expect(lines.length).toBeGreaterThanOrEqual(2);
    expect(lines.at(-1)).toMatch(/^initial cycle: users +5\/5/);
    expect(Math.max(...lines.map((line) => line.replace('\n', '').length))).toBeLessThan(42);
    expect(text.match(/\n/g)).toHaveLength(1);
  });
});
