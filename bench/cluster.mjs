/** One embedded PostgreSQL in a temporary folder, with a database for each who is measured. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { beforeTheEnd } from './ending.mjs';

const built = (path) => import(new URL(`../dist/src/${path}`, import.meta.url).href);

/** Starts it, with room for the pools of all. */
export async function openCluster() {
  const { openEmbeddedPostgres } = await built('database/embedded/embedded-postgres.js');
  const folder = await mkdtemp(join(tmpdir(), 'portico-bench-'));
  const cluster = await openEmbeddedPostgres({ dataDir: folder, settings: { max_connections: '400' } });
  const pool = new pg.Pool({ connectionString: cluster.url, max: 1 });
  const { rows } = await pool.query(
    `select current_setting('server_version') as version, pg_read_file('postmaster.pid') as lines`,
  );
  const [{ version, lines }] = rows;
  const pid = Number(lines.split('\n', 1)[0]);
  const stayed = beforeTheEnd(async () => {
    // Who is still connected would keep it running: this process itself, and servers that were killed a moment ago.
    process.kill(pid, 'SIGINT');
    await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  });
  const urls = [];
  return {
    /** Where there is room for files that end with it. */
    folder,
    /** Of PostgreSQL, such as 18.4. */
    version,
    /** The process whose children are all the connections. */
    pid,
    /** Makes an empty database and gives its URL. */
    async createDatabase(subject) {
      // `portico` is there already: the one that everybody connects to first.
      const name = `bench-${subject}`;
      await pool.query(`create database "${name}"`);
      const url = new URL(cluster.url);
      url.pathname = `/${name}`;
      urls.push(url.href);
      return url.href;
    },
    /** Lets the planner look at all tables, as autovacuum would in a minute or two. */
    async analyze() {
      for (const connectionString of urls) {
        const client = new pg.Client({ connectionString });
        await client.connect();
        await client.query('analyze');
        await client.end();
      }
    },
    async close() {
      stayed();
      await pool.end();
      await cluster.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
