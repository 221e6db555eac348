import 'reflect-metadata';
import { pino } from 'pino';
import { startPortico } from '../../src/app.js';
import { readConfig } from '../../src/config.js';
import { openDatabase, type OpenedDatabase } from '../../src/database/open-database.js';
import type { DatabaseOptions } from '../../src/database/orm.js';
import { createDirectory } from '../../src/domain/directory/directory-commands.js';
import { createToken } from '../../src/domain/token/token-commands.js';
import { SCOPES, type Scope } from '../../src/domain/token/scope.js';
import type { TokenKind } from '../../src/domain/token/token.js';
import type { Store } from '../../src/domain/store.js';
import { createTestDatabase } from './database.js';

/** A directory with a token for each façade. */
export interface TestDirectory {
  readonly slug: string;
  readonly id: string;
  readonly scimUrl: string;
  readonly scimToken: string;
  readonly scimTokenId: string;
  /** Has all scopes. */
  readonly graphqlToken: string;
}

export interface TestTokenInput {
  readonly directory?: TestDirectory;
  readonly kind: TokenKind;
  readonly scopes?: readonly Scope[];
  readonly expiresAt?: Date;
}

/** A Portico server on a free port with a separate database. */
export interface TestServer {
  readonly url: string;
  readonly adminToken: string;
  readonly database: OpenedDatabase;
  /** The store that the server's requests run on. */
  readonly store: Store;
  createDirectory(slug?: string): Promise<TestDirectory>;
  createToken(input: TestTokenInput): Promise<{ id: string; secret: string }>;
  stop(): Promise<void>;
}

export interface TestServerOptions {
  readonly environment?: Readonly<Record<string, string>>;
  /** An existing test database, for several servers on one; by default the server creates and drops its own. */
  readonly databaseUrl?: string;
  readonly clientClass?: DatabaseOptions['clientClass'];
  /** Receives log lines, which are discarded by default. */
  readonly log?: (line: string) => void;
}

const ADMIN_TOKEN = 'test-admin-token-of-more-than-32-characters';

/** Starts the whole product, with HTTP on a free port and PostgreSQL. */
export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const own = options.databaseUrl === undefined ? await createTestDatabase() : undefined;
  const { log } = options;
  const config = readConfig({
    DATABASE_URL: options.databaseUrl ?? own?.url,
    PORT: '0',
    PORTICO_ADMIN_TOKEN: ADMIN_TOKEN,
    ...options.environment,
  });
  const database = await openDatabase(config, () => undefined, options);
  const logger = log ? pino({ base: null }, { write: log }) : pino({ level: 'silent' });
  const portico = await startPortico({ config, database, logger }).catch(async (error: unknown) => {
    await database.close();
    await own?.drop();
    throw error;
  });
  let directories = 0;
  const makeToken: TestServer['createToken'] = async ({ directory, kind, scopes, expiresAt }) => {
    const { token, secret } = await createToken(database.em, {
      directoryId: directory?.id ?? null,
      kind,
      name: 'test',
      expiresAt: expiresAt ?? null,
      ...(scopes ? { scopes } : {}),
    });
    return { id: token.id, secret };
  };
  return {
    url: portico.url,
    store: portico.store,
    adminToken: ADMIN_TOKEN,
    database,
    createToken: makeToken,
    async createDirectory(slug = `directory-${++directories}-${Date.now().toString(36)}`) {
      const { id } = await createDirectory(database.em, { slug });
      const directory = { slug, id, scimUrl: `${portico.publicUrl}/scim/v2/${slug}` };
      const full = { ...directory, scimToken: '', scimTokenId: '', graphqlToken: '' };
      const scim = await makeToken({ directory: full, kind: 'scim' });
      const graphql = await makeToken({ directory: full, kind: 'graphql', scopes: SCOPES });
      return { ...directory, scimToken: scim.secret, scimTokenId: scim.id, graphqlToken: graphql.secret };
    },
    async stop() {
      await portico.close();
      await database.close();
      await own?.drop();
    },
  };
}
