/** Starts contestants: each as a separate process, with its own database in the same PostgreSQL. */
import { execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { killOnInterrupt } from '../cleanup.mjs';
import { startMeasuredServer } from '../measured-server.mjs';
import { peakOf } from '../process-usage.mjs';

export const POOL_SIZE = 20;

const fileOf = (path) => fileURLToPath(new URL(path, import.meta.url));

/** Starts a SCIM contestant, which answers at `url`, accepts `token` and runs as the process `pid`. */
export async function startForScim(contestant, cluster, options) {
  return contestant.kind === 'portico' ? startPortico(contestant, cluster, options) : startOther(contestant, cluster);
}

async function startPortico({ key, name, kind }, cluster, { porticoArguments }) {
  const server = await startMeasuredServer({
    cluster,
    database: key,
    arguments: porticoArguments,
    environment: { PORTICO_POOL_SIZE: String(POOL_SIZE), NODE_ENV: 'production' },
    probed: false,
  });
  return {
    name,
    kind,
    url: `${server.origin}/scim/v2/bench`,
    token: await server.newToken('scim'),
    pid: server.pid,
    peakMemory: () => peakOf(server.pid),
    stop: server.stop,
  };
}

async function startOther({ key, name, kind }, cluster) {
  const databaseUrl = await cluster.createDatabase(key);
  // The floors use Portico's own tables.
  if (kind === 'floor') {
    const main = fileOf('../../dist/src/main.js');
    await promisify(execFile)(process.execPath, [main, 'migrate'], {
      env: { ...process.env, DATABASE_URL: databaseUrl },
    });
  }
  return { name, kind, ...(await startProcess(`${key}.mjs`, databaseUrl)) };
}

/** Starts a file of this folder, which reports its URL through `listen`. */
export async function startProcess(file, databaseUrl) {
  const child = fork(fileOf(file), {
    env: {
      ...process.env,
      NODE_ENV: 'production',
      DATABASE_URL: databaseUrl,
      POOL_SIZE: String(POOL_SIZE),
      TOKEN: randomBytes(32).toString('base64url'),
    },
  });
  killOnInterrupt(child);
  const ended = once(child, 'exit');
  const { url, token } = await new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', (code) => reject(new Error(`${file} exited with ${code}`)));
  });
  return {
    url,
    token,
    pid: child.pid,
    peakMemory: () => peakOf(child.pid),
    async stop() {
      if (child.connected) child.disconnect();
      await ended;
    },
  };
}

/** The installed version of each package, such as `pg 8.23.0`. */
export function versionsOf(packages) {
  return packages
    .filter((name) => name !== 'portico')
    .map((name) => {
      const { version } = JSON.parse(readFileSync(fileOf(`../node_modules/${name}/package.json`), 'utf8'));
      return `${name} ${version}`;
    });
}
