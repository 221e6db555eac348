import { describe, expect, test } from '@jest/globals';
import { toProgress } from '../../src/cli/rehearsal-progress.js';
import type { Exchange } from '../../src/rehearsal/exchange.js';

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
  ] as const) {
    progress.note(exchange(milliseconds, status));
    progress.advance();
  }
  progress.end();
  return written;
}

describe('the progress of a rehearsal', () => {
  test('is one plain line for each phase where there is no terminal', () => {
    const text = show({});
    expect(text).toMatch(/^initial cycle: users +4\/4 +\d+\/s +p50 20 ms +p99 90 ms +2 failed\n$/);
  });

  test('is one line painted anew on a terminal, never longer than the terminal', () => {
    const text = show({ isTTY: true, columns: 42 });
    const lines = text.split('\r\u001b[2K').slice(1);
    expect(lines.length).toBeGreaterThanOrEqual(2);
    expect(lines.at(-1)).toMatch(/^initial cycle: users +4\/4/);
    expect(Math.max(...lines.map((line) => line.replace('\n', '').length))).toBeLessThan(42);
    expect(text.match(/\n/g)).toHaveLength(1);
  });
});
