/**
 * Measures the CPU cost of the most expensive legal request of each kind: `npm run -s build && node bench/limits.mjs`.
 *
 * Sends each case over HTTP to a server with the default limits, five times, each time to a different resource. Prints the
 * CPU time of the server process from the first byte of the request to the last of the response: the first run, before
 * anything is compiled, and the median. Marks a median above 100 ms. Rejected inputs are included where the rejection
 * itself takes work.
 */
import { startMeasuredServer } from './measured-server.mjs';
import { makeUsers } from './population.mjs';
import { DEFAULT_LIMITS } from '../dist/src/scim/protocol/limits.js';
import { MAX_RESOURCE_BYTES } from '../dist/src/domain/attributes/resource-size.js';

const BUDGET = 100;
const RUNS = 5;
const L = DEFAULT_LIMITS;

const list = (length, make) => Array.from({ length }, (_, index) => make(index));
const email = (index) => ({ value: `ÄÖÜé${index}@straße.example`, type: 'work' });
const emails = list(L.elements, email);
const addresses = list(L.elements, (index) => ({ locality: `Köln ${index}`, country: 'DE', type: 'work' }));
const wide = 'emails[type eq "work" and value co "É" and not (value ew "ß")]';
const nested = `${'('.repeat(L.filter.depth)}title pr${')'.repeat(L.filter.depth)}`;

const server = await startMeasuredServer();
let made = 0;
const name = () => `name-${++made}`;

async function make(collection, resource) {
  const { answer } = await server.send('POST', `/${collection}?attributes=id`, resource);
  return `/${collection}/${JSON.parse(answer).id}`;
}

const full = () => make('Users', { userName: name(), emails, addresses });
const empty = () => make('Users', { userName: name() });
const post = (resource) => () => ({ method: 'POST', path: '/Users', body: { userName: name(), ...resource } });
const patch = (before, operations) => async () => ({
  method: 'PATCH',
  path: await before(),
  body: { Operations: operations },
});
const texts = (bytes) => ({
  emails: list(Math.floor(bytes / L.attributeLength / 2) - 1, (index) => ({
    display: `${'É'.repeat(L.attributeLength - 30)}${index}`,
  })),
});
const ops = (each) => list(L.patchOperations, each);
const search = (filter) => () => ({
  method: 'POST',
  path: '/Users/.search',
  body: { filter, count: 1, attributes: 'id' },
});

try {
  const users = await makeUsers(server.pool, [server.directoryId], 3 * L.requestMembers);
  const members = (count, from = 0) => users.slice(from, from + count).map((value) => ({ value }));
  const most = L.requestMembers - 1;
  const empties = () => make('Groups', { displayName: name() });
  const holding = (count) => async () => {
    const path = await empties();
    for (let from = 0; from < count; from += most) {
      const value = members(Math.min(most, count - from), from);
      await server.send('PATCH', path, { Operations: [{ op: 'add', path: 'members', value }] });
    }
    return path;
  };

  const CASES = {
    'members: add 5,000': patch(empties, [{ op: 'add', path: 'members', value: members(5_000) }]),
    'members: add the maximum': patch(empties, [{ op: 'add', path: 'members', value: members(most) }]),
    'members: add the maximum, all present': patch(holding(most), [
      { op: 'add', path: 'members', value: members(most) },
    ]),
    'members: remove the maximum': patch(holding(most), [{ op: 'remove', path: 'members', value: members(most) }]),
    'members: replace the maximum by as many others': patch(holding(2 * most), [
      { op: 'replace', path: 'members', value: members(most, most) },
    ]),
    'members: remove all of 29,997': patch(holding(3 * most), [{ op: 'remove', path: 'members' }]),
    'members: add one in each operation': async () => ({
      method: 'PATCH',
      path: await empties(),
      body: { Operations: ops((index) => ({ op: 'add', path: 'members', value: [{ value: users[index] }] })) },
    }),
    'members: POST the maximum, all in the response': () => ({
      method: 'POST',
      path: '/Groups',
      body: { displayName: name(), members: members(most) },
    }),
    'PATCH: replace by value path, one element each': patch(
      full,
      ops((index) => ({
        op: 'replace',
        path: `emails[value eq "${emails[index]?.value}"].display`,
        value: `É${index}`,
      })),
    ),
    'PATCH: replace by value path, all elements each': patch(
      full,
      ops((index) => ({ op: 'replace', path: 'emails[type eq "work"].display', value: `É${index}` })),
    ),
    'PATCH: replace whole elements by value path, all elements each': patch(
      full,
      ops((index) => ({ op: 'replace', path: 'emails[type eq "work"]', value: { value: 'É', display: `${index}` } })),
    ),
    'PATCH: value paths of three comparisons, all elements each': patch(
      full,
      ops((index) => ({ op: 'replace', path: `${wide}.display`, value: `É${index}` })),
    ),
    'PATCH: value paths of many comparisons': patch(
      full,
      ops(() => ({
        op: 'replace',
        path: `emails[${list(6, (index) => `value eq "É${index}"`).join(' or ')}].display`,
        value: 'x',
      })),
    ),
    'PATCH: add one element in each operation': patch(
      empty,
      ops((index) => ({ op: 'add', path: 'emails', value: [email(index)] })),
    ),
    'PATCH: add one present element in each operation': patch(
      full,
      ops((index) => ({ op: 'add', path: 'emails', value: [email(index)] })),
    ),
    'PATCH: add one element without a value in each operation': patch(
      full,
      ops((index) => ({ op: 'add', path: 'addresses', value: [addresses[index % L.elements]] })),
    ),
    'PATCH: remove one element in each operation': patch(
      full,
      ops((index) => ({ op: 'remove', path: 'emails', value: [email(index)] })),
    ),
    'PATCH: alternately add one and change all': patch(
      full,
      ops((index) =>
        index % 2 === 0
          ? { op: 'add', path: 'addresses', value: [addresses[0]] }
          : { op: 'replace', path: 'addresses.region', value: String(index) },
      ),
    ),
    'PATCH: add all elements in one operation': patch(empty, [{ op: 'add', path: 'emails', value: emails }]),
    'PATCH: remove all elements in one operation': patch(full, [{ op: 'remove', path: 'emails', value: emails }]),
    'PATCH: the maximum of elements in a request': patch(
      full,
      list(Math.floor(L.requestMembers / L.elements) - 1, () => ({ op: 'add', path: 'emails', value: emails })),
    ),
    'POST: all lists full': post(
      Object.fromEntries(
        ['emails', 'phoneNumbers', 'ims', 'photos', 'entitlements', 'roles', 'x509Certificates'].map((attribute) => [
          attribute,
          list(L.elements, (index) => ({
            value: attribute === 'x509Certificates' ? 'AAAA' : `É${index}`,
            type: `t${index}`,
          })),
        ]),
      ),
    ),
    'POST: text up to the maximum of a resource': post(texts(MAX_RESOURCE_BYTES)),
    'POST: text up to the maximum of a body': post(texts(L.bodyBytes)),
    'POST: unknown attributes': post(Object.fromEntries(list(L.attributes - 1, (index) => [`a${index}`, 1]))),
    'POST: nothing but empty lists': post({ x: list(L.bodyBytes / 3 - 100, () => []) }),
    'POST: nested lists': () => ({
      method: 'POST',
      path: '/Users',
      body: `${'['.repeat(L.bodyBytes / 2)}${']'.repeat(L.bodyBytes / 2)}`,
    }),
    'Bulk: the maximum of operations, each a PATCH': async () => {
      const path = await empty();
      const data = { Operations: [{ op: 'replace', path: 'title', value: 'Guide' }] };
      return {
        method: 'POST',
        path: '/Bulk',
        operations: L.bulkOperations,
        body: { Operations: list(L.bulkOperations, () => ({ method: 'PATCH', path, data })) },
      };
    },
    'Bulk: the maximum of operations, each referring to the next': () => ({
      method: 'POST',
      path: '/Bulk',
      operations: L.bulkOperations,
      body: {
        Operations: list(L.bulkOperations, (index) => ({
          method: 'POST',
          path: '/Groups',
          bulkId: `b${index}`,
          data: {
            displayName: name(),
            ...(index + 1 < L.bulkOperations && { members: [{ value: `bulkId:b${index + 1}` }] }),
          },
        })),
      },
    }),
    'filter: the deepest': search(nested),
    // Matches no user: the cost of the search in PostgreSQL is not measured here.
    'filter: the widest': search(
      `externalId eq "nobody" and (${list(L.filter.comparisons - 1, (index) => `emails.value co "É${index}"`).join(' or ')})`,
    ),
    'filter: the longest literal': search(`title eq "${'É'.repeat(L.filter.length - 12)}"`),
    'list: a page of full users': async () => {
      await full();
      return { method: 'GET', path: '/Users?count=200' };
    },
  };

  for (const [title, prepare] of Object.entries(CASES)) {
    const times = [];
    let outcome;
    let operations = 1;
    for (let run = 0; run < RUNS; run++) {
      const request = await prepare();
      operations = request.operations ?? 1;
      const { body } = request;
      const before = await server.probe();
      outcome = await server.send(request.method, request.path, body).then(
        ({ status }) => status,
        (error) => /: (\d+) /.exec(error.message)?.[1] ?? error.message,
      );
      times.push((await server.probe()).cpu - before.cpu);
    }
    const [first] = times;
    const median = times.toSorted((a, b) => a - b)[Math.floor(RUNS / 2)] / operations;
    const each = operations > 1 ? `, per operation of ${operations}` : '';
    const mark = median > BUDGET ? '  OVER' : '';
    const cells = [first / operations, median].map((time) => `${time.toFixed(1).padStart(8)} ms`);
    process.stdout.write(`${cells.join('')}  ${title} (${outcome}${each})${mark}\n`);
  }
} finally {
  await server.stop();
}
