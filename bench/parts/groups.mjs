/**
 * Measures groups of 100, 10,000 and 100,000 members by default: changes of one member and of many, reading a whole group,
 * and the peak memory of the server.
 */
import { startMeasuredServer } from '../measured-server.mjs';
import { makeUsers } from '../population.mjs';
import { median, quantile } from '../rounds.mjs';

const WARM_UP = 50;
const BATCH = 5_000;
const READS = 20;

/**
 * Figures, times in milliseconds and memory in MiB: `{ sizes: [{ size, add, remove, path, ratio }], changes: [{ name, ms,
 * cpu }], reads: { bytes, first, total, turn, pause, bare }, memory }`; each spread of times is `{ p50, p99, most }`.
 */
export async function measureGroups({ cluster, options, say }) {
  const sizes = options.groupSizes;
  say('groups: creating users');
  const server = await startMeasuredServer({ cluster, database: 'groups', arguments: options.porticoArguments });
  try {
    const users = await makeUsers(server.pool, [server.directoryId], Math.max(...sizes) + 2 * BATCH);
    const spare = users.slice(-2 * BATCH);
    await server.peakMemory();
    say(`groups of ${sizes.map(count).join(', ')}`);
    const { groups, adding } = await fill(server, users, sizes);
    const memory = { [`while adding ${count(sizes.at(-1))} members`]: await server.peakMemory() };
    await server.pool.query('analyze');

    const changesOfOne = await changeOne(server, groups, spare, options.groupRounds);
    const largest = groups.at(-1).id;
    const changes = [
      { name: `PATCH that adds ${count(BATCH)}, median of ${adding.length} from an empty group`, ...medianOf(adding) },
      ...(await changeMany(server, largest, spare)),
    ];

    await server.peakMemory();
    for (let read = 0; read < READS * 10; read++) await server.send('GET', `/Groups/${groups.at(-2).id}`);
    memory[`during ${READS * 10} GETs of ${count(sizes.at(-2))} members`] = await server.peakMemory();
    const reads = await readWhole(server, largest);
    memory[`during ${READS} GETs of ${count(sizes.at(-1))} members`] = await server.peakMemory();
    changes.push(...(await replaceAll(server, largest, users, spare)));
    return { sizes: changesOfOne, changes, reads, memory };
  } finally {
    await server.stop();
  }
}

async function fill(server, users, sizes) {
  const groups = [];
  let adding = [];
  for (const size of sizes) {
    const { answer } = await server.send('POST', '/Groups', { displayName: `group of ${size}` });
    const { id } = JSON.parse(answer);
    adding = [];
    for (let from = 0; from < size; from += BATCH) {
      const members = users.slice(from, Math.min(from + BATCH, size));
      adding.push(await costOf(server, () => patchMembers(server, id, 'add', members)));
    }
    groups.push({ size, id });
  }
  return { groups, adding };
}

/** Alternates between the sizes, so that other load on the machine affects all of them alike. */
async function changeOne(server, groups, spare, rounds) {
  const times = groups.map(() => ({ add: [], remove: [], path: [] }));
  for (let round = -WARM_UP; round < rounds; round++) {
    for (const [index, { id }] of groups.entries()) {
      const member = spare[(round + WARM_UP) % spare.length];
      const add = await patchMembers(server, id, 'add', [member]);
      const remove = await patchMembers(server, id, 'remove', [member]);
      await patchMembers(server, id, 'add', [member]);
      const path = await server.send('PATCH', `/Groups/${id}`, {
        Operations: [{ op: 'remove', path: `members[value eq "${member}"]` }],
      });
      if (round < 0) continue;
      times[index].add.push(add.total);
      times[index].remove.push(remove.total);
      times[index].path.push(path.total);
    }
  }
  const both = ({ add, remove }) => median(add) + median(remove);
  return groups.map(({ size }, index) => {
    const { add, remove, path } = times[index];
    const ratio = both(times[index]) / both(times[0]);
    return { size, add: spread(add), remove: spread(remove), path: spread(path), ratio };
  });
}

async function changeMany(server, id, spare) {
  const members = spare.slice(0, BATCH);
  return [
    {
      name: `PATCH that adds ${count(BATCH)}`,
      ...(await costOf(server, () => patchMembers(server, id, 'add', members))),
    },
    {
      name: `PATCH that removes ${count(BATCH)}`,
      ...(await costOf(server, () => patchMembers(server, id, 'remove', members))),
    },
  ];
}

async function replaceAll(server, id, users, spare) {
  const put = (members) =>
    server.send('PUT', `/Groups/${id}?attributes=id`, { displayName: 'put', members: toMembers(members) });
  const half = [...users.slice(0, BATCH / 2), ...spare.slice(0, BATCH / 2)];
  return [
    {
      name: `PUT of ${count(BATCH)}, which removes all others`,
      ...(await costOf(server, () => put(users.slice(0, BATCH)))),
    },
    {
      name: `PUT of ${count(BATCH)}, which replaces half of them`,
      ...(await costOf(server, () => put(half))),
    },
  ];
}

/** Reads the largest group, and measures how long that blocks the event loop. */
async function readWhole(server, id) {
  const reads = [];
  for (let read = 0; read < READS; read++) {
    await server.probe('watch');
    const { first, total, answer } = await server.send('GET', `/Groups/${id}`);
    const { turn, pause } = await server.probe();
    reads.push({ first, total, bytes: answer.length, turn, pause });
  }
  const bare = [];
  for (let read = 0; read < READS; read++) {
    bare.push((await server.send('GET', `/Groups/${id}?excludedAttributes=members`)).total);
  }
  const of = (name) => spread(reads.map((read) => read[name]));
  return {
    count: READS,
    bytes: reads[0].bytes,
    first: of('first'),
    total: of('total'),
    turn: of('turn'),
    pause: of('pause'),
    bare: spread(bare),
  };
}

function patchMembers(server, id, op, ids) {
  return server.send('PATCH', `/Groups/${id}`, { Operations: [{ op, path: 'members', value: toMembers(ids) }] });
}

/** The duration of a request, and the CPU time that it took on the server. */
async function costOf(server, work) {
  const before = await server.probe();
  const { total } = await work();
  return { ms: total, cpu: (await server.probe()).cpu - before.cpu };
}

function medianOf(costs) {
  return { ms: median(costs.map(({ ms }) => ms)), cpu: median(costs.map(({ cpu }) => cpu)) };
}

function toMembers(ids) {
  return ids.map((value) => ({ value }));
}

function spread(times) {
  return { p50: median(times), p99: quantile(times, 0.99), most: Math.max(...times) };
}

function count(number) {
  return number.toLocaleString('en');
}
