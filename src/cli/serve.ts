import { destination, pino, type Logger } from 'pino';
import { startPortico, type Portico } from '../app.js';
import { readConfig, type Config } from '../config.js';
import { openDatabase, type OpenedDatabase } from '../database/open-database.js';
import { SCIM_PATH } from '../scim/router.js';
import { createFirstDirectory, findOldestDirectory, type FirstRun } from './first-run.js';
import { print } from './print.js';
import { listenForStop, stopped } from './stop.js';
import { UsageError } from './usage-error.js';

/** `portico serve`: what `npm start` runs. */
export async function serve(): Promise<void> {
  const config = readConfig();
  const stop = listenForStop();
  const logger = openLog(config);
  const database = await openDatabase(config, (line) => {
    logger.info(line);
  });
  try {
    if (stop.aborted) return;
    const portico = await start(config, database, logger);
    try {
      const first = await createFirstDirectory(database.em, config);
      const directory = await findOldestDirectory(database.em);
      printWelcome(portico, directory?.slug, first, config);
      await stopped(stop);
      logger.info(`${String(stop.reason)}: finishing requests in flight`);
    } finally {
      await portico.close();
    }
  } finally {
    await database.close();
  }
}

/** How long a line of the log may wait for others, in milliseconds, and how many bytes are written at once. */
const GATHER_FOR = 100;
const GATHERED = 4_096;

/** The log on standard output: written by several lines, because a write for each would be a twentieth of a small request. */
function openLog({ logLevel }: Config): Logger {
  const output = destination({ dest: 1, sync: true, minLength: GATHERED });
  setInterval(() => {
    output.flush();
  }, GATHER_FOR).unref();
  process.once('exit', () => {
    output.flushSync();
  });
  return pino({ level: logLevel, base: null }, output);
}

/** What listening on a foreign or unknown address fails with; EAI_AGAIN where no name server answers. */
const NO_LOCAL_ADDRESS = new Set(['EADDRNOTAVAIL', 'ENOTFOUND', 'EAI_AGAIN', 'EINVAL']);

async function start(config: Config, database: OpenedDatabase, logger: Logger): Promise<Portico> {
  try {
    return await startPortico({ config, database, logger });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    const { host, port } = config;
    if (code === 'EADDRINUSE') throw new UsageError(`PORT ${port} is in use on ${host}; set PORT to a free one`);
    if (code === 'EACCES') throw new UsageError(`PORT ${port} needs more rights than this process has`);
    if (typeof code === 'string' && NO_LOCAL_ADDRESS.has(code)) {
      throw new UsageError(`HOST ${host} is no address of this machine`);
    }
    throw error;
  }
}

function printWelcome(
  { publicUrl }: Portico,
  slug: string | undefined,
  first: FirstRun | undefined,
  { databaseUrl, dataDir }: Config,
): void {
  print();
  print(`  Portico is running.`);
  print();
  print(`  GraphQL       ${publicUrl}/graphql`);
  print(`  Tenant URL    ${publicUrl}${SCIM_PATH}/${slug ?? '<slug>'}`);
  if (first) {
    print(`  Secret Token  ${first.secretToken}`);
    if (first.adminToken !== undefined) print(`  Admin token   ${first.adminToken}`);
    print();
    print('  The tokens are shown this once. Tenant URL and Secret Token are what Entra asks for.');
  }
  if (!first) print('  Tokens        npm run -s portico -- token create --help');
  print();
  print(`  Data          ${databaseUrl === undefined ? dataDir : 'DATABASE_URL'}`);
  print('  Stop          Ctrl-C');
  print();
}
