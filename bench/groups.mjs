/**
 * Groups of 100, 10,000 and 100,000 members: `npm run -s build && node bench/groups.mjs`.
 *
 * Sends over real http what Entra sends to a server of its own, and prints what a change of one member costs (median and
 * 99th percentile), what many at once cost, how a group is read, and the peak of the server's memory. Only ratios within
 * one run count.
 */
import { makeUsers, startMeasuredServer } from './measured-server.mjs';

const SIZES = [100, 10_000, 100_000];
const ROUNDS = 300;
const WARM_UP = 50;
const BATCH = 5_000;
const READS = 20;

const server = await startMeasuredServer();
const { send } = server;
try {
  const users = await makeUsers(server, Math.max(...SIZES) + 2 * BATCH);
  const spare = users.slice(-2 * BATCH);

  await server.peakMemory();
  const groups = [];
  let adding = [];
  for (const size of SIZES) {
    const { answer } = await send('POST', '/Groups', { displayName: `group of ${size}` });
    const { id } = JSON.parse(answer);
    adding = [];
    for (let from = 0; from < size; from += BATCH) {
      adding.push(await measured(() => patch(id, 'add', users.slice(from, Math.min(from + BATCH, size)))));
    }
    groups.push({ size, id, add: [], remove: [], path: [] });
  }
  const memoryOfAdding = await server.peakMemory();
  await server.pool.query('analyze');

  // The sizes take turns, so that whatever else the machine does falls on all of them alike.
  for (let round = -WARM_UP; round < ROUNDS; round++) {
    for (const group of groups) {
      const member = spare[(round + WARM_UP) % spare.length];
      const add = await patch(group.id, 'add', [member]);
      const remove = await patch(group.id, 'remove', [member]);
      await patch(group.id, 'add', [member]);
      const path = await send('PATCH', `/Groups/${group.id}`, {
        Operations: [{ op: 'remove', path: `members[value eq "${member}"]` }],
      });
      if (round < 0) continue;
      group.add.push(add.total);
      group.remove.push(remove.total);
      group.path.push(path.total);
    }
  }
  const [smallest] = groups;
  print('| Members | add one, ms (p50 / p99) | remove one, value list | remove one, path | p50 against the smallest |');
  print('|---|---|---|---|---|');
  for (const group of groups) {
    const ratio = (median(group.add) + median(group.remove)) / (median(smallest.add) + median(smallest.remove));
    const cells = [group.add, group.remove, group.path].map((times) => `${show(times, 0.5)} / ${show(times, 0.99)}`);
    print(`| ${count(group.size)} | ${cells.join(' | ')} | ${ratio.toFixed(2)} |`);
  }

  const { id } = groups.at(-1);
  const changes = [
    [`PATCH that adds ${count(BATCH)}`, await measured(() => patch(id, 'add', spare.slice(0, BATCH)))],
    [`PATCH that removes ${count(BATCH)}`, await measured(() => patch(id, 'remove', spare.slice(0, BATCH)))],
  ];

  await server.peakMemory();
  for (let read = 0; read < READS * 10; read++) await send('GET', `/Groups/${groups.at(-2).id}`);
  const memoryOfMiddle = await server.peakMemory();
  const reads = [];
  for (let read = 0; read < READS; read++) reads.push(await watched(() => send('GET', `/Groups/${id}`)));
  const memoryOfReading = await server.peakMemory();
  const bare = [];
  for (let read = 0; read < READS; read++) {
    bare.push((await send('GET', `/Groups/${id}?excludedAttributes=members`)).total);
  }

  const put = (members) =>
    send('PUT', `/Groups/${id}?attributes=id`, { displayName: 'put', members: toMembers(members) });
  changes.push(
    [`PUT of ${count(BATCH)}: the others go`, await measured(() => put(users.slice(0, BATCH)))],
    [
      `PUT of ${count(BATCH)}: half of them go, as many come`,
      await measured(() => put([...users.slice(0, BATCH / 2), ...spare.slice(0, BATCH / 2)])),
    ],
  );

  print('\n| On the largest group | ms | CPU of the server, ms |');
  print('|---|---|---|');
  const [ms, cpu] = [adding.map((one) => one.ms), adding.map((one) => one.cpu)];
  print(
    `| PATCH that adds ${count(BATCH)}, p50 of ${adding.length} from empty | ${show(ms, 0.5)} | ${show(cpu, 0.5)} |`,
  );
  for (const [what, one] of changes) print(`| ${what} | ${one.ms.toFixed(2)} | ${one.cpu.toFixed(2)} |`);

  const of = (name) =>
    `${show(
      reads.map((read) => read[name]),
      0.5,
    )} / ${show(
      reads.map((read) => read[name]),
      1,
    )} ms`;
  const megabytes = (reads[0].bytes / 2 ** 20).toFixed(1);
  print(`\n${READS} GETs of the largest group with its members, ${megabytes} MiB each (p50 / worst):`);
  print(`  first byte ${of('first')}, all of it ${of('total')}`);
  print(`  longest turn of the event loop ${of('turn')} of CPU, longest pause ${of('pause')}`);
  print(`  without its members ${show(bare, 0.5)} / ${show(bare, 1)} ms`);
  print('Peak memory of the server, MiB:');
  print(`  ${memoryOfAdding.toFixed(0)} while members were added`);
  print(`  ${memoryOfMiddle.toFixed(0)} during ${READS * 10} GETs of ${count(SIZES.at(-2))} members`);
  print(`  ${memoryOfReading.toFixed(0)} during ${READS} GETs of ${count(SIZES.at(-1))} members`);
} finally {
  await server.stop();
}

function toMembers(ids) {
  return ids.map((value) => ({ value }));
}

function patch(group, op, ids) {
  return send('PATCH', `/Groups/${group}`, { Operations: [{ op, path: 'members', value: toMembers(ids) }] });
}

/** How long a request took, and the CPU of the server for it. */
async function measured(work) {
  const before = await server.probe();
  const { total } = await work();
  return { ms: total, cpu: (await server.probe()).cpu - before.cpu };
}

/** How a request was answered, and how long it kept others waiting. */
async function watched(work) {
  await server.probe('watch');
  const { first, total, answer } = await work();
  const { turn, pause } = await server.probe();
  return { first, total, bytes: answer.length, turn, pause };
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

function count(number) {
  return number.toLocaleString('en');
}

function print(line) {
  process.stdout.write(`${line}\n`);
}
