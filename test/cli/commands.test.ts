import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { createTestDatabase, testClusterUrl, type TestDatabase } from '../support/database.js';
import { type Ended, type Environment, freePort, PorticoProcess, runPortico } from '../support/portico-process.js';
import { ScimClient } from '../support/scim-client.js';

/** Exactly one line on standard error, exit 1, nothing on standard output. */
function oneLine(text: string | RegExp): Ended {
  const line = typeof text === 'string' ? text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&') : text.source;
  const stderr: unknown = expect.stringMatching(new RegExp(`^portico: [^\\n]*${line}[^\\n]*\\n$`));
  return { code: 1, stdout: '', stderr: stderr as string };
}

describe('a command line', () => {
  const CALLS: ReadonlyArray<[string, RegExp, Environment?]> = [
    ['serv', /unknown command 'serv' \(Did you mean serve\?\)/],
    ['token drop', /unknown command 'drop'/],
    ['migrate now', /too many arguments/],
    ['migrate --nope', /unknown option '--nope'/],
    ['token create --kind scim --nam x', /unknown option '--nam' \(Did you mean .*--name/],
    ['directory create', /missing required argument 'slug'/],
    ['token create', /required option '--kind <kind>'/],
    ['token create --kind root', /Allowed choices are scim, graphql, admin/],
    ['token create --kind graphql --scope all', /Allowed choices are directory:read, directory:write, events:read/],
    ...['0d', '90', '1.5h', '1y', '36526d'].map((expires): [string, RegExp] => [
      `token create --kind admin --expires ${expires}`,
      /--expires must be a duration in minutes, hours, days or weeks/,
    ]),
    ['token create --kind admin --directory acme', /an admin token does not belong to a directory/],
    ['token create --kind scim --scope directory:read', /only graphql tokens have scopes/],
    ['serve', /PORT must be a whole number from 0 to 65535/, { PORT: 'abc' }],
    ['migrate', /PORTICO_PREPARED must be on or off/, { PORTICO_PREPARED: 'no' }],
  ];

  test('with a mistake is rejected in one line', async () => {
    const answers = await sequentially(CALLS, ([call, , environment]) => runPortico(call.split(' '), environment));
    for (const [index, [call, line]] of CALLS.entries()) {
      expect({ call, ...answers[index] }).toEqual({ call, ...oneLine(line) });
    }
  });

  test('with --help prints the help of the command to standard output', async () => {
    const commands = [
      '',
      'serve',
      'migrate',
      'schema',
      'schema import',
      'directory',
      'directory create',
      'rehearse',
      'token',
      'token create',
    ];
    const answers = await sequentially(commands, (command) =>
      runPortico([...command.split(' '), '--help'].filter(Boolean)),
    );
    for (const [index, command] of commands.entries()) {
      expect(answers[index]).toEqual({
        code: 0,
        stdout: expect.stringMatching(new RegExp(`^Usage: portico ${command}`)),
        stderr: '',
      });
    }
    expect(answers.at(-1)!.stdout).toMatch(/--directory[^]*--scope[^]*--expires[^]*90d[^]*--name[^]*--json/);
  });
});

describe('the Node version', () => {
  /** Makes Node report a given version, before anything else runs. */
  function reporting(version: string): Environment {
    const script = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } })`;
    return { NODE_OPTIONS: `--import=data:text/javascript;base64,${Buffer.from(script).toString('base64')}` };
  }

  test('prevents the start if it is too old', async () => {
    expect(await runPortico(['--help'], reporting('20.20.2'))).toEqual(oneLine('Node 20.20.2 is too old'));
  });

  test('causes one warning if its Brotli decoder is not fixed', async () => {
    const { code, stdout, stderr } = await runPortico(['--help'], reporting('24.21.0'));
    expect({ code, stderr }).toEqual({ code: 0, stderr: oneLine('fixed in 22.23.4, 24.22.1 and 26.12.1.').stderr });
    expect(stdout).toMatch(/^Usage: portico/);
  });
});

test('--version and -V print the version of the package', async () => {
  const { version } = JSON.parse(readFileSync(join(process.cwd(), 'package.json'), 'utf8')) as { version: string };
  for (const option of ['--version', '-V']) {
    expect(await runPortico([option])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  }
});

describe('a database that cannot be used', () => {
  let ascii: string;

  beforeAll(async () => {
    ascii = `test_ascii_${process.pid}`;
    await onCluster(`create database ${ascii} encoding 'SQL_ASCII' template template0 locale 'C'`);
  });
  afterAll(() => onCluster(`drop database if exists ${ascii} with (force)`));

  test('is reported in one line', async () => {
    const url = (change: Partial<URL>): string => Object.assign(new URL(testClusterUrl()), change).href;
    const faults: ReadonlyArray<[string, string, RegExp]> = [
      ['nobody listens', url({ port: '1' }), /DATABASE_URL cannot be used: .*ECONNREFUSED/],
      ['wrong password', url({ password: 'planted-password' }), /password authentication failed/],
      ['no password', url({ password: '' }), /DATABASE_URL cannot be used: .*password/],
      ['no such database', url({ pathname: '/test_misspelt' }), /database "test_misspelt" does not exist/],
      [
        'no UTF-8',
        url({ pathname: `/${ascii}` }),
        /DATABASE_URL points to a database with the encoding SQL_ASCII; Portico requires UTF8/,
      ],
      ['no TLS', url({ search: '?sslmode=verify-full' }), /does not support SSL/],
    ];
    const answers = await sequentially(faults, ([, DATABASE_URL]) => runPortico(['migrate'], { DATABASE_URL }));
    for (const [index, [fault, , line]] of faults.entries()) {
      expect({ fault, ...answers[index] }).toEqual({ fault, ...oneLine(line) });
      expect(answers[index]!.stderr).not.toContain('planted-password');
    }
    // No database was created under the misspelt name.
    const { rowCount } = await onCluster(`select from pg_database where datname = 'test_misspelt'`);
    expect(rowCount).toBe(0);
  });
});

describe('next to a running server', () => {
  let database: TestDatabase;
  let environment: Environment;
  let server: PorticoProcess;
  let run: (call: string) => Promise<Ended>;

  beforeAll(async () => {
    database = await createTestDatabase({ empty: true });
    environment = { DATABASE_URL: database.url, PORT: String(await freePort()) };
    run = (call) => runPortico(call.split(' '), environment);
    const migrated = await run('migrate');
    expect(migrated).toEqual({ code: 0, stdout: 'The database schema is up to date.\n', stderr: '' });
    expect(await run('token create --kind scim')).toEqual(
      oneLine('there is no directory yet; create one with portico directory create'),
    );
    server = await PorticoProcess.serve(environment);
  });
  afterAll(async () => {
    await PorticoProcess.killAll();
    await database.drop();
  });

  test('the first start created the directory `default` and working tokens', async () => {
    expect(server.tenantUrl).toBe(`http://127.0.0.1:${environment['PORT']}/scim/v2/default`);
    expect((await new ScimClient(server.tenantUrl, server.secretToken).get('/Users')).status).toBe(200);
    expect((await new ScimClient(server.tenantUrl, server.adminToken).get('/Users')).status).toBe(200);
  });

  test('a port in use or a foreign host is reported in one line that names the variable', async () => {
    expect(await run('serve')).toEqual(
      oneLine(`PORT ${environment['PORT']} is in use on 127.0.0.1; set PORT to a free port`),
    );
    for (const HOST of ['192.0.2.1', 'no-such-host.invalid']) {
      expect(await runPortico(['serve'], { ...environment, HOST })).toEqual(
        oneLine(`HOST ${HOST} is not an address of this machine`),
      );
    }
  });

  test('commands create directories and tokens that the server accepts at once', async () => {
    const created = await run('directory create acme --name Acme --json');
    expect(created).toMatchObject({ code: 0, stderr: '' });
    const directory = JSON.parse(created.stdout);
    expect(directory).toEqual({
      slug: 'acme',
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      scimUrl: `${server.url}/scim/v2/acme`,
    });
    // Commands find out where the server listens.
    const { DATABASE_URL = '' } = environment;
    const beta = await runPortico(['directory', 'create', 'beta'], { DATABASE_URL });
    expect(beta.stdout).toMatch(/^Directory +beta \([0-9a-f-]{36}\)\nTenant URL +http/);
    expect(beta.stdout).toContain(`${server.url}/scim/v2/beta\n`);
    const PORTICO_PUBLIC_URL = 'https://directory.example.com';
    const elsewhere = await runPortico(['directory', 'create', 'elsewhere'], { DATABASE_URL, PORTICO_PUBLIC_URL });
    expect(elsewhere.stdout).toContain(`Tenant URL  ${PORTICO_PUBLIC_URL}/scim/v2/elsewhere\n`);

    const [badSlug, taken, several, unknown] = await sequentially(
      [
        'directory create Bad_Slug',
        'directory create acme',
        'token create --kind scim',
        'token create --kind scim --directory gamma',
      ],
      run,
    );
    expect(badSlug).toEqual(oneLine('slug must be 1 to 63 lower-case letters'));
    expect(taken).toEqual(oneLine('A directory with the slug acme already exists'));
    expect(several).toEqual(oneLine('there are several directories; select one with --directory'));
    expect(unknown).toEqual(oneLine('no directory has the slug gamma'));

    const [scim, graphql, scoped, admin] = await sequentially(
      [
        'token create --kind scim --directory acme --name Entra --json',
        'token create --kind graphql --directory acme --expires 90d --json',
        'token create --kind graphql --directory acme --scope directory:write --scope directory:read',
        'token create --kind admin --expires 2w',
      ],
      run,
    );
    const { id, token, ...rest } = JSON.parse(scim!.stdout);
    expect(rest).toEqual({});
    expect(token).toMatch(/^ptc_scim_/);
    expect((await new ScimClient(directory.scimUrl, token).get('/Users')).status).toBe(200);
    expect((await new ScimClient(server.tenantUrl, token).get('/Users')).status).toBe(401);
    const [, adminId, adminToken] = /^Token ID +([0-9a-f-]{36})\nToken +(ptc_adm_\w+)\n$/.exec(admin!.stdout) ?? [];
    expect((await new ScimClient(directory.scimUrl, adminToken).get('/Users')).status).toBe(200);
    const [, scopedId] = /^Token ID +([0-9a-f-]{36})\nToken +ptc_gql_\w+\n$/.exec(scoped!.stdout) ?? [];

    const { rows } = await onDatabase(
      database.url,
      `select id, kind, name, scopes, directory_id = $1 as "inAcme",
              round(extract(epoch from expires_at - created_at) / 86400) as days
         from tokens where id = any($2) or kind = 'admin' or cardinality(scopes) > 0 order by id`,
      [directory.id, [id]],
    );
    expect(rows).toEqual([
      { id: expect.anything(), kind: 'admin', name: 'First admin token', scopes: [], inAcme: null, days: null },
      { id, kind: 'scim', name: 'Entra', scopes: [], inAcme: true, days: null },
      {
        id: JSON.parse(graphql!.stdout).id,
        kind: 'graphql',
        name: 'command line',
        scopes: ['directory:read', 'events:read'],
        inAcme: true,
        days: '90',
      },
      {
        id: scopedId,
        kind: 'graphql',
        name: 'command line',
        scopes: ['directory:write', 'directory:read'],
        inAcme: true,
        days: null,
      },
      { id: adminId, kind: 'admin', name: 'command line', scopes: [], inAcme: null, days: '14' },
    ]);
  });
});

/** Runs the work one item at a time: each item starts a process, and all Jest workers share the cores. */
async function sequentially<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (const item of items) results.push(await work(item));
  return results;
}

function onCluster(sql: string): Promise<pg.QueryResult> {
  return onDatabase(testClusterUrl(), sql);
}

async function onDatabase(url: string, sql: string, values: unknown[] = []): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await client.query(sql, values);
  } finally {
    await client.end();
  }
}
