import type { Config } from '../../config.js';
import { SCIM_PATH } from '../../scim/router.js';

/** The Tenant URL of a directory, as far as the configuration tells where the server is reached. */
export function tenantUrl({ publicUrl, host, port }: Config, slug: string): string {
  return `${publicUrl ?? `http://${host.includes(':') ? `[${host}]` : host}:${port}`}${SCIM_PATH}/${slug}`;
}
