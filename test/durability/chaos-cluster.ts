import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDataFolder } from '../../src/database/embedded/data-folder.js';
import { openEmbeddedPostgres, type EmbeddedPostgres } from '../../src/database/embedded/embedded-postgres.js';
import { freePort, PorticoProcess, until } from '../support/portico-process.js';

export const ADMIN_TOKEN = 'durability-test-admin-token-of-32-characters';

/** A PostgreSQL server with several Portico servers, all of which tests can kill at any time. */
export class ChaosCluster {
  readonly urls: readonly string[];
  /** Servers killed so far. */
  kills = 0;
  readonly #servers: Array<PorticoProcess | undefined>;
  readonly #opened: EmbeddedPostgres[] = [];
  #proxy: Server | undefined;

  private constructor(
    private readonly folder: string,
    private readonly ports: readonly number[],
  ) {
    this.urls = ports.map((port) => `http://127.0.0.1:${port}`);
    this.#servers = ports.map(() => undefined);
  }

  static async start(servers: number): Promise<ChaosCluster> {
    const ports: number[] = [];
    while (ports.length < servers) ports.push(await freePort());
    const cluster = new ChaosCluster(await mkdtemp(join(tmpdir(), 'portico-durability-')), ports);
    try {
      await cluster.#startPostgres();
      cluster.#proxy = await startProxy(() => cluster.#postgres());
      for (const index of ports.keys()) await cluster.#serve(index);
      return cluster;
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }

  /** The URL through a proxy, which stays the same across a crash. */
  get databaseUrl(): string {
    const url = this.#postgres();
    url.port = String((this.#proxy?.address() as AddressInfo).port);
    return url.href;
  }

  /** Kills a server with SIGKILL, and starts another on its port after `pause` milliseconds. */
  async kill(index: number, pause: number): Promise<void> {
    const server = this.#servers[index];
    if (!server) return;
    this.#servers[index] = undefined;
    this.kills++;
    server.kill('SIGKILL');
    await server.ended;
    await new Promise((resolve) => setTimeout(resolve, pause));
    await this.#serve(index);
  }

  /** Stops PostgreSQL immediately, without a checkpoint, and starts it again; it recovers from its write-ahead log. */
  async crashPostgres(): Promise<void> {
    const [pid] = (await readFile(join(openDataFolder(this.folder).cluster, 'postmaster.pid'), 'utf8')).split('\n');
    process.kill(Number(pid), 'SIGQUIT');
    await until('PostgreSQL is gone', () => !isAlive(Number(pid)));
    await this.#startPostgres();
  }

  async stop(): Promise<void> {
    for (const server of this.#servers) server?.kill('SIGKILL');
    for (const server of this.#servers) await server?.ended;
    this.#proxy?.close();
    for (const opened of this.#opened) await opened.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  async #startPostgres(): Promise<void> {
    this.#opened.push(await openEmbeddedPostgres({ dataDir: this.folder }));
  }

  #postgres(): URL {
    return new URL(this.#opened.at(-1)!.url);
  }

  /** Starts a server. One that starts while PostgreSQL is down exits; it is started again, as a supervisor would. */
  async #serve(index: number): Promise<void> {
    const environment = {
      DATABASE_URL: this.databaseUrl,
      PORT: String(this.ports[index]),
      PORTICO_ADMIN_TOKEN: ADMIN_TOKEN,
      PORTICO_LOG_LEVEL: 'silent',
    };
    for (let attempt = 1; ; attempt++) {
      try {
        this.#servers[index] = await PorticoProcess.serve(environment);
        return;
      } catch (error) {
        if (attempt === 5) throw error;
      }
    }
  }
}

/** Starts a proxy with a fixed port for a PostgreSQL that may restart on another one. */
async function startProxy(target: () => URL): Promise<Server> {
  const proxy = createServer((client) => {
    const upstream = connect(Number(target().port), '127.0.0.1');
    const end = (one: Socket, other: Socket): void => {
      one.on('error', () => other.destroy()).on('close', () => other.destroy());
    };
    end(client, upstream);
    end(upstream, client);
    client.pipe(upstream).pipe(client);
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  return proxy;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}
