import { Client } from 'pg';

/** A connection of ours to the server, and what it needs to be recognised by. */
export interface Session {
  readonly client: Client;
  /** The process that serves it. */
  readonly backend: number;
  /** The server's own postmaster.pid, which tells on whose data it works. */
  readonly pidFile: string;
  end(): Promise<void>;
}

/** Connects to the maintenance database. Losing the connection later is the caller's to notice by the client's `end`. */
export async function connect(port: number, password: string, applicationName: string): Promise<Session> {
  const client = new Client({
    host: '127.0.0.1',
    port,
    user: 'portico',
    password,
    database: 'postgres',
    application_name: applicationName,
    connectionTimeoutMillis: 10_000,
    ssl: false, // PGSSLMODE in the environment means other servers
  });
  client.on('error', () => undefined); // unheard it would end the process; `end` follows
  try {
    await client.connect();
    const { rows } = await client.query<{ backend: number; pidFile: string }>(
      `select pg_backend_pid() as backend, pg_read_file('postmaster.pid') as "pidFile"`,
    );
    const [row] = rows;
    if (!row) throw new Error('PostgreSQL answered without a row');
    return { client, ...row, end: () => client.end() };
  } catch (error) {
    client.end().catch(() => undefined); // never connected, or broken: the reason is in `error`
    throw error;
  }
}

/** Creates the database `portico` in a new cluster, or in one whose first start was interrupted. */
export async function ensureDatabase({ client }: Session): Promise<void> {
  const { rowCount } = await client.query(`select from pg_database where datname = 'portico'`);
  if (rowCount === 0) await client.query('create database portico');
}
