/** Portico as it is built, on DATABASE_URL, with everything on: authentication, limits, metrics, a log line a request. */
import { pino } from 'pino';

const built = (path) => import(new URL(`../../dist/src/${path}`, import.meta.url).href);
await import('reflect-metadata');
const { startPortico } = await built('app.js');
const { readConfig } = await built('config.js');
const { openDatabase } = await built('database/open-database.js');

const config = readConfig({ ...process.env, PORT: '0', PORTICO_POOL_SIZE: process.env.POOL_SIZE });
const database = await openDatabase(config, () => undefined);
const { url } = await startPortico({ config, database, logger: pino({}, pino.destination('/dev/null')) });
process.send({ url });
process.on('message', () => process.send(process.cpuUsage()));
process.once('disconnect', () => process.exit());
