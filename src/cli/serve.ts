import { Command } from 'commander';
import { pino, type Logger } from 'pino';
import { startPortico, type Portico } from '../app.js';
import { readConfig, type Config } from '../config.js';
import { openDatabase, type OpenedDatabase } from '../database/open-database.js';
import { SCIM_PATH } from '../scim/router.js';
import { createFirstDirectory, findOldestDirectory, type FirstRun } from './first-run.js';
import { print } from './print.js';
import { UsageError } from './usage-error.js';

/** Longer than requests are given to finish; a server that hangs while it stops is ended. Milliseconds. */
const STOP_WITHIN = 20_000;

/** `portico serve`: what `npm start` runs. */
export function serveCommand(): Command {
  return new Command('serve').description('run the server until it is told to stop').action(async () => {
    const config = readConfig();
    const logger = pino({ level: config.logLevel, base: null });
    const database = await openDatabase(config, (line) => {
      logger.info(line);
    });
    try {
      const portico = await start(config, database, logger);
      try {
        const first = await createFirstDirectory(database.em, config);
        const directory = await findOldestDirectory(database.em);
        printWelcome(portico, directory?.slug, first, config);
        logger.info(`${await stopSignal()}: finishing requests in flight`);
      } finally {
        setTimeout(() => {
          logger.fatal('The server did not stop in time');
          process.exit(1);
        }, STOP_WITHIN).unref();
        await portico.close();
      }
    } finally {
      await database.close();
    }
  });
}

async function start(config: Config, database: OpenedDatabase, logger: Logger): Promise<Portico> {
  try {
    return await startPortico({ config, database, logger });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    const { host, port } = config;
    if (code === 'EADDRINUSE') throw new UsageError(`PORT ${port} is in use on ${host}; set PORT to a free one`);
    if (code === 'EACCES') throw new UsageError(`PORT ${port} needs more rights than this process has`);
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
      throw new UsageError(`HOST ${host} is no address of this machine`);
    }
    throw error;
  }
}

/** Resolves at the first Ctrl-C or `kill`. Later ones change nothing: npm sends a terminal's Ctrl-C a second time. */
function stopSignal(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.on(signal, () => {
        resolve(signal);
      });
  });
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
  print();
  print(`  Data          ${databaseUrl === undefined ? dataDir : 'DATABASE_URL'}`);
  print('  Stop          Ctrl-C');
  print();
}
