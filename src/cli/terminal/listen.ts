import { startPortico, type AppOptions, type Portico } from '../../app.js';
import type { Config } from '../../config.js';
import { UsageError } from './usage-error.js';

/** Error codes for a HOST that is not an address of this machine; EAI_AGAIN if no name server responds. */
const NO_LOCAL_ADDRESS = new Set(['EADDRNOTAVAIL', 'ENOTFOUND', 'EAI_AGAIN', 'EINVAL']);

/**
 * Starts the server.
 *
 * @throws UsageError if it cannot listen on HOST and PORT
 */
export function listen(options: AppOptions): Promise<Portico> {
  return withBindErrors(startPortico(options), options.config);
}

/**
 * Waits for a listener on HOST and PORT and explains why it cannot bind.
 *
 * @throws UsageError if it cannot listen on HOST and PORT
 */
export async function withBindErrors<Listening>(
  listening: Promise<Listening>,
  { host, port }: Pick<Config, 'host' | 'port'>,
): Promise<Listening> {
  try {
    return await listening;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EADDRINUSE') throw new UsageError(`PORT ${port} is in use on ${host}; set PORT to a free port`);
    if (code === 'EACCES') throw new UsageError(`PORT ${port} requires privileges that this process does not have`);
    if (typeof code === 'string' && NO_LOCAL_ADDRESS.has(code)) {
      throw new UsageError(`HOST ${host} is not an address of this machine`);
    }
    throw error;
  }
}
