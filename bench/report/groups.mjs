/** Renders the figures of groups. */
import { show, showSpread, toGoals, toTable } from './table.mjs';

export function reportGroups({ sizes, changes, reads, memory }) {
  const one = toTable(
    [
      'ms, median / 99th percentile',
      'add one',
      'remove one, value list',
      'remove one, path',
      'median relative to the smallest',
    ],
    sizes.map(({ size, add, remove, path, ratio }) => [
      `group of ${show(size)}`,
      ...[add, remove, path].map((times) => showSpread(times)),
      show(ratio, 2),
    ]),
  );
  const largest = sizes.at(-1);
  const goals = toGoals([
    ...['add', 'remove'].map((key) => ({
      name: `${key} one member of ${show(largest.size)}, median`,
      most: 5,
      unit: ' ms',
      value: largest[key].p50,
    })),
    { name: `both, relative to a group of ${show(sizes[0].size)}`, most: 1.5, value: largest.ratio },
  ]);
  const many = toTable(
    ['on the largest group', 'ms', 'server CPU, ms'],
    changes.map(({ name, ms, cpu }) => [name, show(ms), show(cpu)]),
  );
  const worst = ({ p50, most }) => `${show(p50, 1)} / ${show(most, 1)}`;
  const whole = toTable(
    [`${reads.count} GETs of the largest group, ${show(reads.bytes / 2 ** 20, 1)} MiB each`, 'ms, median / maximum'],
    [
      ['first byte', worst(reads.first)],
      ['whole response', worst(reads.total)],
      ['longest turn of the event loop, CPU time', worst(reads.turn)],
      ['longest pause of the event loop', worst(reads.pause)],
      ['whole response without members', worst(reads.bare)],
    ],
  );
  const peaks = toTable(
    ['peak memory of the server', 'MiB'],
    Object.entries(memory).map(([name, peak]) => [name, show(peak)]),
  );
  return { markdown: [one, goals, many, whole, peaks].join('\n\n') };
}
