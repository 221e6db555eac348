/**
 * What a change of one member costs in groups of 100, 10,000 and 100,000: `npm run -s build && node bench/groups.mjs`.
 *
 * Starts Portico on an embedded database in a temporary folder, with everything on (authentication, validation, events,
 * logs), and sends over real http what Entra sends. Prints the median and the 99th percentile of each request, and the
 * peak of the server's memory. Only ratios within one run count.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';

const built = (path) => import(new URL(`../dist/src/${path}`, import.meta.url).href);
await import('reflect-metadata');
const { startPortico } = await built('app.js');
const { readConfig } = await built('config.js');
const { openDatabase } = await built('database/open-database.js');
const { createDirectory } = await built('domain/directory/directory-commands.js');
const { createToken } = await built('domain/token/token-commands.js');

const SIZES = [100, 10_000, 100_000];
const ROUNDS = 300;
const BATCH = 5_000;

const folder = await mkdtemp(join(tmpdir(), 'portico-bench-'));
const config = readConfig({ PORTICO_DATA_DIR: folder, PORT: '0', PORTICO_LOG_LEVEL: 'info' });
const database = await openDatabase(config, () => undefined);
const portico = await startPortico({ config, database, logger: pino({}, pino.destination('/dev/null')) });
const agent = new Agent({ keepAlive: true });
try {
  const { id, slug } = await createDirectory(database.em, { slug: 'bench' });
  const { secret } = await createToken(database.em, { directoryId: id, kind: 'scim', name: 'bench', expiresAt: null });
  const send = sender(`${portico.url}/scim/v2/${slug}`, secret);
  const users = await makeUsers(id, Math.max(...SIZES) + BATCH);
  const spare = users.slice(-BATCH);

  const groups = [];
  for (const size of SIZES) {
    const { body } = await send('POST', '/Groups', { displayName: `group of ${size}` });
    for (let from = 0; from < size; from += BATCH) {
      await patch(send, body.id, 'add', users.slice(from, Math.min(from + BATCH, size)));
    }
    groups.push({ size, id: body.id, add: [], remove: [], path: [] });
  }
  await database.pool.query('analyze');

  // The sizes take turns, so that whatever else the machine does falls on all of them alike.
  for (let round = -50; round < ROUNDS; round++) {
    for (const group of groups) {
      const member = [spare[(round + 50) % spare.length]];
      const add = await patch(send, group.id, 'add', member);
      const remove = await patch(send, group.id, 'remove', member);
      await patch(send, group.id, 'add', member);
      const path = await timed(() =>
        send('PATCH', `/Groups/${group.id}`, {
          Operations: [{ op: 'remove', path: `members[value eq "${member[0]}"]` }],
        }),
      );
      if (round < 0) continue;
      group.add.push(add);
      group.remove.push(remove);
      group.path.push(path);
    }
  }

  const [smallest] = groups;
  console.log(
    '| Members | add one, ms (p50 / p99) | remove one, value list | remove one, path | p50 against the smallest |',
  );
  console.log('|---|---|---|---|---|');
  for (const group of groups) {
    const ratio = (median(group.add) + median(group.remove)) / (median(smallest.add) + median(smallest.remove));
    const cells = [group.add, group.remove, group.path].map((times) => `${show(times, 0.5)} / ${show(times, 0.99)}`);
    console.log(`| ${group.size.toLocaleString('en')} | ${cells.join(' | ')} | ${ratio.toFixed(2)} |`);
  }
  const large = groups.at(-1);
  const many = await patch(send, large.id, 'add', spare);
  const read = await timed(() => send('GET', `/Groups/${large.id}`));
  const bare = await timed(() => send('GET', `/Groups/${large.id}?excludedAttributes=members`));
  console.log(
    `\nOne PATCH that adds ${spare.length.toLocaleString('en')} members to the largest: ${many.toFixed(0)} ms`,
  );
  console.log(`GET of the largest with its members: ${read.toFixed(0)} ms, without: ${bare.toFixed(1)} ms`);
  console.log(
    `Peak memory of the server and this client together: ${Math.round(process.resourceUsage().maxRSS / 1024)} MiB`,
  );
} finally {
  agent.destroy();
  await portico.close();
  await database.close();
  await rm(folder, { recursive: true, force: true });
}

/** Users by SQL: how they come is not what is measured. */
async function makeUsers(directoryId, count) {
  const { rows } = await database.pool.query(
    `insert into users (directory_id, id, user_name, user_name_key, active, email_keys, attributes, attribute_keys,
       version, created_at, updated_at)
     select $1, gen_random_uuid(), 'user-' || n, 'user-' || n, true, '{}', '{}', '{}', 1, now(), now()
     from generate_series(1, $2) n returning id`,
    [directoryId, count],
  );
  return rows.map((row) => row.id);
}

function patch(send, group, op, ids) {
  const value = ids.map((id) => ({ value: id }));
  return timed(() => send('PATCH', `/Groups/${group}`, { Operations: [{ op, path: 'members', value }] }));
}

async function timed(work) {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function sender(base, token) {
  return (method, path, body) =>
    new Promise((resolve, reject) => {
      const text = body === undefined ? undefined : JSON.stringify(body);
      const headers = {
        authorization: `Bearer ${token}`,
        ...(text ? { 'content-type': 'application/scim+json' } : {}),
      };
      const outgoing = request(base + path, { agent, method, headers }, (response) => {
        const chunks = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('end', () => {
          const answer = Buffer.concat(chunks).toString();
          if (response.statusCode >= 300) reject(new Error(`${method} ${path}: ${response.statusCode} ${answer}`));
          else resolve({ status: response.statusCode, body: answer === '' ? undefined : JSON.parse(answer) });
        });
      });
      outgoing.on('error', reject);
      outgoing.end(text);
    });
}

function quantile(times, q) {
  return times.toSorted((a, b) => a - b)[Math.floor(q * (times.length - 1))];
}

function median(times) {
  return quantile(times, 0.5);
}

function show(times, q) {
  return quantile(times, q).toFixed(2);
}
