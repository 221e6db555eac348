import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer, connect as connectSocket } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { getServerAccount, parsePasswd } from '../../src/database/embedded/process/account.js';
import { reachableBinaries } from '../../src/database/embedded/binary-cache.js';
import { findBinaries } from '../../src/database/embedded/binaries.js';
import { openDataFolder, readConnection } from '../../src/database/embedded/data-folder.js';
import { type EmbeddedPostgres, openEmbeddedPostgres } from '../../src/database/embedded/embedded-postgres.js';
import { EmbeddedPostgresError } from '../../src/database/embedded/process/embedded-postgres-error.js';
import { underLock } from '../../src/database/embedded/process/lock.js';
import { isAlive, startOf } from '../../src/database/embedded/process/processes.js';
import { startServer, stopServer } from '../../src/database/embedded/server.js';
import { failureLine, handOver, runProgram } from '../../src/database/embedded/process/server-process.js';

const isRoot = process.geteuid?.() === 0;
const onLinux = process.platform === 'linux';
const testAsRoot = isRoot && onLinux ? test : test.skip;
const testAsUser = isRoot ? test.skip : test;

const settings = { fsync: 'off' };
const quiet = (): void => undefined;
const source = fileURLToPath(new URL('../../src/database/embedded/embedded-postgres.ts', import.meta.url));

let root: string;
/** A data folder whose server has run and stopped; copying it is faster than creating one. */
let template: string;
let folders = 0;
const children: ChildProcess[] = [];
const servers = new Set<number>();

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'portico-embedded-'));
  chmodSync(root, 0o755);
  template = newFolder();
  const database = await openEmbeddedPostgres({ dataDir: template, settings });
  await query(database.url, `create table note (text text); insert into note values ('first')`);
  await database.close();
});

afterEach(async () => {
  for (const child of children.splice(0)) await kill(child);
  for (const pid of servers) if (isAlive(pid)) process.kill(pid, 'SIGQUIT');
  for (const pid of servers) await waitForExit(pid);
  servers.clear();
});

afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('the first open', () => {
  test('creates a UTF-8 database in an environment without a locale, and the close stops its server', async () => {
    const dataDir = newFolder();
    const opener = await openInProcess(dataDir, { env: {} });
    expect(
      await query(
        opener.url,
        `select pg_encoding_to_char(encoding) as encoding, datlocprovider as provider, datlocale as locale,
                lower('ÄÉ') as folded, 'Z' < 'a' as "codePoints", current_user as "user", current_database() as database,
                (select rolsuper from pg_roles where rolname = current_user) as superuser,
                (select string_agg(distinct auth_method, ',') from pg_hba_file_rules) as authentication,
                current_setting('max_connections') as connections, current_setting('shared_buffers') as buffers
           from pg_database where datname = current_database()`,
      ),
    ).toEqual([
      {
        encoding: 'UTF8',
        provider: 'b',
        locale: 'C.UTF-8',
        folded: 'äé',
        codePoints: true,
        user: 'portico',
        database: 'portico',
        superuser: true,
        authentication: 'scram-sha-256',
        connections: '200',
        buffers: '256MB',
      },
    ]);
    const pid = serverOf(dataDir);
    await opener.close();
    expect(isAlive(pid)).toBe(false);
    expect(readdirSync(dataDir).sort()).toEqual(['connection.json', 'postgres', 'postgres.log']);
  });

  test('works with the binaries of PostgreSQL 15', async () => {
    const dataDir = newFolder();
    const database = await openEmbeddedPostgres({ dataDir, settings, packageName: 'embedded-postgres-15' });
    const [row] = await query(
      database.url,
      `select current_setting('server_version_num')::int / 10000 as major, pg_encoding_to_char(encoding) as encoding,
              datcollate as collate from pg_database where datname = 'portico'`,
    );
    await database.close();
    expect(row).toEqual({ major: 15, encoding: 'UTF8', collate: 'C' });
  });

  test('makes the folder, the password and the log accessible to their owner only', async () => {
    const dataDir = newFolder();
    const database = await openEmbeddedPostgres({ dataDir, settings });
    await database.close();
    const modes = ['', 'connection.json', 'postgres.log', 'postgres'].map(
      (name) => statSync(join(dataDir, name)).mode & 0o777,
    );
    expect(modes).toEqual([0o700, 0o600, 0o600, 0o700]);
    const { password } = (await readConnection(openDataFolder(dataDir)))!;
    expect(password).toMatch(/^[\w-]{43}$/);
    expect(database.url).toContain(`portico:${password}@127.0.0.1:`);
    await expect(query(database.url.replace(password, 'wrong'), 'select 1')).rejects.toThrow();
  });

  test('can be repeated after it was killed half way', async () => {
    const dataDir = newFolder();
    const opener = startOpener(dataDir);
    await until(() => existsSync(dataDir) && readdirSync(dataDir).some((name) => name.startsWith('initdb-')));
    await kill(opener);
    // In a restarted container the next process often has the same process id.
    mkdirSync(join(dataDir, `initdb-${process.pid}/base`), { recursive: true });
    writeFileSync(join(dataDir, `initdb-${process.pid}.password`), 'old');
    const database = await openEmbeddedPostgres({ dataDir, settings });
    expect(await query(database.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    await database.close();
    expect(readdirSync(dataDir).filter((name) => name.startsWith('initdb-'))).toEqual([]);
  });

  test('is completed by the next one if it ended before the database was created', async () => {
    const dataDir = copyOf(template);
    const first = await openEmbeddedPostgres({ dataDir, settings });
    await query(first.url.replace(/portico$/, 'postgres'), 'drop database portico');
    await first.close();
    const second = await openEmbeddedPostgres({ dataDir, settings });
    expect(await query(second.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    await second.close();
  });
});

describe('the server', () => {
  test('listens on the loopback address only, on a different port from another server', async () => {
    const [one, other] = await Promise.all([open(copyOf(template)), open(copyOf(template))]);
    expect(new URL(one.url).port).not.toBe(new URL(other.url).port);
    expect(
      await query(
        one.url,
        `select name, setting from pg_settings where name in ('listen_addresses', 'unix_socket_directories') order by 1`,
      ),
    ).toEqual([
      { name: 'listen_addresses', setting: '127.0.0.1' },
      { name: 'unix_socket_directories', setting: '' },
    ]);
    const outside = Object.values(networkInterfaces())
      .flatMap((list) => list ?? [])
      .filter((face) => !face.internal);
    for (const { address, family } of outside) {
      if (family !== 'IPv4') continue;
      const socket = connectSocket(Number(new URL(one.url).port), address);
      await expect(once(socket, 'connect')).rejects.toThrow('ECONNREFUSED');
    }
    await Promise.all([one.close(), other.close()]);
  });

  test('chooses another port when its port is in use', async () => {
    const blocker = createServer();
    blocker.listen(0, '127.0.0.1');
    await once(blocker, 'listening');
    const taken = (blocker.address() as { port: number }).port;
    const ports = [taken, taken + 1, taken + 2, taken + 3];
    const folder = openDataFolder(copyOf(template));
    const { password } = (await readConnection(folder))!;
    const account = await getServerAccount(quiet);
    const binaries = await reachableBinaries(await findBinaries('embedded-postgres'), account, quiet);
    const launch = { binaries, account, password, settings, applicationName: 'test' };
    const server = await startServer(folder, launch, async () => ports.shift()!);
    servers.add(server.pid);
    blocker.close();
    expect(server.port).not.toBe(taken);
    expect((await readConnection(folder))!.port).toBe(server.port);
    await server.session.end();
    await stopServer(folder, server.pid, binaries.pgCtl);
  });

  test('has its own process group, so that Ctrl-C in the terminal does not stop it', async () => {
    const dataDir = copyOf(template);
    const database = await open(dataDir);
    const pid = serverOf(dataDir);
    const group = execFileSync('ps', ['-o', 'pgid=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    expect(group).toBe(String(pid));
    await database.close();
  });

  test('starts a new log when the old one is large', async () => {
    const dataDir = copyOf(template);
    truncateSync(join(dataDir, 'postgres.log'), 11 * 1024 * 1024);
    await (await open(dataDir)).close();
    expect(statSync(join(dataDir, 'postgres.log.1')).size).toBe(11 * 1024 * 1024);
    expect(statSync(join(dataDir, 'postgres.log')).size).toBeLessThan(100_000);
  });

  test('finds the data of a cold copy that was restored', async () => {
    const dataDir = copyOf(template);
    const copy = copyOf(dataDir);
    const first = await open(dataDir);
    await query(first.url, `insert into note values ('second')`);
    await first.close();
    rmSync(dataDir, { recursive: true });
    execFileSync('cp', ['-a', copy, dataDir]);
    const second = await open(dataDir);
    expect(await query(second.url, 'select text from note')).toEqual([{ text: 'first' }]);
    await second.close();
  });

  test('of a copied folder is not mistaken for the server of the original', async () => {
    const dataDir = copyOf(template);
    const copy = copyOf(dataDir);
    const original = await open(dataDir);
    for (const name of ['connection.json', 'postgres/postmaster.pid']) {
      execFileSync('cp', ['-a', join(dataDir, name), join(copy, name)]); // as if copied while it ran
    }
    const database = await open(copy);
    expect(database.url).not.toBe(original.url);
    expect(serverOf(copy)).not.toBe(serverOf(dataDir));
    await query(original.url, `insert into note values ('second')`);
    expect(await query(database.url, 'select text from note')).toEqual([{ text: 'first' }]);
    await Promise.all([database.close(), original.close()]);
  });
});

describe('as root', () => {
  testAsRoot.each(['embedded-postgres', 'embedded-postgres-15'])(
    '%s runs in a folder that only root can enter',
    async (packageName) => {
      const closed = join(root, `closed-${packageName}`);
      mkdirSync(closed, { mode: 0o700 });
      const dataDir = join(closed, 'checkout', '.portico');
      const database = await openEmbeddedPostgres({ dataDir, settings, packageName });
      const pid = serverOf(dataDir);
      expect(statSync(`/proc/${pid}`).uid).not.toBe(0);
      expect(statSync(join(dataDir, 'postgres')).uid).toBe(statSync(`/proc/${pid}`).uid);
      expect(statSync(join(dataDir, 'connection.json')).uid).toBe(0);
      await database.close();
      const again = await openEmbeddedPostgres({ dataDir, settings, packageName });
      expect(await query(again.url, 'select 1 as one')).toEqual([{ one: 1 }]);
      await again.close();
    },
  );

  testAsRoot('binaries that only root can read are copied once, completely and for all users', async () => {
    const account = (await getServerAccount(quiet))!;
    const installed = await findBinaries('embedded-postgres');
    const closed = join(root, 'closed-binaries');
    mkdirSync(closed, { mode: 0o700 });
    const native = join(closed, 'native');
    cpSync(dirname(dirname(installed.postgres)), native, { recursive: true, verbatimSymlinks: true });
    const hidden = {
      initdb: join(native, 'bin/initdb'),
      postgres: join(native, 'bin/postgres'),
      pgCtl: join(native, 'bin/pg_ctl'),
    };
    const cache = join(root, 'cache');
    const lines: string[] = [];
    const log = (line: string): unknown => lines.push(line);
    const [first, second] = await Promise.all([
      reachableBinaries(hidden, account, log, [cache]),
      reachableBinaries(hidden, account, log, [cache]),
    ]);
    const third = await reachableBinaries(hidden, account, () => lines.push('copied again'), [cache]);
    expect(first).toEqual(second);
    expect(third).toEqual(first);
    expect(lines).not.toContain('copied again');
    expect(first.postgres).toMatch(/cache\/postgresql-18\.\d+-linux-\w+\/bin\/postgres$/);
    expect(readdirSync(cache)).toHaveLength(1);

    const dataDir = join(closed, '.portico');
    const folder = openDataFolder(dataDir);
    cpSync(template, dataDir, { recursive: true }); // does not keep owners: the cluster belongs to root now
    const { password } = (await readConnection(folder))!;
    execFileSync('chown', ['-R', `${account.uid}:${account.gid}`, folder.cluster]);
    chmodSync(folder.cluster, 0o700);
    const launch = { binaries: first, account, password, settings, applicationName: 'test' };
    const server = await startServer(folder, launch);
    servers.add(server.pid);
    await server.session.end();
    await stopServer(folder, server.pid, first.pgCtl);
  });

  testAsRoot('a cache that other users can write to is rejected', async () => {
    const account = (await getServerAccount(quiet))!;
    const closed = join(root, 'closed-cache');
    mkdirSync(closed, { mode: 0o700 });
    const installed = await findBinaries('embedded-postgres');
    cpSync(dirname(dirname(installed.postgres)), join(closed, 'native'), { recursive: true, verbatimSymlinks: true });
    const hidden = { ...installed, postgres: join(closed, 'native/bin/postgres') };
    const cache = join(root, 'open-cache');
    mkdirSync(cache);
    chmodSync(cache, 0o777);
    await expect(reachableBinaries(hidden, account, quiet, [cache])).rejects.toThrow(
      'must be owned by root and writable by no one else',
    );
    expect(readdirSync(cache)).toEqual([]);
  });

  testAsRoot('a cluster that root restored without its owner gets the owner of the server', async () => {
    const dataDir = newFolder();
    cpSync(template, dataDir, { recursive: true });
    expect(statSync(join(dataDir, 'postgres')).uid).toBe(0);
    const database = await open(dataDir);
    expect(await query(database.url, 'select text from note')).toEqual([{ text: 'first' }]);
    await database.close();
  });

  testAsRoot('without /proc the error names the folder that PostgreSQL cannot access', async () => {
    const account = (await getServerAccount(quiet))!;
    const closed = join(root, 'closed-without-proc');
    mkdirSync(closed, { mode: 0o700 });
    expect(() => handOver([join(closed, 'postgres')], account, '/no/such/folder')).toThrow(
      new RegExp(`cannot access ${closed}; set PORTICO_DATA_DIR`),
    );
    expect(handOver([join(root, 'postgres')], account, '/no/such/folder').paths).toEqual([join(root, 'postgres')]);
  });
});

describe('as an ordinary user', () => {
  testAsUser('the server runs under the same user', async () => {
    const dataDir = copyOf(template);
    const database = await open(dataDir);
    expect(statSync(join(dataDir, 'postgres')).uid).toBe(process.geteuid!());
    await database.close();
  });

  testAsRoot('a data folder works only for the user who owns it, root included', async () => {
    const { uid, gid } = parsePasswd(readFileSync('/etc/passwd', 'utf8')).find(({ name }) => name === 'nobody')!;
    const reach = spawnSync(process.execPath, ['-e', `fs.accessSync(${JSON.stringify(source)})`], {
      uid,
      gid,
      cwd: '/',
    });
    // Other users cannot read a checkout in the home folder of root, or Node there.
    if (reach.status !== 0) return;

    const home = newFolder();
    mkdirSync(home);
    chownSync(home, uid, gid);
    const foreignFolder = join(home, '.portico');
    const opener = await openInProcess(foreignFolder, { uid, gid });
    expect(statSync(join(foreignFolder, 'postgres')).uid).toBe(uid);
    expect(statSync(`/proc/${serverOf(foreignFolder)}`).uid).toBe(uid);
    expect(await query(opener.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    await opener.close();
    expect(await failure(open(foreignFolder))).toMatch(
      /belongs to user nobody, but Portico runs as user root; run Portico as that user/,
    );

    const ownFolder = copyOf(template);
    expect(await openInProcess(ownFolder, { uid, gid }).catch(String)).toMatch(
      /cannot be used by user nobody: it belongs to user root; run Portico/,
    );
    chmodSync(ownFolder, 0o777);
    expect(await openInProcess(ownFolder, { uid, gid }).catch(String)).toMatch(
      /belongs to user root, but Portico runs as user nobody/,
    );
  });
});

describe('several processes', () => {
  test('that open an empty folder at the same time share one server, which the last close stops', async () => {
    const dataDir = newFolder();
    const openers = await Promise.all([1, 2, 3].map(() => openInProcess(dataDir)));
    const pid = serverOf(dataDir);
    expect(new Set(openers.map(({ url }) => url)).size).toBe(1);
    await openers[0]!.close();
    await openers[1]!.close();
    expect(isAlive(pid)).toBe(true);
    expect(await query(openers[2]!.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    await openers[2]!.close();
    expect(isAlive(pid)).toBe(false);
  });

  test('that close at the same time leave no server behind', async () => {
    const dataDir = copyOf(template);
    const openers = await Promise.all([1, 2, 3].map(() => openInProcess(dataDir)));
    const pid = serverOf(dataDir);
    await Promise.all(openers.map((opener) => opener.close()));
    expect(isAlive(pid)).toBe(false);
  });

  test('keep the server running while they have no other connection to it', async () => {
    const dataDir = copyOf(template);
    const server = await open(dataDir);
    const command = await open(dataDir);
    await command.close();
    expect(await query(server.url, 'select text from note')).toEqual([{ text: 'first' }]);
    await Promise.all([server.close(), server.close()]);
    await expect(query(server.url, 'select 1')).rejects.toThrow('ECONNREFUSED');
  });

  test('do not end the session of another client; the next close stops the server', async () => {
    const dataDir = copyOf(template);
    const first = await open(dataDir);
    const pid = serverOf(dataDir);
    const person = new Client(first.url);
    await person.connect();
    await first.close();
    expect((await person.query('select text from note')).rows).toEqual([{ text: 'first' }]);
    await person.end();
    const second = await open(dataDir);
    expect(serverOf(dataDir)).toBe(pid);
    await second.close();
    expect(isAlive(pid)).toBe(false);
  });
});

describe('after a crash', () => {
  test('of Portico the next open connects to the running server, and its close stops it', async () => {
    const dataDir = copyOf(template);
    const opener = await openInProcess(dataDir);
    const pid = serverOf(dataDir);
    await kill(opener.child);
    expect(isAlive(pid)).toBe(true);
    const database = await open(dataDir);
    expect(serverOf(dataDir)).toBe(pid);
    expect(await query(database.url, 'select text from note')).toEqual([{ text: 'first' }]);
    await database.close();
    expect(isAlive(pid)).toBe(false);
  });

  test('of Portico and PostgreSQL the next open recovers all committed data', async () => {
    const dataDir = copyOf(template);
    const opener = await openInProcess(dataDir);
    const pid = serverOf(dataDir);
    await query(opener.url, `insert into note values ('second')`);
    process.kill(pid, 'SIGKILL');
    await kill(opener.child);
    expect(existsSync(join(dataDir, 'postgres/postmaster.pid'))).toBe(true);
    const database = await open(dataDir);
    expect(await query(database.url, 'select text from note')).toEqual([{ text: 'first' }, { text: 'second' }]);
    await database.close();
  });

  test('a postmaster.pid whose process id belongs to another program does not prevent the start', async () => {
    const dataDir = copyOf(template);
    // Under the account of the server: PostgreSQL would take this process for a server and refuse to start.
    const account = await getServerAccount(quiet);
    const otherProgram = spawn('sleep', ['60'], {
      stdio: 'ignore',
      ...(account && { uid: account.uid, gid: account.gid }),
    });
    children.push(otherProgram);
    await once(otherProgram, 'spawn');
    writePidFile(dataDir, `${otherProgram.pid}\n/data\n1700000000\n5432\n\n127.0.0.1\n        1         1\nready   \n`);
    const database = await open(dataDir);
    expect(serverOf(dataDir)).not.toBe(otherProgram.pid);
    await database.close();
    expect(isAlive(otherProgram.pid!)).toBe(true);
  });

  test('the postmaster.pid of a running server is kept, even if Portico cannot connect to it', async () => {
    const dataDir = copyOf(template);
    const database = await open(dataDir);
    const connection = readFileSync(join(dataDir, 'connection.json'), 'utf8');
    const pidFile = readFileSync(join(dataDir, 'postgres/postmaster.pid'), 'utf8');
    writeFileSync(join(dataDir, 'connection.json'), JSON.stringify({ port: 1, password: 'forgotten' }));
    expect(await failure(open(dataDir))).toMatch(
      new RegExp(
        `PostgreSQL \\(process ${serverOf(dataDir)}\\) is running on .*, but Portico cannot connect to it: password authentication failed`,
      ),
    );
    expect(readFileSync(join(dataDir, 'postgres/postmaster.pid'), 'utf8')).toBe(pidFile);
    writeFileSync(join(dataDir, 'connection.json'), connection);
    await database.close();
  });

  test('of a backend the process keeps the server running again once PostgreSQL has restarted itself', async () => {
    const dataDir = copyOf(template);
    const database = await open(dataDir);
    const pid = serverOf(dataDir);
    const keepers = `select pid from pg_stat_activity where application_name = 'portico keeper'`;
    const [keeper] = await query(database.url, keepers);
    expect(keeper).toBeDefined();
    process.kill(keeper!.pid as number, 'SIGKILL');
    await until(async () => {
      const rows = await query(database.url, keepers).catch(() => []);
      return rows.length === 1 && rows[0]!.pid !== keeper!.pid;
    });
    const command = await open(dataDir);
    await command.close();
    expect(isAlive(pid)).toBe(true);
    await database.close();
    expect(isAlive(pid)).toBe(false);
  });

  test('of PostgreSQL alone the process survives, and its close succeeds', async () => {
    const dataDir = copyOf(template);
    const opener = await openInProcess(dataDir);
    const pid = serverOf(dataDir);
    process.kill(pid, 'SIGKILL');
    await waitForExit(pid);
    await delay(100);
    await opener.close();
  });
});

describe('an error is reported in one line:', () => {
  test('a cluster of another version', async () => {
    const message = await failure(
      openEmbeddedPostgres({ dataDir: copyOf(template), packageName: 'embedded-postgres-15' }),
    );
    expect(message).toMatch(/was created by PostgreSQL 18, but the embedded PostgreSQL is 15\.\d+; dump it/);
  });

  test('a platform without binaries', async () => {
    const message = await failure(openEmbeddedPostgres({ dataDir: newFolder(), packageName: 'no-such-package' }));
    expect(message).toMatch(/^No PostgreSQL binaries are installed for \w+-\w+ .* or set DATABASE_URL/);
  });

  test('a server that does not start, with its own error message', async () => {
    const dataDir = copyOf(template);
    const message = await failure(openEmbeddedPostgres({ dataDir, settings: { shared_buffers: 'plenty' } }));
    expect(message).toMatch(/cannot start: invalid value for parameter "shared_buffers": "plenty"/);
    await (await open(dataDir)).close();
  });

  test('a data folder that is a file', async () => {
    const dataDir = newFolder();
    writeFileSync(dataDir, '');
    expect(await failure(open(dataDir))).toMatch(/^The data folder .* cannot be used by user/);
  });

  test('a cluster without a valid password file', async () => {
    const dataDir = copyOf(template);
    rmSync(join(dataDir, 'connection.json'));
    expect(await failure(open(dataDir))).toMatch(/connection\.json is missing; it contains the password/);
    writeFileSync(join(dataDir, 'connection.json'), '{"password":');
    expect(await failure(open(dataDir))).toMatch(/connection\.json is damaged/);
    writeFileSync(join(dataDir, 'connection.json'), '{"port":1,"password":"another"}');
    expect(await failure(open(dataDir))).toMatch(
      /Cannot connect to the embedded PostgreSQL: password authentication failed/,
    );
  });

  test('a system that does not allow root to run programs as another user', async () => {
    const message = await failure(runProgram('/bin/true', [], { name: 'postgres', uid: -1, gid: -1 }));
    expect(message).toMatch(
      /does not let root run programs as user postgres \(spawn E\w+\); run Portico as an ordinary user/,
    );
  });

  test('files in the cluster folder that are not a cluster', async () => {
    const dataDir = newFolder();
    mkdirSync(join(dataDir, 'postgres'), { recursive: true });
    writeFileSync(join(dataDir, 'postgres/thesis.txt'), 'the only copy');
    expect(await failure(open(dataDir))).toMatch(/that are not a PostgreSQL cluster; move them elsewhere/);
    expect(readFileSync(join(dataDir, 'postgres/thesis.txt'), 'utf8')).toBe('the only copy');
  });

  test.each([
    ['initdb: error: no space\ninitdb: hint: buy some', 'no space'],
    ['x [1] LOG:  starting\nx [1] FATAL:  lock file exists\nx [1] HINT:  look', 'lock file exists'],
    ['x ERROR:  a\nx FATAL:  b\nx ERROR:  c', 'b'],
    ['postgres: cannot open shared object file\n', 'postgres: cannot open shared object file'],
    ['', 'no output'],
  ])('the output %j is reported as %j', (output, line) => expect(failureLine(output)).toBe(line));
});

describe('the lock', () => {
  test('is held by one caller at a time', async () => {
    const file = join(root, 'lock-order');
    let inside = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      most = Math.max(most, ++inside);
      await delay(5);
      inside--;
    };
    await Promise.all(Array.from({ length: 10 }, () => underLock(file, quiet, work)));
    expect(most).toBe(1);
    expect(existsSync(file)).toBe(false);
  });

  test('is released when the work fails', async () => {
    const file = join(root, 'lock-failure');
    await expect(underLock(file, quiet, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(existsSync(file)).toBe(false);
  });

  test('of a process that has died, or whose id was reused, is taken over by one of the waiting callers', async () => {
    const ended = spawn('true');
    await once(ended, 'exit');
    for (const holder of [{ pid: ended.pid }, { pid: process.pid, start: 'another time' }]) {
      const file = join(root, 'lock-stale');
      writeFileSync(file, JSON.stringify(holder));
      let inside = 0;
      await Promise.all(
        [1, 2, 3].map(() =>
          underLock(file, quiet, async () => {
            expect(++inside).toBe(1);
            await delay(5);
            inside--;
          }),
        ),
      );
    }
  });

  test('of a running process is respected, and the timeout error names the process', async () => {
    const file = join(root, 'lock-held');
    writeFileSync(file, JSON.stringify({ pid: process.pid, start: startOf(process.pid) }));
    const message = await failure(underLock(file, quiet, async () => 'in', 100));
    expect(message).toMatch(new RegExp(`^Process ${process.pid} has held the lock ${file}`));
  });

  (onLinux ? test : test.skip)('does not wait for a process that has ended and was never reaped', async () => {
    const parent = spawn('sh', ['-c', 'sleep 0.1 & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] });
    children.push(parent);
    const [line] = (await once(createInterface(parent.stdout), 'line')) as [string];
    const zombie = Number(line);
    await until(() => !isAlive(zombie));
    expect(process.kill(zombie, 0)).toBe(true);
  });
});

interface OpenerProcess {
  readonly url: string;
  readonly child: ChildProcess;
  close(): Promise<void>;
}

/** Runs the TypeScript sources in a separate process: Node strips the types, the hook resolves the file names. */
const program = `
  import { registerHooks } from 'node:module';
  import { once } from 'node:events';
  registerHooks({
    resolve(specifier, context, next) {
      const isRelative = specifier.startsWith('.') && !context.parentURL?.includes('/node_modules/');
      return next(isRelative ? specifier.replace(/\\.js$/, '.ts') : specifier, context);
    },
  });
  const [source, dataDir] = process.argv.slice(1);
  const { openEmbeddedPostgres } = await import('file://' + source);
  try {
    const database = await openEmbeddedPostgres({ dataDir, settings: { fsync: 'off' } });
    console.log(database.url);
    await once(process.stdin, 'data');
    process.stdin.destroy();
    await database.close();
  } catch (error) {
    console.error(error.message);
    process.exit(1);
  }
`;

function startOpener(dataDir: string, options: { env?: NodeJS.ProcessEnv; uid?: number; gid?: number } = {}) {
  const child = spawn(process.execPath, ['--input-type=module', '-e', program, source, dataDir], {
    cwd: '/',
    ...options,
  });
  children.push(child);
  return child;
}

async function openInProcess(dataDir: string, options: Parameters<typeof startOpener>[1] = {}): Promise<OpenerProcess> {
  const child = startOpener(dataDir, options);
  let errorOutput = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errorOutput += text));
  const ended = once(child, 'close').then(([status]) => {
    if (status !== 0) throw new Error(errorOutput);
  });
  ended.catch(quiet); // avoids an unhandled rejection; awaited later
  const opened = once(createInterface(child.stdout), 'line') as Promise<[string]>;
  const [url] = (await Promise.race([opened, ended])) ?? [''];
  servers.add(serverOf(dataDir));
  return {
    url,
    child,
    close: async () => {
      child.stdin.write('\n');
      await ended;
    },
  };
}

async function open(dataDir: string): Promise<EmbeddedPostgres> {
  const database = await openEmbeddedPostgres({ dataDir, settings });
  servers.add(serverOf(dataDir));
  return database;
}

function newFolder(): string {
  return join(root, String(++folders));
}

function copyOf(dataDir: string): string {
  const copy = newFolder();
  execFileSync('cp', ['-a', dataDir, copy]);
  return copy;
}

function serverOf(dataDir: string): number {
  return Number.parseInt(readFileSync(join(dataDir, 'postgres/postmaster.pid'), 'utf8'), 10);
}

function writePidFile(dataDir: string, text: string): void {
  const file = join(dataDir, 'postgres/postmaster.pid');
  writeFileSync(file, text, { mode: 0o600 });
  const { uid, gid } = statSync(dirname(file));
  if (isRoot) chownSync(file, uid, gid);
}

async function query(url: string, sql: string): Promise<Array<Record<string, unknown>>> {
  const client = new Client(url);
  client.on('error', quiet);
  await client.connect();
  try {
    const result = await client.query(sql);
    return result.rows;
  } finally {
    await client.end();
  }
}

/** Returns the message, of one line, of the error that a promise rejects with. */
async function failure(promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(EmbeddedPostgresError);
  const { message } = error as EmbeddedPostgresError;
  expect(message).not.toContain('\n');
  return message;
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}

async function waitForExit(pid: number): Promise<void> {
  await until(() => !isAlive(pid));
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await delay(10);
}
