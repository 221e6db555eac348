/** One embedded PostgreSQL in a temporary folder, with a database for each contestant. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { onInterrupt } from './cleanup.mjs';

const built = (path) => import(new URL(`../dist/src/${path}`, import.meta.url).href);

/** Starts PostgreSQL with enough connections for all pools. */
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
  const cancelCleanup = onInterrupt(async () => {
    // SIGINT is a fast shutdown: a smart one would wait for connections, such as this process's own.
    process.kill(pid, 'SIGINT');
    await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  });
  const urls = [];
  return {
    /** A folder for temporary files, removed when the cluster is closed. */
    folder,
    /** The version of PostgreSQL, such as 18.4. */
    version,
    /** The postmaster, whose child processes serve the connections. */
    pid,
    /** Creates an empty database and returns its URL. */
    async createDatabase(subject) {
      // The prefix keeps clear of `portico`, the database that the cluster starts with.
      const name = `bench-${subject}`;
      await pool.query(`create database "${name}"`);
      const url = new URL(cluster.url);
      url.pathname = `/${name}`;
      urls.push(url.href);
      return url.href;
    },
    /** Runs ANALYZE on every database, as autovacuum would within a minute or two. */
    async analyze() {
      for (const connectionString of urls) {
        const client = new pg.Client({ connectionString });
        await client.connect();
        await client.query('analyze');
        await client.end();
      }
    },
    async close() {
      cancelCleanup();
      await pool.end();
      await cluster.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
