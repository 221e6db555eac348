/** Measures single SCIM requests as Entra sends them, on all contestants, after an initial cycle that creates the users. */
import { startForScim } from '../contestants/contestants.mjs';
import { SCIM_CONTESTANTS } from '../contestants/scim-contestants.mjs';
import { ask, CONNECTIONS, load } from '../client.mjs';
import { change, matchPath, newUser, userName } from '../entra.mjs';
import { runRounds } from '../rounds.mjs';

/** Entra opens fewer connections than a load test does. The cycle is cut into short measurements that alternate. */
const CYCLE_CONNECTIONS = 8;
const CYCLE_TURN = 200;

/** Kinds of requests in the order of measurement; creates come last, because they add users. */
export const KINDS = [
  {
    key: 'match',
    name: 'match userName',
    toRequest: (_, user) => ({ method: 'GET', path: matchPath(userName(user.n)) }),
  },
  { key: 'get', name: 'get by id', toRequest: (_, user) => ({ method: 'GET', path: `/Users/${user.id}` }) },
  {
    key: 'patch',
    name: 'patch',
    toRequest: (count, user) => ({ method: 'PATCH', path: `/Users/${user.id}`, body: change(count) }),
  },
  { key: 'create', name: 'create', toRequest: (count) => ({ method: 'POST', path: '/Users', body: newUser(count) }) },
];

/** The key of the figures of a single connection. */
export const aloneKey = (key) => `${key}Alone`;

/**
 * Figures of all contestants: `{ users, contestants: [{ name, kind, cycle, match, get, patch, create, memory }] }`, and
 * each of the four kinds again for a single connection, under the name that `aloneKey` gives.
 */
export async function measureRequests({ cluster, options, say }) {
  const chosen = SCIM_CONTESTANTS.filter(({ key }) => options.isChosen(key));
  const contestants = [];
  try {
    for (const contestant of chosen) {
      say(`starting ${contestant.name}`);
      const started = await startForScim(contestant, cluster, options);
      contestants.push({ ...started, users: [], next: 0 });
    }
    const figures = contestants.map(({ name, kind }) => ({ name, kind }));
    const keep = (key, results) => results.forEach((result, index) => (figures[index][key] = result));

    say(`initial cycle of ${options.users} users`);
    const rounds = Math.ceil(options.users / CYCLE_TURN);
    const cycle = { contestants, rounds, warmUp: 0, databasePid: cluster.pid };
    keep('cycle', await runRounds({ ...cycle, measure: provision }));

    await cluster.analyze();
    let count = 1_000_000;
    for (const { key, name, toRequest } of KINDS) {
      say(name);
      for (const contestant of contestants) await check(contestant);
      const sendOver = (connections) => (contestant) => {
        const setupRequest = (request) => {
          const user = contestant.users[Math.floor(Math.random() * contestant.users.length)];
          return toSent(request, contestant, toRequest(++count, user));
        };
        return load({ ...contestant, requests: [{ setupRequest }], connections, seconds: options.seconds });
      };
      const shared = { contestants, databasePid: cluster.pid };
      keep(key, await runRounds({ ...shared, rounds: options.rounds, measure: sendOver(CONNECTIONS) }));
      keep(aloneKey(key), await runRounds({ ...shared, rounds: Math.min(3, options.rounds), measure: sendOver(1) }));
    }
    for (const [index, contestant] of contestants.entries()) figures[index].memory = await contestant.peakMemory();
    return { users: rounds * CYCLE_TURN, contestants: figures };
  } finally {
    for (const contestant of contestants) await contestant.stop();
  }
}

/**
 * One part of the initial cycle: searches for each user, which does not exist yet, and creates it. Counts users, not
 * requests.
 */
async function provision(contestant) {
  const { users } = contestant;
  // Timed here: autocannon notices only at its sampling interval that all requests are answered.
  let began;
  let ended;
  const match = {
    setupRequest(request, context) {
      began ??= performance.now();
      context.n = ++contestant.next;
      return toSent(request, contestant, { method: 'GET', path: matchPath(userName(context.n)) });
    },
    onResponse(status, body) {
      if (status === 200 && JSON.parse(body).totalResults !== 0)
        throw new Error(`${contestant.name} matches a user that does not exist`);
    },
  };
  const create = {
    setupRequest: (request, { n }) => toSent(request, contestant, { method: 'POST', path: '/Users', body: newUser(n) }),
    onResponse(status, body, { n }) {
      ended = performance.now();
      if (status === 201) users.push({ n, id: JSON.parse(body).id });
    },
  };
  const before = users.length;
  const options = { ...contestant, requests: [match, create], connections: CYCLE_CONNECTIONS, amount: 2 * CYCLE_TURN };
  const { refused } = await load(options);
  return { answered: users.length - before, refused, seconds: (ended - began) / 1_000 };
}

/** Fills in an autocannon request. */
function toSent(request, { url }, { method, path, body }) {
  request.method = method;
  request.path = new URL(url).pathname + path;
  if (body === undefined) return request;
  request.body = JSON.stringify(body);
  request.headers['content-type'] = 'application/scim+json';
  return request;
}

let checks = 0;

/** Checks that the answers that are going to be measured are right. */
async function check(contestant) {
  const n = 900_000 + ++checks;
  const expect = (what, holds, { status, body }) => {
    if (!holds) throw new Error(`${contestant.name}: ${what}: ${status} ${JSON.stringify(body)?.slice(0, 500)}`);
  };
  const created = await ask(contestant, 'POST', '/Users', newUser(n));
  expect('a create answers with the user', created.status === 201 && created.body.userName === userName(n), created);
  const { id } = created.body;
  const matched = await ask(contestant, 'GET', matchPath(userName(n)));
  expect('a match finds the user', matched.body?.totalResults === 1 && matched.body.Resources[0].id === id, matched);
  const patched = await ask(contestant, 'PATCH', `/Users/${id}`, change(n));
  expect('a patch succeeds', [200, 204].includes(patched.status), patched);
  const got = await ask(contestant, 'GET', `/Users/${id}`);
  const [{ value: displayName }, { value: active }] = change(n).Operations;
  const isWhole = got.body?.displayName === displayName && got.body.active === active && got.body.emails.length === 1;
  expect('a get shows what the patch did', isWhole, got);
}
