import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { errorCode } from '../../src/database/embedded/process/embedded-postgres-error.js';
import { type Environment, PorticoProcess, runPortico, until } from '../support/portico-process.js';
import { ScimClient, sendRaw } from '../support/scim-client.js';

const testOnLinux = process.platform === 'linux' ? test : test.skip;

describe('a server on the embedded database', () => {
  const home = mkdtempSync(join(tmpdir(), 'portico-serve-'));
  // Settings of libpq for other servers do not affect the embedded one.
  const environment: Environment = { PORTICO_DATA_DIR: join(home, 'data'), PGSSLMODE: 'require', PGPORT: '1' };
  let server: PorticoProcess;
  let tokens: { scim: string; admin: string };
  let userId: string;

  /** Returns the server. Starts it again on the same folder if a test has stopped it. */
  async function running(): Promise<PorticoProcess> {
    if (server.hasEnded) server = await PorticoProcess.serve(environment);
    return server;
  }

  beforeAll(async () => {
    server = await PorticoProcess.serve(environment);
    tokens = { scim: server.secretToken!, admin: server.adminToken! };
    userId = (await new ScimClient(server.tenantUrl, tokens.scim).post('/Users', user('émile'))).body.id;
  });
  afterAll(async () => {
    await PorticoProcess.killAll();
    for (const folder of readdirSync(home)) {
      // Attaches to the PostgreSQL that a killed server left behind, and stops it on exit.
      await runPortico(['migrate'], { PORTICO_DATA_DIR: join(home, folder) });
    }
    expect(processesIn(home)).toEqual([]);
    rmSync(home, { recursive: true, force: true });
  });

  test('prints the URLs and tokens once', () => {
    expect(tokens).toEqual({
      scim: expect.stringMatching(/^ptc_scim_\w+$/),
      admin: expect.stringMatching(/^ptc_adm_\w+$/),
    });
    expect(server.stdout).toContain(
      [
        '',
        '  Portico is running.',
        '',
        `  GraphQL       ${server.url}/graphql`,
        `  Tenant URL    ${server.url}/scim/v2/default`,
        `  Secret Token  ${tokens.scim}`,
        `  Admin token   ${tokens.admin}`,
        '',
      ].join('\n'),
    );
    expect(server.stdout.split('ptc_')).toHaveLength(3);
  });

  test('accepts both tokens', async () => {
    const { tenantUrl } = await running();
    expect((await new ScimClient(tenantUrl, tokens.scim).get('/Users')).status).toBe(200);
    expect((await new ScimClient(tenantUrl, tokens.admin).get('/Users')).status).toBe(200);
  });

  test('runs alongside commands and a second server with its own data folder', async () => {
    const adminToken = 'Any/form+of.token_with-32=characters!';
    const { url } = await running();
    const other: Environment = { PORTICO_DATA_DIR: join(home, 'other'), PORTICO_ADMIN_TOKEN: adminToken };
    const [second, created] = await Promise.all([
      PorticoProcess.serve(other),
      runPortico(['directory', 'create', 'acme', '--json'], environment),
    ]);
    const scimUrl = `${url}/scim/v2/acme`;
    expect(JSON.parse(created.stdout)).toMatchObject({ slug: 'acme', scimUrl });
    const made = await runPortico(['token', 'create', '--kind', 'scim', '--directory', 'acme', '--json'], environment);
    const acme = new ScimClient(scimUrl, JSON.parse(made.stdout).token);
    expect((await acme.post('/Users', user('émile'))).status).toBe(201);

    // A configured admin token is the only admin token.
    expect(second.adminToken).toBeUndefined();
    expect(second.secretToken).toMatch(/^ptc_scim_/);
    const fixed = new ScimClient(second.tenantUrl, adminToken);
    expect((await fixed.get('/Users')).body.totalResults).toBe(0);
    expect((await fixed.post('/Users', user('ÉMILE'))).status).toBe(201);
    expect((await acme.get('/Users')).body.totalResults).toBe(1);
    expect((await new ScimClient(server.tenantUrl, second.secretToken).get('/Users')).status).toBe(401);

    const { code, stdout, stderr } = await second.stop();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).not.toContain(adminToken);
  });

  testOnLinux('stops on two Ctrl-C and leaves no process behind', async () => {
    await running();
    expect(processesIn(join(home, 'data')).length).toBeGreaterThan(0);
    server.kill('SIGINT');
    server.kill('SIGINT');
    const { code, stderr } = await server.ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(processesIn(home)).toEqual([]);
  });

  testOnLinux('stops cleanly while it is still starting', async () => {
    if (!server.hasEnded) await server.stop();
    const starting = new PorticoProcess(['serve'], { PORT: '0', ...environment });
    await until('its database runs', () => processesIn(home).length > 0);
    starting.kill('SIGTERM');
    expect(await starting.ended).toMatchObject({ code: 0, stderr: '' });
    expect(processesIn(home)).toEqual([]);
  });

  test('keeps its data and prints no token after a restart', async () => {
    if (!server.hasEnded) await server.stop();
    server = await PorticoProcess.serve(environment);
    expect(server.output).not.toContain('ptc_');
    const admin = new ScimClient(server.tenantUrl, tokens.admin);
    expect((await admin.get(`/Users/${userId}`)).body.userName).toBe('émile');
    expect((await new ScimClient(server.tenantUrl, tokens.scim).get('/Users')).status).toBe(200);
  });

  test('keeps its data after it was killed', async () => {
    const admin = new ScimClient((await running()).tenantUrl, tokens.admin);
    expect((await admin.patch(`/Users/${userId}`, { op: 'replace', path: 'title', value: 'Poet' })).status).toBe(200);
    server.kill('SIGKILL');
    await server.ended;
    server = await PorticoProcess.serve(environment);
    const again = new ScimClient(server.tenantUrl, tokens.admin);
    expect((await again.get(`/Users/${userId}`)).body.title).toBe('Poet');
  });

  test('stays alive but not ready while its database is down, without details in the answers', async () => {
    await running();
    const pid = Number(readFileSync(join(home, 'data', clusterFolder(home), 'postmaster.pid'), 'utf8').split('\n')[0]);
    expect((await sendRaw(server.url, 'GET', '/readyz')).body).toEqual({ status: 'ok' });
    process.kill(pid, 'SIGINT');
    await until('it is not ready', async () => (await sendRaw(server.url, 'GET', '/readyz')).status === 503);
    expect((await sendRaw(server.url, 'GET', '/readyz')).body).toEqual({
      status: expect.stringMatching(/^the database does not answer/),
    });
    expect(await sendRaw(server.url, 'GET', '/healthz')).toMatchObject({ status: 200, body: { status: 'ok' } });
    const refused = await new ScimClient(server.tenantUrl, tokens.scim).get('/Users');
    expect(refused).toMatchObject({ status: 503, body: { detail: expect.not.stringContaining('CONN') } });
    expect(refused.headers['retry-after']).toBe('5');
    expect(server.log.every((line) => typeof line['time'] === 'number')).toBe(true);
  });
});

function user(userName: string): object {
  return { schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'], userName };
}

/** Returns the name of the folder of the cluster. */
function clusterFolder(home: string): string {
  const name = readdirSync(join(home, 'data')).find((entry) => existsSync(join(home, 'data', entry, 'PG_VERSION')));
  return name!;
}

/** Lists the processes whose working directory is in a folder, as PostgreSQL's are, or whose command line names it. Linux only. */
function processesIn(folder: string): string[] {
  if (!existsSync('/proc/self/cmdline')) return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .map((name) => {
      try {
        return `${readFileSync(`/proc/${name}/cmdline`, 'utf8')} in ${readlinkSync(`/proc/${name}/cwd`)}`;
      } catch (error) {
        // The process has just ended, or belongs to another user.
        if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes(errorCode(error) ?? '')) return '';
        throw error;
      }
    })
    .filter((command) => command.includes(folder));
}
