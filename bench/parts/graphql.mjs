/** Measures three GraphQL queries on Portico and on PostGraphile, with the same rows. */
import { POOL_SIZE, startProcess } from '../contestants/contestants.mjs';
import { ask, load } from '../client.mjs';
import { startMeasuredServer } from '../measured-server.mjs';
import { copyForPeer, makeGroups, makeUsers } from '../population.mjs';
import { runRounds } from '../rounds.mjs';

const USERS = 2_000;

/** The queries in the schema of each contestant, and the number of users and groups that the answer must hold. */
const QUERIES = [
  {
    key: 'emails',
    name: '50 users with e-mail addresses',
    users: 50,
    groups: 0,
    portico:
      '{ directory { users(first: 50) { nodes { id userName displayName active emails { value type primary } } } } }',
    postgraphile: '{ allUsers(first: 50) { nodes { rowId userName displayName active emails } } }',
  },
  {
    key: 'groups',
    name: '20 users with 10 groups each',
    users: 20,
    groups: 200,
    portico:
      '{ directory { users(first: 20) { nodes { id userName groups(first: 10) { nodes { id displayName } } } } } }',
    postgraphile: `{ allUsers(first: 20) { nodes { rowId userName
      membershipsByUserId(first: 10) { nodes { groupByGroupId { rowId displayName } } } } } }`,
  },
  {
    key: 'one',
    name: 'one user',
    users: 1,
    groups: 0,
    takesId: true,
    portico: 'query ($id: ID!) { directory { user(id: $id) { id userName displayName active } } }',
    postgraphile: 'query ($id: UUID!) { userByRowId(rowId: $id) { rowId userName displayName active } }',
  },
];

/** Figures of each query: `{ queries: [{ name, results: [Portico's, PostGraphile's] }] }`. */
export async function measureGraphql({ cluster, options, say }) {
  say('starting Portico and PostGraphile');
  const portico = await startMeasuredServer({
    cluster,
    database: 'graphql',
    arguments: options.porticoArguments,
    environment: { PORTICO_POOL_SIZE: String(POOL_SIZE), NODE_ENV: 'production' },
    probed: false,
  });
  const contestants = [];
  try {
    await makeUsers(portico.pool, [portico.directoryId], USERS);
    await makeGroups(portico.pool, portico.directoryId);
    await copyForPeer(portico.pool);
    const { rows } = await portico.pool.query('select id from users order by id offset 1000 limit 1');
    const [{ id }] = rows;
    const { origin, pid } = portico;
    const token = await portico.newToken('graphql');
    contestants.push({ key: 'portico', name: 'Portico', url: `${origin}/graphql`, token, pid, stop: () => undefined });
    const peer = await startProcess('postgraphile.mjs', portico.databaseUrl);
    contestants.push({ key: 'postgraphile', name: 'PostGraphile', ...peer });

    const queries = [];
    for (const query of QUERIES) {
      say(query.name);
      const variables = query.takesId ? { id } : {};
      for (const contestant of contestants) await check(contestant, query, variables);
      const measure = (contestant) => {
        const body = JSON.stringify({ query: query[contestant.key], variables });
        const headers = { 'content-type': 'application/json' };
        const requests = [{ method: 'POST', path: '/graphql', body, headers }];
        return load({ ...contestant, requests, seconds: options.seconds });
      };
      const results = await runRounds({ contestants, rounds: options.rounds, databasePid: cluster.pid, measure });
      queries.push({ name: query.name, results });
    }
    return { queries };
  } finally {
    for (const contestant of contestants) await contestant.stop();
    await portico.stop();
  }
}

/** Checks that the answer that is going to be measured is complete. */
async function check(contestant, { key, users, groups, ...query }, variables) {
  const { body } = await ask(contestant, 'POST', '', { query: query[contestant.key], variables });
  const text = JSON.stringify(body);
  const foundUsers = new Set(text.match(/user-\d+@fabrikam\.example/g)).size;
  const foundGroups = text.match(/"Group \d+"/g)?.length ?? 0;
  if (foundUsers === users && foundGroups === groups) return;
  throw new Error(`${contestant.name}, ${key}: ${foundUsers} users and ${foundGroups} groups: ${text.slice(0, 500)}`);
}
