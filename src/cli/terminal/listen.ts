import { startPortico, type AppOptions, type Portico } from '../../app.js';
import type { Config } from '../../config.js';
import { UsageError } from './usage-error.js';

/** What listening on a foreign or unknown address fails with; EAI_AGAIN where no name server answers. */
const NO_LOCAL_ADDRESS = new Set(['EADDRNOTAVAIL', 'ENOTFOUND', 'EAI_AGAIN', 'EINVAL']);

/**
 * Starts the server.
 *
 * @throws UsageError when HOST and PORT are no place where it can listen
 */
export function listen(options: AppOptions): Promise<Portico> {
  return withBindErrors(startPortico(options), options.config);
}

/**
 * Waits for what listens on HOST and PORT.
 *
 * @throws UsageError when they are no place where that is possible
 */
export async function withBindErrors<Listening>(
  listening: Promise<Listening>,
  { host, port }: Pick<Config, 'host' | 'port'>,
): Promise<Listening> {
  try {
    return await listening;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EADDRINUSE') throw new UsageError(`PORT ${port} is in use on ${host}; set PORT to a free one`);
    if (code === 'EACCES') throw new UsageError(`PORT ${port} needs more rights than this process has`);
    if (typeof code === 'string' && NO_LOCAL_ADDRESS.has(code)) {
      throw new UsageError(`HOST ${host} is no address of this machine`);
    }
    throw error;
  }
}
