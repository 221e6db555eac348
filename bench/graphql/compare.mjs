/**
 * Portico beside PostGraphile: `npm run -s build && cd bench/graphql && npm ci && npm start`.
 *
 * Both servers run as processes of their own on one embedded PostgreSQL with the same rows, and answer the same three
 * questions to one client on 16 connections: autocannon, on the same machine. They take turns, so that whatever else the
 * machine does falls on all of them alike; only ratios within one run count. Beside the requests in a second (the median
 * turn) stands what a request costs the process of the server in CPU, which a busy machine disturbs less. Portico authenticates, counts and logs each
 * request; PostGraphile knows of no permissions here.
 *
 * SECONDS and ROUNDS change how long it measures, ONLY=portico and QUESTION=emails|groups|one what. PROFILE=folder leaves a
 * CPU profile of each server there.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import autocannon from 'autocannon';
import { populate } from './population.mjs';

const { SECONDS = '2', ROUNDS = '7', ONLY, QUESTION } = process.env;
const CONNECTIONS = 16;
const POOL_SIZE = '20';

const built = (path) => import(new URL(`../../dist/src/${path}`, import.meta.url).href);
await import('reflect-metadata');
const { readConfig } = await built('config.js');
const { openDatabase } = await built('database/open-database.js');
const { createDirectory } = await built('domain/directory/directory-commands.js');
const { createToken } = await built('domain/token/token-commands.js');

const folder = await mkdtemp(join(tmpdir(), 'portico-bench-'));
const database = await openDatabase(readConfig({ PORTICO_DATA_DIR: folder }), () => undefined);
const servers = [];
try {
  const { id: directoryId } = await createDirectory(database.em, { slug: 'bench' });
  await populate(database.pool, directoryId);
  const token = { directoryId, kind: 'graphql', name: 'bench', expiresAt: null };
  const { secret } = await createToken(database.em, token);
  const { rows } = await database.pool.query('select id from users order by id offset 1000 limit 1');
  const [{ id }] = rows;

  const subjects = [
    { name: 'Portico', file: 'portico.mjs', query: inPortico, headers: { authorization: `Bearer ${secret}` } },
    { name: 'PostGraphile', file: 'postgraphile.mjs', query: inPostGraphile, headers: {} },
  ].filter(({ name }) => !ONLY || name.toLowerCase() === ONLY);
  for (const subject of subjects) {
    const server = await start(subject.file);
    servers.push(server.child);
    subject.url = `${server.url}/graphql`;
  }

  const questions = [
    { name: '50 users with e-mail addresses', kind: 'emails', variables: {}, size: 50 },
    { name: '20 users with 10 groups each', kind: 'groups', variables: {}, size: 20 },
    { name: 'one user', kind: 'one', variables: { id }, size: 1 },
  ].filter(({ kind }) => !QUESTION || kind === QUESTION);
  const table = [];
  for (const { name, kind, variables, size } of questions) {
    const results = subjects.map(() => ({ turns: [], cpu: 0, requests: 0 }));
    for (const subject of subjects) await check(subject, kind, variables, size);
    for (let round = 0; round <= Number(ROUNDS); round++) {
      for (const [index, subject] of subjects.entries()) {
        const before = await cpuOf(servers[index]);
        const { requests } = await run(subject, kind, variables);
        // The first round warms both up.
        if (round === 0) continue;
        results[index].turns.push(requests.average);
        results[index].cpu += (await cpuOf(servers[index])) - before;
        results[index].requests += requests.total;
      }
    }
    table.push({ name, results: results.map(toFigures) });
  }

  const [, ...others] = subjects;
  const heads = [
    ...subjects.map(({ name }) => `${name}, requests/s (CPU each)`),
    ...others.map(({ name }) => `to ${name} (CPU)`),
  ];
  console.log(`| ${['Query', ...heads].join(' | ')} |`);
  console.log(`|${'---|'.repeat(heads.length + 1)}`);
  for (const { name, results } of table) {
    const [own, ...peers] = results;
    const rates = results.map(({ rate, cpu }) => `${Math.round(rate).toLocaleString('en')} (${Math.round(cpu)} µs)`);
    const ratios = peers.map((peer) => `${(own.rate / peer.rate).toFixed(2)} (${(own.cpu / peer.cpu).toFixed(2)})`);
    console.log(`| ${[name, ...rates, ...ratios].join(' | ')} |`);
  }
} finally {
  for (const child of servers) child.disconnect();
  await database.close();
  await rm(folder, { recursive: true, force: true });
}

function inPortico(kind) {
  switch (kind) {
    case 'emails':
      return '{ directory { users(first: 50) { nodes { id userName displayName active emails { value type primary } } } } }';
    case 'groups':
      return '{ directory { users(first: 20) { nodes { id userName groups(first: 10) { nodes { id displayName } } } } } }';
    case 'one':
      return 'query ($id: ID!) { directory { user(id: $id) { id userName displayName active } } }';
  }
}

function inPostGraphile(kind) {
  switch (kind) {
    case 'emails':
      return '{ allUsers(first: 50) { nodes { rowId userName displayName active emails } } }';
    case 'groups':
      return `{ allUsers(first: 20) { nodes { rowId userName
        membershipsByUserId(first: 10) { nodes { groupByGroupId { rowId displayName } } } } } }`;
    case 'one':
      return 'query ($id: UUID!) { userByRowId(rowId: $id) { rowId userName displayName active } }';
  }
}

/** Makes sure that what is measured is an answer, and a whole one. */
async function check({ name, url, headers, query }, kind, variables, size) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({ query: query(kind), variables }),
  });
  const text = await response.text();
  const found = new Set(text.match(/user-\d+@fabrikam\.example/g)).size;
  const groups = text.match(/"Group \d+"/g)?.length ?? 0;
  if (found !== size || groups !== (kind === 'groups' ? size * 10 : 0)) {
    throw new Error(`${name} answered ${found} users and ${groups} groups: ${text.slice(0, 500)}`);
  }
}

async function run({ name, url, headers, query }, kind, variables) {
  const result = await autocannon({
    url,
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({ query: query(kind), variables }),
    connections: CONNECTIONS,
    duration: Number(SECONDS),
  });
  if (result.non2xx + result.errors > 0) throw new Error(`${name} refused ${result.non2xx + result.errors} requests`);
  return result;
}

function toFigures({ turns, cpu, requests }) {
  return { rate: turns.toSorted((a, b) => a - b)[turns.length >> 1], cpu: cpu / requests };
}

/** The CPU time that a server has used so far, in microseconds. */
async function cpuOf(child) {
  child.send('cpu');
  const [{ user, system }] = await once(child, 'message');
  return user + system;
}

async function start(file) {
  const { PROFILE } = process.env;
  const child = fork(new URL(file, import.meta.url), {
    execArgv: PROFILE ? ['--cpu-prof', `--cpu-prof-dir=${PROFILE}`] : [],
    env: { ...process.env, NODE_ENV: 'production', DATABASE_URL: database.url, POOL_SIZE },
  });
  const url = await new Promise((resolve, reject) => {
    child.once('message', (message) => resolve(message.url));
    child.once('exit', (code) => reject(new Error(`${file} ended with ${code}`)));
  });
  return { child, url };
}
