/** Renders the figures of requests by the size and the number of directories. */
import { OPERATIONS } from '../parts/growth.mjs';
import { lineChart } from './chart.mjs';
import { show, showSpread, toTable } from './table.mjs';

export function reportGrowth({ stages }) {
  const nameOf = ({ users, directories }) =>
    directories === 1 ? `${show(users)} users` : `${show(directories)} directories of ${show(users)}`;
  const times = toTable(
    ['ms, median / 99th percentile', ...stages.map(nameOf)],
    OPERATIONS.map(({ key, name }) => [name, ...stages.map((stage) => showSpread(stage[key]))]),
  );
  const [first, ...others] = stages;
  const ratios = toTable(
    [`median relative to ${nameOf(first)}`, ...others.map(nameOf)],
    OPERATIONS.map(({ key, name }) => [name, ...others.map((stage) => show(stage[key].p50 / first[key].p50, 2))]),
  );
  const memory = toTable(
    ['', ...stages.map(nameOf)],
    [['peak memory of the server, MiB', ...stages.map((stage) => show(stage.memory))]],
  );
  const growing = stages.filter(({ directories }) => directories === 1);
  const chart = lineChart({
    caption: 'median of single requests by number of users in the directory (logarithmic)',
    unit: 'ms',
    sizes: growing.map(({ users }) => ({ name: show(users), size: users })),
    lines: OPERATIONS.map(({ key, name }) => ({ name, values: growing.map((stage) => stage[key].p50) })),
  });
  const markdown = ['![Milliseconds by number of users](performance-growth.svg)', times, ratios, memory];
  return { markdown: markdown.join('\n\n'), charts: { 'performance-growth.svg': chart } };
}
