/** Measures single requests by the size of a directory and by the number of directories. */
import { randomUUID } from 'node:crypto';
import { change, matchPath, newUser } from '../entra.mjs';
import { openMeasuredDatabase, startServer } from '../measured-server.mjs';
import { makeUsers, storedName } from '../population.mjs';
import { median, quantile } from '../rounds.mjs';

const WARM_UP = 50;
const PAGE = 100;

/** The measured operations, in the order of the tables. */
export const OPERATIONS = [
  { key: 'match', name: 'match userName' },
  { key: 'create', name: 'create' },
  { key: 'patch', name: 'patch' },
  { key: 'addMember', name: 'add a member' },
  { key: 'removeMember', name: 'remove a member' },
  { key: 'page', name: `first page of ${PAGE}` },
];

/**
 * Figures: `{ stages: [{ users, directories, match, create, …, memory }] }`; the time of each operation is `{ p50, p99 }` in
 * milliseconds, one request at a time, memory in MiB.
 */
export async function measureGrowth({ cluster, options, say }) {
  const stages = [];
  try {
    for (const { users, directories } of options.growth) {
      say(`growth: filling ${directories.toLocaleString('en')} × ${users.toLocaleString('en')} users`);
      stages.push(await openStage(cluster, options, users, directories));
    }
    say('growth: measuring');
    // Alternates between the stages, so that other load on the machine affects all of them alike.
    for (let round = -WARM_UP; round < options.growthRounds; round++) {
      for (const stage of stages) await runOperations(stage, round);
    }
    const figures = [];
    for (const { users, directories, times, server } of stages) {
      const spreads = OPERATIONS.map(({ key }) => [key, { p50: median(times[key]), p99: quantile(times[key], 0.99) }]);
      const memory = await server.peakMemory();
      figures.push({ users, directories, ...Object.fromEntries(spreads), memory });
    }
    return { stages: figures };
  } finally {
    for (const { server, database } of stages) {
      await server.stop();
      await database.close();
    }
  }
}

async function openStage(cluster, options, users, directories) {
  const database = await openMeasuredDatabase({ cluster, name: `growth-${directories}-${users}` });
  const slugs = await makeDirectories(database, directories);
  await makeUsers(database.pool, [...slugs.values()], users);
  const server = await startServer(database, { arguments: options.porticoArguments, probed: false });
  const times = Object.fromEntries(OPERATIONS.map(({ key }) => [key, []]));
  return { users, directories, slugs: [...slugs.keys()], groups: new Map(), times, database, server };
}

/** Creates directories, and returns the ids of all by their slugs. The first exists already. */
async function makeDirectories({ pool, directoryId }, count) {
  const slugs = new Map([['bench', directoryId]]);
  for (let n = 1; n < count; n++) slugs.set(`bench-${n}`, randomUUID());
  const further = [...slugs].slice(1);
  const values = [further.map(([slug]) => slug), further.map(([, id]) => id)];
  await pool.query(
    `insert into directories (id, slug, name, created_at, updated_at)
     select id, slug, slug, now(), now() from unnest($1::text[], $2::uuid[]) as one (slug, id)`,
    values,
  );
  await pool.query(
    `insert into directory_counters (directory_id, sequence, user_count, group_count)
     select id, 0, 0, 0 from unnest($1::uuid[]) as id`,
    [values[1]],
  );
  return slugs;
}

let made = 0;

/** Runs each operation once, on random users of a random directory, so that nearly all rows are read for the first time. */
async function runOperations({ users, slugs, groups, times, server }, round) {
  const slug = slugs[Math.floor(Math.random() * slugs.length)];
  const any = () => storedName(1 + Math.floor(Math.random() * users));
  const send = async (key, method, path, body) => {
    const { answer, total } = await server.sendTo(method, slug + path, body);
    if (round >= 0) times[key]?.push(total);
    return answer.length === 0 ? undefined : JSON.parse(answer);
  };
  const find = async (key) => (await send(key, 'GET', matchPath(any()))).Resources[0].id;

  const member = await find('match');
  await send('create', 'POST', '/Users', newUser(++made));
  await send('patch', 'PATCH', `/Users/${await find()}`, change(made));
  if (!groups.has(slug)) groups.set(slug, (await send(undefined, 'POST', '/Groups', { displayName: 'bench' })).id);
  const group = `/Groups/${groups.get(slug)}`;
  for (const [key, op] of [
    ['addMember', 'add'],
    ['removeMember', 'remove'],
  ]) {
    await send(key, 'PATCH', group, { Operations: [{ op, path: 'members', value: [{ value: member }] }] });
  }
  const page = await send('page', 'GET', `/Users?count=${PAGE}`);
  if (page.Resources.length !== PAGE) throw new Error(`A first page of ${page.Resources.length} users`);
}
