import { Client } from 'pg';

/** A connection to the server, and what identifies both. */
export interface Session {
  readonly client: Client;
  /** The process id of its backend. */
  readonly backend: number;
  /** The postmaster.pid of the server, which identifies its data folder. */
  readonly pidFile: string;
  end(): Promise<void>;
}

/** Connects to the maintenance database. The caller notices a lost connection by the `end` event of the client. */
export async function connect(port: number, password: string, applicationName: string): Promise<Session> {
  const client = new Client({
    host: '127.0.0.1',
    port,
    user: 'portico',
    password,
    database: 'postgres',
    application_name: applicationName,
    connectionTimeoutMillis: 10_000,
    ssl: false, // PGSSLMODE in the environment is meant for other servers
  });
  client.on('error', () => undefined); // without a handler it would end the process; `end` follows
  try {
    await client.connect();
    const { rows } = await client.query<{ backend: number; pidFile: string }>(
      `select pg_backend_pid() as backend, pg_read_file('postmaster.pid') as "pidFile"`,
    );
    const [row] = rows;
    if (!row) throw new Error('PostgreSQL returned no row');
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
