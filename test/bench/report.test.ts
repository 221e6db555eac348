import { describe, expect, test } from '@jest/globals';

/** bench/ is plain JavaScript, which the compiler does not check. */
const load = (path: string) => import(new URL(`../../bench/${path}`, import.meta.url).href);

const { barChart, lineChart } = await load('report/chart.mjs');
const { withSection } = await load('report/page.mjs');
const { show, toGoals, toTable } = await load('report/table.mjs');
const { cpuRatioOf, ratioOf, runRounds } = await load('rounds.mjs');

describe('the page', () => {
  const page =
    'before\n<!-- figures: one -->\nold\n<!-- end: one -->\nbetween\n<!-- figures: two -->\nkept\n<!-- end: two -->';

  test('replaces the figures of one part and keeps everything else', () => {
    const written = withSection(page, { name: 'one', markdown: 'new', line: 'today' });
    expect(written).toBe(
      'before\n<!-- figures: one -->\n\nnew\n\n_today_\n\n<!-- end: one -->\nbetween\n<!-- figures: two -->\nkept\n<!-- end: two -->',
    );
  });

  test('rejects figures of a part that has no markers', () => {
    expect(() => withSection(page, { name: 'three', markdown: '', line: '' })).toThrow('no markers for three');
  });
});

describe('tables', () => {
  test('align figures to the right', () => {
    expect(toTable(['what', 'ms'], [['match', '1.20']])).toBe('| what | ms |\n| --- | --: |\n| match | 1.20 |');
  });

  test.each([
    [1_234.5, 0, '1,235'],
    [0.746, 2, '0.75'],
    [Number.NaN, 2, '–'],
    [Number.POSITIVE_INFINITY, 0, '–'],
  ])('show %d with %d digits as %s', (number, digits, text) => {
    expect(show(number, digits)).toBe(text);
  });

  test('show for each goal whether it is met, for lower and for upper bounds', () => {
    const [, , ...rows] = toGoals([
      { name: 'rate', least: 0.75, value: 0.75 },
      { name: 'rate', least: 0.75, value: 0.74 },
      { name: 'time', most: 5, unit: ' ms', value: 5 },
      { name: 'time', most: 5, unit: ' ms', value: 5.1 },
      { name: 'unknown', least: 1, value: Number.NaN },
    ]).split('\n');
    expect(rows).toEqual([
      '| rate | at least 0.75 | 0.75 | met |',
      '| rate | at least 0.75 | 0.74 | **not met** |',
      '| time | at most 5 ms | 5.00 ms | met |',
      '| time | at most 5 ms | 5.10 ms | **not met** |',
      '| unknown | at least 1 | – | **not met** |',
    ]);
  });
});

test('a ratio is the median over rounds, and the ratio in CPU time includes the database', () => {
  const own = { rates: [10, 100, 30], cpu: 60, databaseCpu: 40 };
  const other = { rates: [5, 50, 20], cpu: 120, databaseCpu: 30 };
  expect(ratioOf(own, other)).toBe(2);
  expect(cpuRatioOf(own, other)).toBe(1.5);
  const goals = toGoals([{ name: 'rate', least: 1.8, value: ratioOf(own, other), inCpu: cpuRatioOf(own, other) }]);
  expect(goals).toContain('| rate | at least 1.8 | 2.00 | met | 1.50 |');
});

describe('charts', () => {
  test('draw proportional bars with marks at 1 and at the goal', () => {
    const svg: string = barChart({
      caption: '1 is the floor',
      groups: [
        {
          name: 'match <userName>',
          goal: 0.75,
          bars: [
            { name: 'Portico', kind: 'portico', value: 0.5 },
            { name: 'the floor', kind: 'floor', value: 1 },
            { name: 'nobody', kind: 'peer', value: Number.NaN },
          ],
        },
      ],
    });
    const widths = [...svg.matchAll(/<rect class="bar \w+" x="(\d+)" y="\d+" width="([\d.]+)"/g)].map(
      ([, x, width]) => [Number(x), Number(width)] as const,
    );
    const [half, whole, none] = widths;
    expect(half![1]).toBeCloseTo(whole![1] / 2, 0);
    expect(none![1]).toBe(0);
    const marks = [...svg.matchAll(/<line class="(line|goal)" x1="([\d.]+)"/g)];
    expect(marks.map(([, style, x]) => [style, Number(x)])).toEqual([
      ['line', whole![0] + whole![1]],
      ['goal', whole![0] + whole![1] * 0.75],
    ]);
    expect(svg).toContain('match &lt;userName>');
    expect(svg).toContain('prefers-color-scheme: dark');
  });

  test('draw lines over a logarithmic axis with labels that do not overlap', () => {
    const svg: string = lineChart({
      caption: 'by users',
      unit: 'ms',
      sizes: [1_000, 10_000, 100_000].map((size) => ({ name: String(size), size })),
      lines: [
        { name: 'match', values: [1, 1, 1] },
        { name: 'get', values: [1, 1, 1.01] },
      ],
    });
    const [first, second, third] = [...svg.matchAll(/<circle cx="([\d.]+)"/g)].map(([, x]) => Number(x));
    expect(second! - first!).toBeCloseTo(third! - second!, 0);
    const labels = [...svg.matchAll(/y="([\d.]+)"[^>]*>(match|get), 1\.0</g)].map(([, y]) => Number(y));
    expect(Math.abs(labels[0]! - labels[1]!)).toBeGreaterThanOrEqual(15.9);
  });
});

test('contestants alternate, and the result is the median round without the warm-up', async () => {
  const [quick, slow] = [
    { name: 'quick', pid: process.pid, answers: [1, 100, 900, 110] },
    { name: 'slow', pid: process.pid, answers: [1, 10, 9, 11] },
  ];
  const order: string[] = [];
  const results = await runRounds({
    contestants: [quick, slow],
    rounds: 3,
    warmUp: 1,
    databasePid: process.pid,
    measure: (contestant: typeof quick) => {
      order.push(contestant.name);
      return { answered: contestant.answers.shift(), refused: contestant === slow ? 1 : 0, seconds: 2 };
    },
  });
  expect(order).toEqual(Array.from({ length: 4 }, () => ['quick', 'slow']).flat());
  expect(results.map(({ rate }: { rate: number }) => rate)).toEqual([55, 5]);
  expect(results.map(({ refused }: { refused: number }) => refused)).toEqual([0, 3]);
});
