/** Renders the figures of GraphQL queries. */
import { versionsOf } from '../contestants/contestants.mjs';
import { cpuRatioOf, ratioOf } from '../rounds.mjs';
import { barChart } from './chart.mjs';
import { show, toGoals, toTable } from './table.mjs';

export function reportGraphql({ queries }) {
  const cell = ({ rate, cpu, databaseCpu }) => `${show(rate)} (${show(cpu)} + ${show(databaseCpu)})`;
  const rates = toTable(
    ['requests/s (CPU per request, µs: server + PostgreSQL)', 'Portico', 'PostGraphile'],
    queries.map(({ name, results }) => [name, ...results.map(cell)]),
  );
  const ratios = queries.map(({ name, results: [own, peer] }) => ({
    name,
    value: ratioOf(own, peer),
    inCpu: cpuRatioOf(own, peer),
  }));
  const goals = ratios.map((ratio) => ({ ...ratio, name: `${ratio.name}, relative to PostGraphile`, least: 1 }));
  const refused = queries.filter(({ results }) => results.some((result) => result.refused > 0));
  const markdown = [
    '![Requests per second, relative to PostGraphile](performance-graphql.svg)',
    rates,
    ...(refused.length > 0
      ? [`Some requests did not get a 2xx answer: ${refused.map(({ name }) => name).join('; ')}.`]
      : []),
    toGoals(goals),
    `PostGraphile ${versionsOf(['postgraphile'])[0].split(' ')[1]}, on \`node:http\`.`,
  ];
  const chart = barChart({
    caption: '1 is PostGraphile in the same run',
    groups: ratios.map(({ name, value }) => ({
      name,
      bars: [
        { name: 'Portico', kind: 'portico', value },
        { name: 'PostGraphile', kind: 'peer', value: 1 },
      ],
    })),
  });
  return { markdown: markdown.join('\n\n'), charts: { 'performance-graphql.svg': chart } };
}
