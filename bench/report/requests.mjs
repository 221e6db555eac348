/** Renders the figures of single SCIM requests: rates, CPU time, and ratios to the floors and peers. */
import { versionsOf } from '../contestants/contestants.mjs';
import { SCIM_CONTESTANTS } from '../contestants/scim-contestants.mjs';
import { aloneKey } from '../parts/requests.mjs';
import { cpuRatioOf, ratioOf } from '../rounds.mjs';
import { barChart } from './chart.mjs';
import { show, toGoals, toTable } from './table.mjs';

const KINDS = [
  { key: 'match', name: 'match userName' },
  { key: 'get', name: 'get by id' },
  { key: 'create', name: 'create' },
  { key: 'patch', name: 'patch' },
];
const EXPRESS = 'floor: express';
const BARE = 'floor: node:http';

export function reportRequests({ users, contestants }) {
  const all = [...KINDS, { key: 'cycle', name: `initial cycle` }];
  const rates = toTable(
    ['requests/s (of the cycle: users/s)', ...all.map(({ name }) => name), 'peak memory, MiB'],
    contestants.map((one) => [bold(one), ...all.map(({ key }) => show(one[key].rate)), show(one.memory)]),
  );
  const costs = toTable(
    ['CPU per request (of the cycle: per user), µs: server + PostgreSQL', ...all.map(({ name }) => name)],
    contestants.map((one) => [
      bold(one),
      ...all.map(({ key }) => `${show(one[key].cpu)} + ${show(one[key].databaseCpu)}`),
    ]),
  );
  const alone = toTable(
    ['one connection, requests/s', ...KINDS.map(({ name }) => name)],
    contestants.map((one) => [bold(one), ...KINDS.map(({ key }) => show(one[aloneKey(key)].rate))]),
  );
  const refused = contestants.flatMap((one) =>
    [...all, ...KINDS.map(({ key, name }) => ({ key: aloneKey(key), name: `${name}, one connection` }))]
      .filter(({ key }) => one[key].refused > 0)
      .map(({ key, name }) => `${one.name} ${one[key].refused} (${name})`),
  );
  const markdown = [
    '![Requests per second, relative to the express floor](performance-requests.svg)',
    rates,
    costs,
    ...(refused.length > 0 ? [`Requests without a 2xx answer, not counted: ${refused.join('; ')}.`] : []),
    toGoals(toRatios(contestants)),
    alone,
    toVersions(contestants, users),
  ];
  return { markdown: markdown.join('\n\n'), charts: { 'performance-requests.svg': toChart(contestants) } };
}

/** The ratios of Portico to the floors and to the best peer on PostgreSQL. */
function toRatios(contestants) {
  const portico = contestants.find(({ kind }) => kind === 'portico');
  const find = (wanted) => contestants.filter(({ name }) => name === wanted);
  const goals = [
    { to: 'the express floor', least: 0.75, others: find(EXPRESS) },
    { to: 'the bare floor', least: 0.5, others: find(BARE) },
    { to: 'the best peer on PostgreSQL', least: 1.8, others: contestants.filter(({ kind }) => kind === 'peer') },
  ].filter(({ others }) => portico && others.length > 0);
  return KINDS.flatMap(({ key, name }) =>
    goals.map(({ to, least, others }) => ({
      name: `${name}, relative to ${to}`,
      least,
      value: Math.min(...others.map((other) => ratioOf(portico[key], other[key]))),
      inCpu: Math.min(...others.map((other) => cpuRatioOf(portico[key], other[key]))),
    })),
  );
}

function toChart(contestants) {
  const express = contestants.find(({ name }) => name === EXPRESS);
  return barChart({
    caption: '1 is the express floor in the same run; the dashed mark at 0.75 is the target',
    groups: KINDS.map(({ key, name }) => ({
      name,
      goal: 0.75,
      bars: contestants.map((one) => ({
        name: one.name,
        kind: one.kind,
        value: express ? ratioOf(one[key], express[key]) : Number.NaN,
      })),
    })),
  });
}

function toVersions(contestants, users) {
  const lines = SCIM_CONTESTANTS.filter(({ name }) => contestants.some((one) => one.name === name)).map(
    ({ name, packages, note }) => {
      const facts = [...versionsOf(packages), ...(note ? [note] : [])];
      return facts.length > 0 ? `- ${name}: ${facts.join('; ')}.` : undefined;
    },
  );
  const filled = `Each contestant had ${show(users)} users from its own initial cycle, and fresh statistics (ANALYZE) before the single requests.`;
  return [...lines.filter((line) => line !== undefined), '', filled].join('\n');
}

function bold({ name, kind }) {
  return kind === 'portico' ? `**${name}**` : name;
}
