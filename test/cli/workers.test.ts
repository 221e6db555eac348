import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { errorCode } from '../../src/database/embedded/process/embedded-postgres-error.js';
import { CommonLog } from '../durability/common-log.js';
import { ReconnectingSubscriber } from '../durability/reconnecting-subscriber.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { queryGraphQL } from '../support/graphql-client.js';
import { PorticoProcess, runPortico, until } from '../support/portico-process.js';
import { ScimClient, type ScimAnswer, type Wire } from '../support/scim-client.js';

const WORKERS = 2;

describe('serve --workers', () => {
  let database: TestDatabase;
  let server: PorticoProcess;
  let scim: ScimClient;

  beforeAll(async () => {
    database = await createTestDatabase({ empty: true });
    server = await PorticoProcess.serve({ DATABASE_URL: database.url }, ['--workers', String(WORKERS)]);
    scim = new ScimClient(server.tenantUrl, server.secretToken);
  });
  afterAll(async () => {
    await PorticoProcess.killAll();
    await database.drop();
  });

  /** Sends a request on a new connection, which any of the workers may accept. */
  function send(method: string, path: string, body?: object): Promise<ScimAnswer> {
    return scim.send(method, path, { body, headers: { connection: 'close' } });
  }

  async function mutate(mutation: string): Promise<Wire> {
    return queryGraphQL({ url: server.url, token: server.adminToken! }, `mutation { ${mutation} }`);
  }

  async function createToken(input: string): Promise<Wire> {
    const answer = await mutate(`createToken(input: { directory: "default", ${input} }) { secret token { id } }`);
    return answer.createToken;
  }

  /** Returns the current process id of each worker, by its number. */
  function workerPids(): Map<number, number> {
    const lines = server.log.filter(({ msg }) => msg === 'Worker is listening');
    return new Map(lines.map(({ worker, pid }) => [Number(worker), Number(pid)]));
  }

  test('starts all workers before it reports once that it is running', async () => {
    expect([...workerPids().keys()].sort()).toEqual([1, 2]);
    expect(server.stdout.split('Portico is running')).toHaveLength(2);
    expect(server.stdout.split('ptc_')).toHaveLength(3);
    await until('each of them has answered', async () => {
      expect((await send('GET', '/Users')).status).toBe(200);
      const requests = server.log.filter(({ msg }) => msg === 'request');
      return new Set(requests.map(({ worker }) => worker)).size === WORKERS;
    });
  });

  test('/metrics of any worker contains the metrics of all', async () => {
    const counted = await fetch(`${server.url}/metrics`, { headers: { connection: 'close' } });
    expect(counted.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    const text = await counted.text();
    const name = 'portico_http_request_duration_seconds';
    expect(text.split(`# TYPE ${name} histogram`)).toHaveLength(2);
    for (const worker of [1, 2]) {
      const labels = `method="GET",route="/scim/v2/{slug}/Users",status="200",worker="${worker}"`;
      expect(text.split(`${name}_count{${labels}} `)).toHaveLength(2);
      expect(text).toMatch(new RegExp(`^portico_database_connections{state="open",worker="${worker}"} [1-9]`, 'm'));
    }
  });

  test('a token revoked by one worker is soon rejected by all', async () => {
    const made = await createToken('kind: SCIM');
    const guest = new ScimClient(server.tenantUrl, made.secret);
    const askAll = async (): Promise<number[]> => {
      const close = { headers: { connection: 'close' } };
      const answers = Array.from({ length: 8 * WORKERS }, () => guest.send('GET', '/Users', close));
      return (await Promise.all(answers)).map(({ status }) => status);
    };
    expect(new Set(await askAll())).toEqual(new Set([200]));
    await mutate(`revokeToken(input: { id: "${made.token.id}" }) { errors { code } }`);
    await until('all refuse it', async () => (await askAll()).every((status) => status === 401));
  });

  test('killed workers are replaced, and subscribers of any worker miss no event', async () => {
    const log = new CommonLog();
    const { secret } = await createToken('kind: GRAPHQL, scopes: ["events:read"]');
    const context = { log, token: secret, url: () => server.url, random: Math.random };
    const subscribers = Array.from(
      { length: 2 * WORKERS },
      (_, index) => new ReconnectingSubscriber(index % 2 === 0 ? 'websocket' : 'sse', context, 40),
    );
    const acknowledged: string[] = [];
    const enough = new AbortController();
    const write = async (writer: number): Promise<void> => {
      for (let number = 0; !enough.signal.aborted; number++) {
        // The connections of a killed worker break: an unanswered request may have been executed or not.
        const answer = await send('POST', '/Users', person(`workers-${writer}-${number}`)).catch(() => undefined);
        if (answer?.status === 201) acknowledged.push(answer.body.id);
        else expect(answer).toBeUndefined();
      }
    };
    const writers = Promise.all([1, 2].map(write));
    const before = workerPids();
    for (const number of [1, 2]) {
      const some = acknowledged.length + 50;
      await until('some are made', () => acknowledged.length > some);
      process.kill(before.get(number)!, 'SIGKILL');
      await until('it is replaced', () => workerPids().get(number) !== before.get(number));
    }
    enough.abort();
    await writers;

    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    const { rows } = await client.query<{ sequence: string; users: string }>(
      'select max(sequence) as sequence, (select count(*) from users) as users from directory_counters',
    );
    await client.end();
    const { sequence, users } = rows[0]!;
    for (const subscriber of subscribers) subscriber.stopDisconnecting();
    await until('all subscribers have caught up', () =>
      subscribers.every(({ position }) => position.last >= Number(sequence)),
    );
    await Promise.all(subscribers.map((subscriber) => subscriber.stop()));
    expect(subscribers.flatMap(({ position }) => position.faults)).toEqual([]);
    expect(acknowledged.length).toBeLessThanOrEqual(Number(users));
    const ends = server.log.filter(({ msg }) => msg === 'Worker exited; starting a replacement');
    expect(ends.map(({ worker, end }) => [worker, end])).toEqual([
      [1, 'SIGKILL'],
      [2, 'SIGKILL'],
    ]);
  });

  test('on Ctrl-C workers finish their requests and leave no process behind', async () => {
    const pids = [...workerPids().values()];
    const pending = send('POST', '/Users', person('last'));
    await until('it is under way', async () => (await send('GET', '/Users')).status === 200);
    const { code, stderr } = await server.stop();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect((await pending).status).toBe(201);
    expect(pids.filter(isAlive)).toEqual([]);
  });

  test('reports a port in use once', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const { code, stderr, stdout } = await runPortico(['serve', '--workers', '2'], {
      DATABASE_URL: database.url,
      PORT: String(port),
    });
    other.close();
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `portico: PORT ${port} is in use on 127.0.0.1; set PORT to a free port\n`,
    });
    expect(stdout).toBe('');
  });

  test.each(['0', '129', '2.5', 'two', ''])('--workers %j is rejected in one line', async (count) => {
    const { code, stdout, stderr } = await runPortico(['serve', '--workers', count]);
    expect({ code, stdout, lines: stderr.split('\n').length }).toEqual({ code: 1, stdout: '', lines: 2 });
    expect(stderr).toMatch(/^portico: .*--workers.* from 1 to 128/);
  });

  test('a worker cannot be started manually', async () => {
    expect(await runPortico(['worker', '1'])).toEqual({
      code: 1,
      stdout: '',
      stderr: 'portico: workers are started by serve --workers and cannot be started manually\n',
    });
  });
});

describe('serve --workers on the embedded database', () => {
  const home = mkdtempSync(join(tmpdir(), 'portico-workers-'));
  const environment = { PORTICO_DATA_DIR: join(home, 'data'), PORTICO_POOL_SIZE: '100' };
  afterAll(async () => {
    await PorticoProcess.killAll();
    // Attaches to the PostgreSQL that a killed server left behind, and stops it.
    if (existsSync(join(home, 'data'))) await runPortico(['migrate'], environment);
    rmSync(home, { recursive: true, force: true });
  });

  test('allows enough connections for all workers, which exit when their parent is killed', async () => {
    const server = await PorticoProcess.serve(environment, ['--workers', '2']);
    expect(server.log.filter(({ level }) => Number(level) > 30)).toEqual([]);
    const pids = server.log.filter(({ msg }) => msg === 'Worker is listening').map(({ pid }) => Number(pid));
    expect(pids).toHaveLength(2);
    server.kill('SIGKILL');
    await until('they have ended', () => !pids.some(isAlive));
  });

  test('warns if PostgreSQL is already running with too few connections', async () => {
    const first = await PorticoProcess.serve({ ...environment, PORTICO_POOL_SIZE: '5' });
    const second = await PorticoProcess.serve({ ...environment, PORTICO_POOL_SIZE: '200' }, ['--workers', '2']);
    const warnings = second.log.filter(({ level }) => level === 40).map(({ msg }) => msg);
    expect(warnings).toEqual([
      expect.stringMatching(
        /^The server may open up to 402 database connections, .* PORTICO_POOL_SIZE or raise max_connections$/,
      ),
    ]);
    expect((await second.stop()).code).toBe(0);
    expect((await first.stop()).code).toBe(0);
  });
});

function person(userName: string): object {
  return { schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'], userName };
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    if (errorCode(error) === 'ESRCH') return false;
    throw error;
  }
}
