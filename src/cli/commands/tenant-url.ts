import type { EntityManager } from '@mikro-orm/postgresql';
import type { Config } from '../../config.js';
import { findPublicUrl } from '../../database/server-state.js';
import { SCIM_PATH } from '../../scim/router.js';

/**
 * Returns the Tenant URL of a directory. Its origin is `PORTICO_PUBLIC_URL`; otherwise the public URL of the server
 * that was started last; before the first start, the address at which a server with this configuration would listen.
 */
export async function findTenantUrl(em: EntityManager, config: Config, slug: string): Promise<string> {
  const { publicUrl, host, port } = config;
  const origin = publicUrl ?? (await findPublicUrl(em)) ?? `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  return `${origin}${SCIM_PATH}/${slug}`;
}
