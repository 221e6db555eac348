import { defineEntity, p } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';

/**
 * Facts that a running server records for commands, which run in processes of their own and often in another
 * environment.
 */
export const ServerStateEntity = defineEntity({
  name: 'ServerState',
  tableName: 'server_state',
  properties: {
    name: p.text().primary(),
    value: p.text(),
  },
});

const PUBLIC_URL = 'publicUrl';

/**
 * Records the origin that a server writes into URLs. Of several servers on one database, the one started last counts.
 */
export async function recordPublicUrl(em: EntityManager, publicUrl: string): Promise<void> {
  await em.fork().upsert(ServerStateEntity, { name: PUBLIC_URL, value: publicUrl });
}

/** Returns the origin that the server started last writes into URLs; undefined before the first start. */
export async function findPublicUrl(em: EntityManager): Promise<string | undefined> {
  return (await em.fork().findOne(ServerStateEntity, { name: PUBLIC_URL }))?.value;
}
