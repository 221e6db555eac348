import type { EntityManager } from '@mikro-orm/postgresql';
import type { Config } from '../../config.js';
import { findPublicUrl } from '../../database/server-state.js';
import { SCIM_PATH } from '../../scim/router.js';

/**
 * Returns the Tenant URL of a directory: under `PORTICO_PUBLIC_URL`, else where the server started last is reached,
 * else, before the first start, where one with this configuration would listen.
 */
export async function findTenantUrl(em: EntityManager, config: Config, slug: string): Promise<string> {
  const { publicUrl, host, port } = config;
  const origin = publicUrl ?? (await findPublicUrl(em)) ?? `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  return `${origin}${SCIM_PATH}/${slug}`;
}
