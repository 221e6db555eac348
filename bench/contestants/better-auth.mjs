/** Better Auth with its SCIM plugin and its own adapter for PostgreSQL, on bare `node:http`. */
import pg from 'pg';
import { scim } from '@better-auth/scim';
import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import { toNodeHandler } from 'better-auth/node';
import { listen } from './listen.mjs';

const { DATABASE_URL, POOL_SIZE, TOKEN } = process.env;
const options = {
  baseURL: 'http://127.0.0.1',
  secret: 'a-secret-for-measurements-only-0123456789',
  database: new pg.Pool({ connectionString: DATABASE_URL, max: Number(POOL_SIZE) }),
  // On by default in production: a hundred requests in ten seconds.
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
  plugins: [scim({ connections: [{ id: 'bench', credentials: [{ type: 'bearer', id: 'bench', token: TOKEN }] }] })],
};
const { runMigrations } = await getMigrations(options);
await runMigrations();
listen(toNodeHandler(betterAuth(options)), '/api/auth/scim/v2', TOKEN);
